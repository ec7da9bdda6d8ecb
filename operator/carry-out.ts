/**
 * From a duty to intents: simulate, leave out what would be passed over, estimate, split, store. Nothing is sent here; the
 * queue does that. What a simulation refuses is asked again later, less and less often.
 */
import type { TransactionRequest } from "ethers";
import type { IFeedbackTasks } from "../bindings/interfaces/IFeedbackTasks.ts";
import { hashLeafOf, buildMerkleTree } from "../protocol/merkle-tree.ts";
import { toCompact } from "../protocol/signature.ts";
import type { Address, Hash, Role } from "../protocol/words.ts";
import type { Database } from "../store/database.ts";
import type { BallotToCommit } from "../store/operator-facts.ts";
import { insertAnchor, insertIntent, type NewIntent } from "../store/transactions.ts";
import type { IntentKind } from "../store/schema/transactions.ts";
import { gasLimitFor, packByWeight, splitByGas } from "./batches.ts";
import { isRefusal, type Chain } from "./chain.ts";
import type { BallotToSettle, Duty, Now, OpeningToReveal } from "./duties.ts";
import type { Patience } from "./patience.ts";

/** A guess of gas, only to keep a first simulation small; the node's estimate decides. */
const COMMIT_WEIGHT = 100_000;
const BALLOT_WEIGHT = 60_000;
const ENTRY_WEIGHT = 2_500;
const BATCH_WEIGHT = 10_000_000;

const NONE = 0n;
const UNFUNDED = 9n;

export interface Means {
  readonly db: Database;
  readonly chain: Chain;
  readonly sender: Address;
  readonly patience: Patience;
  /** Proof of a place in a task's admission list; empty where the role is open. */
  admissionProof(taskId: Hash, role: Role, index: number): Promise<readonly Hash[]>;
}

/** Stores the intents of a duty; answers how many. */
export async function carryOut(duty: Duty, means: Means, now: Now): Promise<number> {
  const { tasks, registry } = means.chain;
  switch (duty.kind) {
    case "authorize-session": {
      const { validator, key, expiresAt, nonce, signature } = duty.request;
      const call = registry.interface.encodeFunctionData("authorizeSession", [
        validator,
        key,
        expiresAt,
        nonce,
        signature,
      ]);
      return planCall(
        "authorize-session",
        null,
        `${validator}:${key}`,
        registryCall(means, call),
        means,
        now,
      );
    }
    case "open-task": {
      const call = tasks.interface.encodeFunctionData("openTask", [duty.taskId]);
      return planCall("open-task", duty.taskId, duty.taskId, tasksCall(means, call), means, now);
    }
    case "cancel-task": {
      const call = tasks.interface.encodeFunctionData("cancelTask", [duty.taskId]);
      return planCall("cancel-task", duty.taskId, duty.taskId, tasksCall(means, call), means, now);
    }
    case "anchor":
      return planAnchor(duty.taskId, duty.digests, means, now);
    case "commit":
      return planBatches(await commitBatch(duty.taskId, duty.ballots, means), means, now);
    case "reveal":
      return planBatches(revealBatch(duty.taskId, duty.openings, means), means, now);
    case "settle":
      return planBatches(settleBatch(duty.taskId, duty.ballots, means), means, now);
    case "open-gold": {
      const { taskId, salt, golds } = duty;
      const call = tasks.interface.encodeFunctionData("openGold", [taskId, salt, golds]);
      return planCall("open-gold", taskId, taskId, tasksCall(means, call), means, now);
    }
    case "judge-gold": {
      const call = tasks.interface.encodeFunctionData("judgeGold", [duty.taskId, duty.golds]);
      return planCall("judge-gold", duty.taskId, duty.taskId, tasksCall(means, call), means, now);
    }
    case "release-bond": {
      const call = tasks.interface.encodeFunctionData("releaseBond", [duty.taskId]);
      return planCall("release-bond", duty.taskId, duty.taskId, tasksCall(means, call), means, now);
    }
    case "pay-claim": {
      const { taskId, validator } = duty;
      const call = tasks.interface.encodeFunctionData("payClaim", [taskId, validator]);
      return planCall("pay-claim", taskId, validator, tasksCall(means, call), means, now);
    }
    case "withdraw-for": {
      const call = tasks.interface.encodeFunctionData("withdrawFor", [duty.account]);
      return planCall("withdraw-for", null, duty.account, tasksCall(means, call), means, now);
    }
    case "pay-commons": {
      const call = registry.interface.encodeFunctionData("payCommons");
      return planCall("pay-commons", null, "commons", registryCall(means, call), means, now);
    }
  }
}

interface Call {
  readonly to: Address;
  readonly data: string;
}

function tasksCall({ chain }: Means, data: string): Call {
  return { to: chain.tasksAddress, data };
}

function registryCall({ chain }: Means, data: string): Call {
  return { to: chain.registryAddress, data };
}

/** Undefined where the call would revert. */
async function estimate(call: Call, { chain, sender }: Means): Promise<bigint | undefined> {
  const request: TransactionRequest = { ...call, from: sender };
  try {
    return await chain.provider.estimateGas(request);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

function intentOf(
  kind: IntentKind,
  taskId: Hash | null,
  elements: readonly string[],
  call: Call,
  gasLimit: bigint,
  now: Now,
): NewIntent {
  return {
    kind,
    taskId,
    elements,
    toAddress: call.to,
    callData: call.data,
    gasLimit,
    createdAt: now.time,
  };
}

async function planCall(
  kind: IntentKind,
  taskId: Hash | null,
  element: string,
  call: Call,
  means: Means,
  now: Now,
): Promise<number> {
  const key = `${kind}:${taskId}:${element}`;
  if (!means.patience.mayTry(key, now.clock)) return 0;
  const gas = await estimate(call, means);
  if (gas === undefined) {
    means.patience.refused(key, now.clock);
    return 0;
  }
  await insertIntent(means.db, intentOf(kind, taskId, [element], call, gasLimitFor(gas), now));
  return 1;
}

async function planAnchor(
  taskId: Hash,
  digests: readonly Hash[],
  means: Means,
  now: Now,
): Promise<number> {
  const { root } = buildMerkleTree(digests.map(hashLeafOf));
  const data = means.chain.tasks.interface.encodeFunctionData("anchor", [
    taskId,
    root,
    digests.length,
  ]);
  const call = tasksCall(means, data);
  const gas = await estimate(call, means);
  if (gas === undefined) return 0;
  await insertAnchor(
    means.db,
    { ...intentOf("anchor", taskId, [root], call, gasLimitFor(gas), now), taskId },
    root,
    digests,
  );
  return 1;
}

/** A call over many elements, each taken or passed over by itself. */
interface Batch<T> {
  readonly kind: IntentKind;
  readonly taskId: Hash;
  readonly elements: readonly T[];
  keyOf(element: T): string;
  weightOf(element: T): number;
  encode(elements: readonly T[]): string;
  /** Refusals by place, from a static call; empty: the whole call does something without elements. */
  simulate(elements: readonly T[]): Promise<readonly bigint[]>;
  /** Refused, and still worth sending. */
  takes?(element: T, refusal: bigint): boolean;
}

async function planBatches<T>(batch: Batch<T>, means: Means, now: Now): Promise<number> {
  const keyOf = (element: T): string => `${batch.kind}:${batch.taskId}:${batch.keyOf(element)}`;
  if (batch.elements.length === 0) {
    const call = tasksCall(means, batch.encode([]));
    return planCall(batch.kind, batch.taskId, batch.taskId, call, means, now);
  }
  const due = batch.elements.filter((element) => means.patience.mayTry(keyOf(element), now.clock));
  let planned = 0;
  for (const part of packByWeight(due, (element) => batch.weightOf(element), BATCH_WEIGHT)) {
    const refusals = await refusalsOf(batch, part);
    const taken = part.filter((element, i) => {
      const refusal = refusals?.[i];
      if (refusal !== undefined && (refusal === NONE || batch.takes?.(element, refusal) === true))
        return true;
      means.patience.refused(keyOf(element), now.clock);
      return false;
    });
    const gasBatches = await splitByGas(taken, (elements) =>
      estimate(tasksCall(means, batch.encode(elements)), means),
    );
    for (const { elements, gasLimit } of gasBatches) {
      const keys = elements.map((element) => batch.keyOf(element));
      const call = tasksCall(means, batch.encode(elements));
      await insertIntent(means.db, intentOf(batch.kind, batch.taskId, keys, call, gasLimit, now));
      planned++;
    }
  }
  return planned;
}

async function refusalsOf<T>(
  batch: Batch<T>,
  part: readonly T[],
): Promise<readonly bigint[] | undefined> {
  try {
    return await batch.simulate(part);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

async function commitBatch(
  taskId: Hash,
  ballots: readonly BallotToCommit[],
  means: Means,
): Promise<Batch<BallotToCommit>> {
  const { tasks } = means.chain;
  const signed = new Map<BallotToCommit, IFeedbackTasks.SignedBallotStruct>();
  for (const ballot of ballots) {
    signed.set(ballot, {
      validator: ballot.validator,
      version: ballot.version,
      judgments: ballot.judgments,
      commitment: ballot.commitment,
      admissionIndex: ballot.admissionIndex,
      admissionProof: [...(await means.admissionProof(taskId, ballot.role, ballot.admissionIndex))],
      ...toCompact(ballot.signature),
    });
  }
  const structs = (elements: readonly BallotToCommit[]) =>
    elements.flatMap((ballot) => signed.get(ballot) ?? []);
  return {
    kind: "commit",
    taskId,
    elements: ballots,
    keyOf: ({ validator, version }) => `${validator}:${version}`,
    weightOf: () => COMMIT_WEIGHT,
    encode: (elements) => tasks.interface.encodeFunctionData("commit", [taskId, structs(elements)]),
    simulate: (elements) =>
      tasks.commit.staticCall(taskId, structs(elements), { from: means.sender }),
    // The chain then notes that this version was offered in time, which frees the operator of its claim.
    takes: ({ version, unfundedVersion }, refusal) =>
      refusal === UNFUNDED && unfundedVersion < version,
  };
}

function revealBatch(
  taskId: Hash,
  openings: readonly OpeningToReveal[],
  means: Means,
): Batch<OpeningToReveal> {
  const { tasks } = means.chain;
  const structs = (elements: readonly OpeningToReveal[]) =>
    elements.map(({ validator, salt, notesHash, entries }) => ({
      validator,
      salt,
      notesHash,
      entries,
    }));
  return {
    kind: "reveal",
    taskId,
    elements: openings,
    keyOf: ({ validator }) => validator,
    weightOf: ({ entries }) => weightOfEntries(entries),
    encode: (elements) => tasks.interface.encodeFunctionData("reveal", [taskId, structs(elements)]),
    simulate: (elements) =>
      tasks.reveal.staticCall(taskId, structs(elements), { from: means.sender }),
  };
}

function settleBatch(
  taskId: Hash,
  ballots: readonly BallotToSettle[],
  means: Means,
): Batch<BallotToSettle> {
  const { tasks } = means.chain;
  const columns = (elements: readonly BallotToSettle[]): [string[], string[]] => [
    elements.map(({ validator }) => validator),
    elements.map(({ entries }) => entries),
  ];
  return {
    kind: "settle",
    taskId,
    elements: ballots,
    keyOf: ({ validator }) => validator,
    weightOf: ({ entries }) => weightOfEntries(entries),
    encode: (elements) =>
      tasks.interface.encodeFunctionData("settle", [taskId, ...columns(elements)]),
    simulate: (elements) =>
      tasks.settle.staticCall(taskId, ...columns(elements), { from: means.sender }),
  };
}

/** 4 bytes an entry, 8 hex digits. */
function weightOfEntries(entries: string): number {
  return BALLOT_WEIGHT + ((entries.length - 2) / 8) * ENTRY_WEIGHT;
}
