/**
 * What a release is drawn from: plain data about settled tasks, handed over by the caller.
 *
 * Amounts are token units. Nothing here is believed by an auditor: the recount draws the same data
 * from the chain and the files alone, and compares.
 */
import type { ItemContent } from "../protocol/item.ts";
import type { Annex, Manifest } from "../protocol/manifest.ts";
import type { Opening } from "../protocol/ballot.ts";
import type { Draw } from "../protocol/pool.ts";
import type { Terms } from "../protocol/terms.ts";
import type { Address, Hash, Hex, Role } from "../protocol/words.ts";

export interface ReleaseSource {
  readonly chainId: bigint;
  readonly contracts: ReleaseContracts;
  /** Settled tasks, in the order in which they appear in the files. */
  readonly tasks: readonly SourceTask[];
}

export interface ReleaseContracts {
  readonly token: Address;
  readonly stakeRegistry: Address;
  readonly feedbackTasks: Address;
  /** Where output receipts and what was made of the release are recorded; absent where there was none. */
  readonly provenanceRegistry?: Address | undefined;
}

export interface SourceTask {
  readonly taskId: Hash;
  readonly requester: Address;
  readonly nonce: bigint;
  readonly terms: Terms;
  /** What `TaskOpened` recorded. */
  readonly seed: Hash;
  readonly human: Draw;
  readonly ai: Draw;
  /** What `TaskCreated`, `BooksClosed` and `TaskSettled` recorded. */
  readonly books: SourceBooks;
  readonly transactions: { readonly created: Hash; readonly opened: Hash };
  /** Null where the terms bind none, and where nobody opened them in time. */
  readonly gold: SourceGold | null;
  /** Its canonical JSON hashes to `terms.manifestHash`, the annex's to `manifest.annexHash`. */
  readonly manifest: Manifest;
  readonly annex: Annex;
  /** The last committed version of every validator, opened or not, void or not; in any order. */
  readonly ballots: readonly SourceBallot[];
  /** Work that never reached the chain and so is left out, with the reason. */
  readonly exclusions?: readonly SourceExclusion[];
  /** Items ascending, every one; asked for once, so that content is never held whole. */
  items(): Iterable<SourceItem> | AsyncIterable<SourceItem>;
}

/** escrow = refund + fees + paid + rest; penalties (forfeited locks among them) are outside [G11]. */
export interface SourceBooks {
  readonly escrowUnits: bigint;
  readonly refundUnits: bigint;
  readonly feeUnits: bigint;
  readonly paidUnits: bigint;
  readonly restUnits: bigint;
  readonly penaltyUnits: bigint;
}

/** Items whose answer the requester knew: packed as `GoldOpened` recorded them, and what `GoldJudged` made of them. */
export interface SourceGold {
  readonly golds: Hex;
  readonly valid: number;
  readonly void: number;
  /** False: too many were void to be held against anybody. */
  readonly gate: boolean;
}

export interface SourceItem extends ItemContent {
  readonly itemIndex: number;
}

export interface SourceBallot {
  readonly validator: Address;
  readonly role: Role;
  readonly version: number;
  readonly judgments: number;
  readonly commitment: Hash;
  /** EIP-712 digest of the ballot. */
  readonly digest: Hash;
  /** 65 bytes, by `signer`; "" where the chain alone saw it. */
  readonly signature: Hex;
  /** The wallet itself or a session key. */
  readonly signer: Address;
  /** As in `BallotCommitted`: the place on the admission list, 0 where the role is open. */
  readonly admissionIndex: number;
  readonly outcome: "scored" | "voided" | "forfeited";
  /** Presented verdicts, as signed; null when it was never opened, or where the chain alone saw it. */
  readonly opening: Opening | null;
  /** As in `BallotRevealed` (0 = A, 1 = B, 2 = tie); "0x" when voided or forfeited. */
  readonly effectiveEntries: Hex;
  /** As in `BallotSettled`; zero when voided or forfeited, but for the loss of a forfeited lock. */
  readonly scorePpm: number;
  readonly scored: number;
  readonly multiplePpm: number;
  readonly payUnits: bigint;
  readonly lossUnits: bigint;
  /** Golds it answered as the requester did, and otherwise, of its first 60; 0 and 0 where no gate stands. */
  readonly goldRight: number;
  readonly goldWrong: number;
  /** So many missed that it earned nothing. */
  readonly goldFailed: boolean;
  /**
   * Of the last `BallotCommitted`; of `BallotRevealed` or `BallotVoided`; of `BallotSettled` or
   * `BallotForfeited`. "" where there was no such event (a forfeited ballot was never revealed, a
   * voided one is settled by its reveal).
   */
  readonly transactions: {
    readonly commit: Hash;
    readonly reveal: Hash;
    readonly settle: Hash;
  };
}

export interface SourceExclusion {
  readonly validator: Address;
  readonly reason: string;
}
