/** Logs of a whole task's life, made by hand: as many validators, items and judgments as a test wants. */
import { encodeEntries } from "../../protocol/ballot.ts";
import { canonicalBytes, itemsTree, type ItemHashes } from "../../protocol/item.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import { ZERO_HASH, type Address, type Hash, type Hex } from "../../protocol/words.ts";
import { registryLog, tasksLog, type MadeLog } from "./made-chain.ts";

export const TOKEN = 10n ** 18n;

/** The i-th made address. */
export function madeAddress(i: number): Address {
  return `0x${(i + 1).toString(16).padStart(40, "0")}`;
}

/** A made hash. */
export function madeHash(text: string): Hash {
  return sha256Text(text);
}

export const OPERATOR = madeAddress(0xffff);
export const REQUESTER = madeAddress(0xfffe);

export function joinLogs(validator: Address, role: 1 | 2 | 3, fromBlock: bigint): MadeLog[] {
  return [
    registryLog("Joined", [validator, role, 1_000n * TOKEN, madeHash(`profile ${validator}`)]),
    registryLog("SeatTaken", [validator, role, fromBlock]),
  ];
}

export interface MadeTask {
  readonly taskId: Hash;
  readonly items: readonly ItemHashes[];
  readonly manifest: Uint8Array;
  readonly created: MadeLog;
  readonly opened: MadeLog;
}

export function madeTask(
  name: string,
  itemCount: number,
  createdAtBlock: bigint,
  goldHash: Hash = ZERO_HASH,
): MadeTask {
  const taskId = madeHash(`task ${name}`);
  const items = Array.from({ length: itemCount }, (_, i) => ({
    prompt: madeHash(`${name} prompt ${i}`),
    outputA: madeHash(`${name} a ${i}`),
    outputB: madeHash(`${name} b ${i}`),
  }));
  const itemsRoot = itemsTree(items).root;
  const manifest = canonicalBytes({
    format: "scrutineer-manifest/1",
    title: `Task ${name}`,
    itemCount,
    itemsRoot,
    items,
    admission: { human: { rule: "open" }, ai: { rule: "open" } },
    guideline: { version: "1", text: "Choose the better answer." },
    replay: false,
    identical: 0,
    empty: 0,
    annexHash: madeHash("annex"),
  });
  const terms = {
    operator: OPERATOR,
    operatorBond: 50n * TOKEN,
    receiptKey: OPERATOR,
    itemsRoot,
    itemCount,
    manifestHash: sha256OfBytes(manifest),
    goldHash,
    humanAdmissionRoot: ZERO_HASH,
    humanSeats: 0,
    aiAdmissionRoot: ZERO_HASH,
    aiSeats: 0,
    humanVotes: 3,
    aiVotes: 0,
    humanPrice: TOKEN / 10n,
    aiPrice: 0n,
    operatorFee: TOKEN / 100n,
    fullPayScore: 250_000,
    breakEven: 50_000,
    maxPenalty: 500_000,
    minJudgments: 40,
    conditionOnAi: false,
    oversubscription: 1_000_000,
    aiClosesAt: 1_800_000_000n,
    closesAt: 1_800_000_000n,
    commitEndsAt: 1_800_001_000n,
    revealEndsAt: 1_800_002_000n,
  };
  return {
    taskId,
    items,
    manifest,
    created: tasksLog("TaskCreated", [
      taskId,
      REQUESTER,
      OPERATOR,
      7n,
      BigInt(itemCount) * 3n * (terms.humanPrice + terms.operatorFee),
      createdAtBlock,
      createdAtBlock + 2n,
      terms,
    ]),
    opened: tasksLog("TaskOpened", [
      taskId,
      madeHash(`seed ${name}`),
      { seats: 100, pool: 40, need: 40, threshold: 2n ** 255n },
      { seats: 0, pool: 0, need: 1, threshold: 0n },
    ]),
  };
}

function sha256OfBytes(bytes: Uint8Array): Hash {
  return sha256Text(new TextDecoder().decode(bytes));
}

export function anchoredLog(taskId: Hash, root: Hash, ballots: number): MadeLog {
  return tasksLog("Anchored", [taskId, OPERATOR, root, ballots]);
}

export function committedLog(
  taskId: Hash,
  validator: Address,
  version: number,
  judgments: number,
  lockedUnits: bigint,
): MadeLog {
  return tasksLog("BallotCommitted", [
    taskId,
    validator,
    validator,
    version,
    judgments,
    0,
    madeHash(`commitment ${validator} ${version}`),
    lockedUnits,
  ]);
}

/** Every item from `first` on, `count` of them, verdicts in turn. */
export function madeEntries(count: number, first = 0): Hex {
  return encodeEntries(
    Array.from({ length: count }, (_, i) => ({
      itemIndex: first + i,
      verdict: ((first + i) % 3) as 0 | 1 | 2,
    })),
  );
}

export function revealedLog(taskId: Hash, validator: Address, entries: Hex): MadeLog {
  return tasksLog("BallotRevealed", [taskId, validator, entries]);
}

export function settledLog(
  taskId: Hash,
  validator: Address,
  payUnits: bigint,
  lossUnits: bigint,
): MadeLog {
  return tasksLog("BallotSettled", [taskId, validator, 140_066, 40, 560_000, payUnits, lossUnits]);
}
