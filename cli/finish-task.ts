/**
 * Whatever is due in a task, done by whoever cares, from the chain alone: no operator, requester or service is needed
 * [G14].
 */
import type { Provider } from "ethers";
import type { IFeedbackTasks } from "../bindings/index.ts";
import { splitByGas, packByWeight } from "../operator/batches.ts";
import { isRefusal } from "../operator/chain.ts";
import { isScrutineerError, ScrutineerError } from "../protocol/errors.ts";
import type { Address, Hash } from "../protocol/words.ts";
import { readChain } from "../release/recount/chain-reader.ts";
import { sendTransaction } from "./send-transaction.ts";
import {
  stepsDue,
  type BallotToSettle,
  type FinishStep,
  type Present,
  type TaskOnChain,
} from "./task-steps.ts";

export interface DoneStep {
  readonly step: FinishStep["kind"] | "withdraw-for";
  /** Whom it concerns; null: the whole task. */
  readonly account: Address | null;
  readonly transaction: Hash;
}

/** An account with credit that cannot be paid: one that the token's issuer has frozen, for example. */
export interface Unpaid {
  readonly account: Address;
  readonly why: string;
}

export interface FinishedTask {
  readonly task: TaskOnChain;
  readonly done: readonly DoneStep[];
  readonly unpaid: readonly Unpaid[];
}

/**
 * Does what is due until nothing is.
 * @param tasks connected to a wallet that pays the gas
 * @param withdraw pays out, too, what anybody has as credit who took part; nobody's trouble blocks another
 */
export async function finishTask(
  tasks: IFeedbackTasks,
  provider: Provider,
  taskId: Hash,
  withdraw: boolean,
): Promise<FinishedTask> {
  const done: DoneStep[] = [];
  let before = "";
  for (;;) {
    const { task, now } = await readTask(tasks, provider, taskId);
    const steps = stepsDue(task, now);
    if (steps.length === 0) {
      const { paid, unpaid } = withdraw ? await payOut(tasks, task) : { paid: [], unpaid: [] };
      return { task, done: [...done, ...paid], unpaid };
    }
    const asked = JSON.stringify(steps);
    if (asked === before) {
      throw new ScrutineerError("state-wrong", "the chain took a step and it is still due", {
        taskId,
        step: steps[0]?.kind,
      });
    }
    before = asked;
    for (const step of steps) done.push(...(await take(tasks, taskId, step)));
  }
}

async function readTask(
  tasks: IFeedbackTasks,
  provider: Provider,
  taskId: Hash,
): Promise<{ task: TaskOnChain; now: Present }> {
  const facts = await readFacts(tasks, taskId);
  const [feedbackTasks, stakeRegistry, claimWindow, head] = await Promise.all([
    tasks.getAddress(),
    tasks.registry(),
    tasks.CLAIM_WINDOW(),
    provider.getBlock("latest"),
  ]);
  const addresses = { feedbackTasks, stakeRegistry };
  const task = await readChain(provider, addresses, Number(facts.snapshotBlock)).task(taskId);
  if (task === undefined || head === null) {
    throw new ScrutineerError("chain-unreachable", "the node has a task's facts and not its logs");
  }
  return {
    task: { ...task, cancelled: facts.cancelled },
    now: { block: BigInt(head.number), time: BigInt(head.timestamp), claimWindow },
  };
}

/** What the contract stores of a task; refuses one it does not know. */
export async function readFacts(
  tasks: IFeedbackTasks,
  taskId: Hash,
): ReturnType<IFeedbackTasks["factsOf"]> {
  if ((await tasks.stateOf(taskId)) === 0n) {
    throw new ScrutineerError("task-unknown", `the chain knows no task ${taskId}`, { taskId });
  }
  return tasks.factsOf(taskId);
}

/** Each account is asked for once: what is due to one that refuses stays its credit. */
async function payOut(
  tasks: IFeedbackTasks,
  task: TaskOnChain,
): Promise<{ readonly paid: DoneStep[]; readonly unpaid: Unpaid[] }> {
  const paid: DoneStep[] = [];
  const unpaid: Unpaid[] = [];
  for (const account of await creditorsOf(tasks, task)) {
    try {
      const transaction = await sendTransaction(tasks, () => tasks.withdrawFor(account));
      paid.push({ step: "withdraw-for", account, transaction });
    } catch (error) {
      if (!isScrutineerError(error, "transaction-reverted")) throw error;
      unpaid.push({ account, why: error.message });
    }
  }
  return { paid, unpaid };
}

/** Who took part and has credit. */
async function creditorsOf(tasks: IFeedbackTasks, task: TaskOnChain): Promise<Address[]> {
  const { requester, terms } = task.created;
  const parties = [
    requester,
    terms.operator,
    (await tasks.commons()).toLowerCase(),
    ...task.committed.map(({ validator }) => validator),
    ...task.claims.map(({ validator }) => validator),
  ];
  const accounts = [...new Set(parties)];
  const credits = await Promise.all(accounts.map((account) => tasks.creditOf(account)));
  return accounts.filter((_, index) => credits[index] !== 0n);
}

/** A guess of gas, only to keep a first estimate small. */
const BALLOT_WEIGHT = 60_000;
const ENTRY_WEIGHT = 2_500;
const BATCH_WEIGHT = 10_000_000;

async function take(tasks: IFeedbackTasks, taskId: Hash, step: FinishStep): Promise<DoneStep[]> {
  const doneBy = (transaction: Hash, account: Address | null = null): DoneStep[] => [
    { step: step.kind, account, transaction },
  ];
  switch (step.kind) {
    case "cancel-task":
      return doneBy(await sendTransaction(tasks, () => tasks.cancelTask(taskId)));
    case "open-task":
      return doneBy(await sendTransaction(tasks, () => tasks.openTask(taskId)));
    case "judge-gold":
      return doneBy(await sendTransaction(tasks, () => tasks.judgeGold(taskId, step.golds)));
    case "settle":
      return settle(tasks, taskId, step.ballots);
    case "release-bond":
      return doneBy(await sendTransaction(tasks, () => tasks.releaseBond(taskId)));
    case "pay-claim": {
      const { validator } = step;
      return doneBy(
        await sendTransaction(tasks, () => tasks.payClaim(taskId, validator)),
        validator,
      );
    }
  }
}

/** In as few transactions as their gas allows; without ballots one that closes the books. */
async function settle(
  tasks: IFeedbackTasks,
  taskId: Hash,
  ballots: readonly BallotToSettle[],
): Promise<DoneStep[]> {
  const columns = (part: readonly BallotToSettle[]): [string[], string[]] => [
    part.map(({ validator }) => validator),
    part.map(({ entries }) => entries),
  ];
  const estimate = (part: readonly BallotToSettle[]): Promise<bigint | undefined> =>
    tasks.settle.estimateGas(taskId, ...columns(part)).catch((error: unknown) => {
      if (isRefusal(error)) return undefined;
      throw error;
    });
  const weightOf = ({ entries }: BallotToSettle): number =>
    BALLOT_WEIGHT + ((entries.length - 2) / 8) * ENTRY_WEIGHT;
  const done: DoneStep[] = [];
  const send = async (part: readonly BallotToSettle[], gasLimit?: bigint): Promise<void> => {
    const transaction = await sendTransaction(tasks, () =>
      tasks.settle(taskId, ...columns(part), gasLimit === undefined ? {} : { gasLimit }),
    );
    done.push({ step: "settle", account: null, transaction });
  };
  if (ballots.length === 0) await send([]);
  for (const part of packByWeight(ballots, weightOf, BATCH_WEIGHT)) {
    for (const batch of await splitByGas(part, estimate))
      await send(batch.elements, batch.gasLimit);
  }
  return done;
}
