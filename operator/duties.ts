/**
 * What the operator knows and what it may have to do about it: facts in, duties out.
 *
 * The `plan-*` files decide with these alone, so that every decision can be tested without a chain, a database or a
 * clock. Facts may be stale: a duty that somebody else has done meanwhile is found out by simulation before it is sent.
 */
import type { GoldStage } from "../protocol/gold-gate.ts";
import type { Address, Hash, Hex, Role } from "../protocol/words.ts";
import type { BallotToCommit } from "../store/operator-facts.ts";

/** Height and time of the newest block, and this machine's clock in seconds, which only paces anchors. */
export interface Now {
  readonly block: bigint;
  readonly time: bigint;
  readonly clock: number;
}

/** What planning needs of a task; times in seconds. */
export interface TaskView {
  readonly taskId: Hash;
  readonly operator: Address;
  readonly seedBlock: bigint;
  readonly conditionOnAi: boolean;
  readonly aiClosesAt: bigint;
  readonly closesAt: bigint;
  readonly commitEndsAt: bigint;
  readonly revealEndsAt: bigint;
  readonly opened: boolean;
  readonly cancelled: boolean;
  readonly booksClosed: boolean;
  readonly settled: boolean;
  readonly bondReleased: boolean;
  /** Zero where the task has no golds; `goldStage` is null then. */
  readonly goldHash: Hash;
  readonly goldStage: GoldStage | null;
}

/** What `goldHash` binds; `golds` are packed. */
export interface SealedGolds {
  readonly salt: Hash;
  readonly golds: Hex;
}

/** A claim of a task whose bond is released. */
export interface ClaimToPay {
  readonly taskId: Hash;
  readonly validator: Address;
}

export interface OpeningToReveal {
  readonly validator: Address;
  readonly role: Role;
  readonly salt: Hash;
  readonly notesHash: Hash;
  readonly entries: Hex;
}

/** A committed ballot not settled yet; `entries` are its effective ones, "0x" where it was never opened. */
export interface BallotToSettle {
  readonly validator: Address;
  readonly entries: Hex;
}

export interface SessionRequest {
  readonly validator: Address;
  readonly key: Address;
  readonly expiresAt: bigint;
  readonly nonce: bigint;
  readonly signature: Hex;
}

export interface UnanchoredBallots {
  readonly taskId: Hash;
  /** Digests in the order they were received. */
  readonly digests: readonly Hash[];
}

export type Duty =
  | { readonly kind: "authorize-session"; readonly request: SessionRequest }
  | { readonly kind: "open-task"; readonly taskId: Hash }
  | { readonly kind: "cancel-task"; readonly taskId: Hash }
  | { readonly kind: "anchor"; readonly taskId: Hash; readonly digests: readonly Hash[] }
  | { readonly kind: "commit"; readonly taskId: Hash; readonly ballots: readonly BallotToCommit[] }
  | {
      readonly kind: "reveal";
      readonly taskId: Hash;
      readonly openings: readonly OpeningToReveal[];
    }
  | {
      readonly kind: "open-gold";
      readonly taskId: Hash;
      readonly salt: Hash;
      readonly golds: Hex;
    }
  | { readonly kind: "judge-gold"; readonly taskId: Hash; readonly golds: Hex }
  | { readonly kind: "settle"; readonly taskId: Hash; readonly ballots: readonly BallotToSettle[] }
  | { readonly kind: "release-bond"; readonly taskId: Hash }
  | { readonly kind: "pay-claim"; readonly taskId: Hash; readonly validator: Address }
  | { readonly kind: "withdraw-for"; readonly account: Address }
  | { readonly kind: "pay-commons" };
