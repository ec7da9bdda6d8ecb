/** FeedbackTasks: golds opened, held against people's votes, and who failed at them. */
import type {
  GoldGateFailedEvent,
  GoldJudgedEvent,
  GoldOpenedEvent,
} from "../../bindings/interfaces/IFeedbackTasks.ts";
import { decodeGolds } from "../../protocol/gold.ts";
import { toAddress } from "../../protocol/words.ts";
import type { Change } from "../../store/chain-writes.ts";
import { fact, put, type ChainState, type FactPosition } from "../changes.ts";
import { countOf } from "../figures.ts";

export function goldOpened(
  args: GoldOpenedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const task = state.task(args.taskId);
  const golds = decodeGolds(args.golds, task.itemCount);
  return [
    put("tasks", {
      ...task,
      goldStage: "Opened",
      goldCount: golds.length,
      goldOpenedAt: at.blockTimestamp,
      goldOpenedBlock: at.blockNumber,
      goldOpenedTx: at.txHash,
    }),
    ...golds.map((gold) => fact("golds", { taskId: task.taskId, ...gold, ...at })),
  ];
}

export function goldJudged(
  args: GoldJudgedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  return [
    put("tasks", {
      ...state.task(args.taskId),
      goldStage: args.gate ? "Gate" : "NoGate",
      goldValid: countOf(args.valid),
      goldVoid: countOf(args.void_),
      goldJudgedAt: at.blockTimestamp,
      goldJudgedBlock: at.blockNumber,
      goldJudgedTx: at.txHash,
    }),
  ];
}

/** Its BallotSettled comes next. */
export function goldGateFailed(
  args: GoldGateFailedEvent.OutputObject,
  _at: FactPosition,
  state: ChainState,
): Change[] {
  return [
    put("ballots", {
      ...state.ballot(args.taskId, toAddress(args.validator)),
      goldRight: countOf(args.right),
      goldWrong: countOf(args.wrong),
      goldFailed: true,
    }),
  ];
}
