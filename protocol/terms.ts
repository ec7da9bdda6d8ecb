/**
 * What a requester and an operator agree on, in the order of the contract's struct, so that a Terms object can be handed
 * to ethers as it is. Bounds: docs/protocol.md, section 4.
 */
import { ScrutineerError } from "./errors.ts";
import type { Address, Hash, Role } from "./words.ts";
import { PPM, PPM_BIG, ZERO_ADDRESS, ZERO_HASH } from "./words.ts";

export interface Terms {
  readonly operator: Address;
  readonly operatorBond: bigint;
  readonly receiptKey: Address;
  readonly itemsRoot: Hash;
  readonly itemCount: number;
  readonly manifestHash: Hash;
  /** Zero: no gold; else what binds salt and golds (gold.ts). */
  readonly goldHash: Hash;
  /** Zero: open to every human seat. */
  readonly humanAdmissionRoot: Hash;
  readonly humanSeats: number;
  readonly aiAdmissionRoot: Hash;
  readonly aiSeats: number;
  readonly humanVotes: number;
  readonly aiVotes: number;
  readonly humanPrice: bigint;
  readonly aiPrice: bigint;
  readonly operatorFee: bigint;
  /** ppm */
  readonly fullPayScore: number;
  /** ppm */
  readonly breakEven: number;
  /** ppm */
  readonly maxPenalty: number;
  readonly minJudgments: number;
  readonly conditionOnAi: boolean;
  /** ppm; for AIs always 1,000,000 */
  readonly oversubscription: number;
  readonly aiClosesAt: bigint;
  readonly closesAt: bigint;
  readonly commitEndsAt: bigint;
  readonly revealEndsAt: bigint;
}

/** What a deployment of the contracts fixes; durations in seconds, SEED_DELAY in blocks. */
export interface DeploymentConstants {
  readonly minStake: bigint;
  readonly unbonding: bigint;
  readonly seedDelay: bigint;
  readonly minPool: number;
  readonly minCommit: bigint;
  readonly minReveal: bigint;
  readonly claimWindow: bigint;
}

export const MAX_ITEMS = 4096;
export const MAX_HUMAN_VOTES_PER_ITEM = 15;
export const MAX_AI_VOTES_PER_ITEM = 7;
const MAX_SEATS = 65_535;
const MAX_AMOUNT = 2n ** 96n;
const MAX_UINT32 = 2 ** 32 - 1;
const MAX_TIME = 2n ** 40n;

export function votesOf(terms: Pick<Terms, "humanVotes" | "aiVotes">, role: Role): number {
  return role === "Human" ? terms.humanVotes : terms.aiVotes;
}

export function priceOf(terms: Pick<Terms, "humanPrice" | "aiPrice">, role: Role): bigint {
  return role === "Human" ? terms.humanPrice : terms.aiPrice;
}

/** ppm. AIs are never oversubscribed: they do not forget to come. */
export function oversubscriptionOf(terms: Pick<Terms, "oversubscription">, role: Role): number {
  return role === "Human" ? terms.oversubscription : PPM;
}

export function admissionRootOf(
  terms: Pick<Terms, "humanAdmissionRoot" | "aiAdmissionRoot">,
  role: Role,
): Hash {
  return role === "Human" ? terms.humanAdmissionRoot : terms.aiAdmissionRoot;
}

/** How many are on the role's admission list; 0 where the role is open. */
export function admittedSeatsOf(
  terms: Pick<Terms, "humanAdmissionRoot" | "aiAdmissionRoot" | "humanSeats" | "aiSeats">,
  role: Role,
): number {
  return isOpenTo(terms, role) ? 0 : role === "Human" ? terms.humanSeats : terms.aiSeats;
}

export function isOpenTo(
  terms: Pick<Terms, "humanAdmissionRoot" | "aiAdmissionRoot">,
  role: Role,
): boolean {
  return admissionRootOf(terms, role) === ZERO_HASH;
}

/** A task of judgments made elsewhere: more tickets than live work may have. Never served to anybody. */
export function isReplay(terms: Pick<Terms, "oversubscription" | "humanVotes">): boolean {
  return terms.oversubscription * terms.humanVotes > 8 * PPM;
}

type EscrowTerms = Pick<
  Terms,
  "itemCount" | "humanVotes" | "humanPrice" | "aiVotes" | "aiPrice" | "operatorFee"
>;

/** What the requester funds: every vote of every item at its price, and the operator's fee on each. */
export function escrowUnits(terms: EscrowTerms): bigint {
  return (
    BigInt(terms.itemCount) *
    (BigInt(terms.humanVotes) * (terms.humanPrice + terms.operatorFee) +
      BigInt(terms.aiVotes) * (terms.aiPrice + terms.operatorFee))
  );
}

/** The least bond an operator may put up: a quarter of the escrow, rounded up. */
export function leastBondUnits(terms: EscrowTerms): bigint {
  return (escrowUnits(terms) + 3n) / 4n;
}

/** Stake a ballot of this many judgments locks: all it could ever lose. */
export function lockUnits(
  terms: Pick<Terms, "humanPrice" | "aiPrice" | "maxPenalty">,
  role: Role,
  judgments: number,
): bigint {
  const most = BigInt(judgments) * priceOf(terms, role) * BigInt(terms.maxPenalty);
  return (most + PPM_BIG - 1n) / PPM_BIG;
}

export interface TermFault {
  readonly term: keyof Terms;
  readonly message: string;
}

/**
 * Every bound that `createTask` enforces, at `createdAt` (seconds). Returns all that is wrong, so that a form can show it
 * at once; an empty list means the contract takes these terms.
 */
export function findTermFaults(
  terms: Terms,
  constants: DeploymentConstants,
  createdAt: bigint,
): TermFault[] {
  const faults: TermFault[] = [];
  const need = (holds: boolean, term: keyof Terms, message: string): void => {
    if (!holds) faults.push({ term, message });
  };
  const needWhole = (term: keyof Terms, value: number, least: number, most: number): void =>
    need(
      Number.isInteger(value) && value >= least && value <= most,
      term,
      `${term} must be ${least} to ${most}, not ${value}`,
    );
  const needAmount = (term: keyof Terms, value: bigint): void =>
    need(value >= 0n && value < MAX_AMOUNT, term, `${term} must be 0 or more and below 2^96`);

  need(terms.operator !== ZERO_ADDRESS, "operator", "operator must be named");
  need(terms.receiptKey !== ZERO_ADDRESS, "receiptKey", "receiptKey must be named");
  need(terms.itemsRoot !== ZERO_HASH, "itemsRoot", "itemsRoot must not be zero");
  needWhole("itemCount", terms.itemCount, 1, MAX_ITEMS);
  needWhole("humanVotes", terms.humanVotes, 2, 15);
  needWhole("aiVotes", terms.aiVotes, 0, 3);
  needAmount("operatorBond", terms.operatorBond);
  needAmount("humanPrice", terms.humanPrice);
  needAmount("aiPrice", terms.aiPrice);
  needAmount("operatorFee", terms.operatorFee);
  need(terms.humanPrice > 0n, "humanPrice", "humanPrice must be above 0");
  need(
    terms.aiPrice === 0n ? terms.aiVotes === 0 : terms.aiVotes > 0,
    "aiPrice",
    "aiPrice must be 0 exactly where aiVotes is 0",
  );
  need(
    4n * terms.operatorBond >= escrowUnits(terms),
    "operatorBond",
    "operatorBond must be at least a quarter of the escrow",
  );

  needWhole("humanSeats", terms.humanSeats, isOpenTo(terms, "Human") ? 0 : 1, MAX_SEATS);
  needWhole("aiSeats", terms.aiSeats, isOpenTo(terms, "Ai") ? 0 : 1, MAX_SEATS);

  needWhole("fullPayScore", terms.fullPayScore, 10_000, PPM);
  needWhole("breakEven", terms.breakEven, 0, Math.floor(terms.fullPayScore / 2));
  needWhole("maxPenalty", terms.maxPenalty, 0, PPM);
  needWhole("minJudgments", terms.minJudgments, 1, MAX_ITEMS);
  need(
    !terms.conditionOnAi || terms.aiVotes >= 1,
    "conditionOnAi",
    "conditionOnAi needs at least one AI vote",
  );
  needWhole("oversubscription", terms.oversubscription, PPM, MAX_UINT32);
  if (isOpenTo(terms, "Human")) {
    need(
      terms.oversubscription <= 1_500_000 && !isReplay(terms),
      "oversubscription",
      "without an admission list oversubscription must be at most 1500000, and times humanVotes at most 8000000",
    );
  }

  need(terms.closesAt > createdAt, "closesAt", "closesAt must lie in the future");
  need(terms.aiClosesAt <= terms.closesAt, "aiClosesAt", "aiClosesAt must not be after closesAt");
  need(
    terms.commitEndsAt > terms.closesAt &&
      terms.commitEndsAt - terms.closesAt >= constants.minCommit,
    "commitEndsAt",
    `commitEndsAt must be at least ${constants.minCommit} s after closesAt`,
  );
  const reveal = terms.revealEndsAt - terms.commitEndsAt;
  need(
    reveal > 0n && (terms.conditionOnAi ? reveal / 2n : reveal) >= constants.minReveal,
    "revealEndsAt",
    `revealing must last at least ${constants.minReveal} s for each role`,
  );
  need(
    terms.revealEndsAt < MAX_TIME &&
      terms.revealEndsAt + constants.claimWindow <= createdAt + constants.unbonding,
    "revealEndsAt",
    "revealEndsAt plus the claim window must not pass creation plus the unbonding time",
  );
  return faults;
}

/** Refuses terms that the contract would refuse, naming every fault. */
export function checkTerms(terms: Terms, constants: DeploymentConstants, createdAt: bigint): void {
  const faults = findTermFaults(terms, constants, createdAt);
  if (faults.length > 0) {
    throw new ScrutineerError("terms-invalid", faults.map((fault) => fault.message).join("; "), {
      faults,
    });
  }
}
