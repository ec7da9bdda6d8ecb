/** FeedbackTasks: claims of omission, and the bond that answers for them. */
import type {
  BondReleasedEvent,
  ClaimPaidEvent,
  OmissionClaimedEvent,
} from "../../bindings/interfaces/IFeedbackTasks.ts";
import { toAddress } from "../../protocol/words.ts";
import type { Change } from "../../store/chain-writes.ts";
import { put, type ChainState, type FactPosition } from "../changes.ts";
import { credited, locked } from "./money.ts";

/** Again for the same validator: a larger claim in place of the one before. */
export function omissionClaimed(
  args: OmissionClaimedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const task = state.task(args.taskId);
  const validator = toAddress(args.validator);
  const before = state.findClaim(task.taskId, validator);
  return [
    put("claims", {
      taskId: task.taskId,
      validator,
      claimUnits: args.claimUnits,
      paidUnits: null,
      dustUnits: null,
      paidAt: null,
      paidBlock: null,
      paidTx: null,
      ...at,
    }),
    put("tasks", {
      ...task,
      claimsMade: task.claimsMade + (before === undefined ? 1 : 0),
      claimedUnits: task.claimedUnits + args.claimUnits - (before?.claimUnits ?? 0n),
    }),
  ];
}

/** What was seized has left stake and lock with StakeSeized, right before. */
export function bondReleased(
  args: BondReleasedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const task = state.task(args.taskId);
  return [
    put("tasks", {
      ...task,
      bondReleased: true,
      bondReleasedAt: at.blockTimestamp,
      bondReleasedBlock: at.blockNumber,
      bondReleasedTx: at.txHash,
      seizedUnits: task.operatorBond - args.bondUnits,
    }),
    locked(state.validator(task.operator), -args.bondUnits),
  ];
}

export function claimPaid(
  args: ClaimPaidEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const task = state.task(args.taskId);
  const claim = state.claim(task.taskId, toAddress(args.validator));
  const { paidUnits, dustUnits } = args;
  return [
    put("claims", {
      ...claim,
      paidUnits,
      dustUnits,
      paidAt: at.blockTimestamp,
      paidBlock: at.blockNumber,
      paidTx: at.txHash,
    }),
    put("tasks", {
      ...task,
      claimsPaid: task.claimsPaid + 1,
      claimsPaidUnits: task.claimsPaidUnits + paidUnits + dustUnits,
    }),
    ...credited(claim.validator, "Claim", paidUnits, task.taskId, at),
    ...credited(state.commons, "Rest", dustUnits, task.taskId, at),
  ];
}
