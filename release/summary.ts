/**
 * `manifest.json`: all that a release says about itself. The summary follows from the tasks alone;
 * the manifest adds each file's size and sha-256.
 */
import type { Address, Hash } from "../protocol/words.ts";
import { chainOnlyOf } from "./chain-only.ts";
import type { ConfigName } from "./columns.ts";
import type { Exclusion } from "./exclusions.ts";
import type { Figures } from "./figures.ts";
import type { ReleaseContracts, SourceTask } from "./source.ts";

export const RELEASE_FORMAT = "scrutineer-release/1";

/** What the one who draws a release decides. */
export interface ReleaseOptions {
  /** Its name, a row's `release`: letters, digits, dots and dashes. */
  readonly release: string;
  /** ISO 8601, in UTC. */
  readonly createdAt: string;
  readonly title: string;
  /** SPDX identifier in lower case, as the dataset card wants it. */
  readonly licence: string;
}

export interface ReleaseSummary extends ReleaseOptions {
  readonly format: typeof RELEASE_FORMAT;
  readonly chainId: number;
  readonly contracts: ReleaseContracts;
  readonly tasks: readonly TaskSummary[];
  readonly figures: Figures;
  readonly exclusions: readonly Exclusion[];
  readonly rows: Readonly<Record<ConfigName, number>>;
  /** Standard Merkle tree over (bytes32 sha-256 of the line) of every JSONL row of the three configs. */
  readonly root: Hash;
}

export interface TaskSummary {
  readonly taskId: Hash;
  readonly title: string;
  readonly requester: Address;
  readonly operator: Address;
  readonly itemCount: number;
  readonly replay: boolean;
  readonly conditionOnAi: boolean;
  readonly ballots: {
    readonly human: number;
    readonly ai: number;
    readonly voided: number;
    readonly forfeited: number;
    /** Of how many no file can show the signature, or the opening: the chain alone saw them. */
    readonly chainOnlySignatures: number;
    readonly chainOnlyOpenings: number;
  };
  /** Null where the terms bind no gold, or nobody opened it in time; `failed` ballots earned nothing. */
  readonly gold: {
    readonly valid: number;
    readonly void: number;
    readonly gate: boolean;
    readonly failed: number;
  } | null;
  /** Decimal strings of token units: escrow = refund + fees + paid + rest; penalties are outside. */
  readonly money: {
    readonly escrow: string;
    readonly refund: string;
    readonly fees: string;
    readonly paid: string;
    readonly rest: string;
    readonly penalties: string;
  };
  readonly transactions: { readonly created: Hash; readonly opened: Hash };
}

export interface ReleaseFile {
  /** Within the folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: Hash;
}

export interface ReleaseManifest extends ReleaseSummary {
  /** Every file but manifest.json itself. */
  readonly files: readonly ReleaseFile[];
}

export function summariseTask(task: Omit<SourceTask, "items">): TaskSummary {
  const { books, ballots } = task;
  const count = (holds: (ballot: (typeof ballots)[number]) => boolean): number =>
    ballots.filter(holds).length;
  return {
    taskId: task.taskId,
    title: task.manifest.title,
    requester: task.requester,
    operator: task.terms.operator,
    itemCount: task.terms.itemCount,
    replay: task.manifest.replay,
    conditionOnAi: task.terms.conditionOnAi,
    ballots: {
      human: count(({ role }) => role === "Human"),
      ai: count(({ role }) => role === "Ai"),
      voided: count(({ outcome }) => outcome === "voided"),
      forfeited: count(({ outcome }) => outcome === "forfeited"),
      chainOnlySignatures: count((ballot) => chainOnlyOf(ballot).includes("signature")),
      chainOnlyOpenings: count((ballot) => chainOnlyOf(ballot).includes("opening")),
    },
    gold: task.gold && {
      valid: task.gold.valid,
      void: task.gold.void,
      gate: task.gold.gate,
      failed: count(({ goldFailed }) => goldFailed),
    },
    money: {
      escrow: books.escrowUnits.toString(),
      refund: books.refundUnits.toString(),
      fees: books.feeUnits.toString(),
      paid: books.paidUnits.toString(),
      rest: books.restUnits.toString(),
      penalties: books.penaltyUnits.toString(),
    },
    transactions: task.transactions,
  };
}
