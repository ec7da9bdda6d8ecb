/** What the tasks contract itself put in the log of a transaction: of a server's word only the transaction's hash is taken. */
import type { LogDescription, Provider, TransactionReceipt } from "ethers";
import { IFeedbackTasks__factory } from "../../bindings/index.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import type { Config } from "../data/schemas.ts";

const tasksInterface = IFeedbackTasks__factory.createInterface();

/** Undefined: the node shows no such transaction, or none is named. */
export async function readTaskLogs(
  { contracts }: Pick<Config, "contracts">,
  provider: Provider,
  tx: Hash | null,
): Promise<readonly LogDescription[] | undefined> {
  const receipt = tx === null ? null : await provider.getTransactionReceipt(tx);
  return receipt === null ? undefined : taskLogsOf(receipt, contracts.feedbackTasks);
}

export function taskLogsOf(
  { logs }: Pick<TransactionReceipt, "logs">,
  tasks: Address,
): readonly LogDescription[] {
  return logs
    .filter(({ address }) => address.toLowerCase() === tasks)
    .flatMap((log) => tasksInterface.parseLog(log) ?? []);
}

/** What one ballot came to, as the contract has it. */
export interface SettledBallot {
  readonly scorePpm: number;
  readonly scored: number;
  readonly multiplePpm: number;
  readonly payUnits: bigint;
  readonly lossUnits: bigint;
  /** Undefined: no gate stood, or it was passed. */
  readonly failedGold: { readonly right: number; readonly wrong: number } | undefined;
}

interface BallotName {
  readonly taskId: Hash;
  readonly validator: Address;
}

export function settledBallotIn(
  logs: readonly LogDescription[],
  ballot: BallotName,
): SettledBallot | undefined {
  const settled = logs.find((log) => log.name === "BallotSettled" && isOf(log, ballot));
  if (settled === undefined) return undefined;
  const failed = logs.find((log) => log.name === "GoldGateFailed" && isOf(log, ballot));
  const { args } = settled;
  return {
    scorePpm: Number(args.getValue("scorePpm")),
    scored: Number(args.getValue("scored")),
    multiplePpm: Number(args.getValue("multiplePpm")),
    payUnits: args.getValue("payUnits") as bigint,
    lossUnits: args.getValue("lossUnits") as bigint,
    failedGold: failed && {
      right: Number(failed.args.getValue("right")),
      wrong: Number(failed.args.getValue("wrong")),
    },
  };
}

/** What the contract took as a ballot, and whose signature it found under it. */
export interface CommittedBallot {
  readonly version: number;
  readonly judgments: number;
  readonly commitment: Hash;
  readonly signer: Address;
}

/** One transaction may carry several versions: the last one counts. */
export function committedBallotIn(
  logs: readonly LogDescription[],
  ballot: BallotName,
): CommittedBallot | undefined {
  const args = logs.findLast((log) => log.name === "BallotCommitted" && isOf(log, ballot))?.args;
  return (
    args && {
      version: Number(args.getValue("version")),
      judgments: Number(args.getValue("judgments")),
      commitment: String(args.getValue("commitment")),
      signer: String(args.getValue("signer")).toLowerCase(),
    }
  );
}

/** Whoever put them there: an anchor is evidence in time, whose does not matter. */
export function anchoredRootsIn(
  logs: readonly LogDescription[],
  { taskId }: Pick<BallotName, "taskId">,
): readonly Hash[] {
  return logs
    .filter(({ name, args }) => name === "Anchored" && args.getValue("taskId") === taskId)
    .map(({ args }) => String(args.getValue("root")));
}

function isOf({ args }: LogDescription, { taskId, validator }: BallotName): boolean {
  return (
    args.getValue("taskId") === taskId &&
    String(args.getValue("validator")).toLowerCase() === validator
  );
}
