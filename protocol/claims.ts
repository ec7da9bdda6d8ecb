/**
 * Omission: the operator gave a receipt for a ballot, and neither put it on chain nor opened it. Within CLAIM_WINDOW after
 * `revealEndsAt` anyone claims for the validator, out of the operator's bond (bond-shares.ts).
 *
 * Every condition is a function here; `findClaimFault` holds a claim against all of them. What the operator could not have
 * helped is no omission: a session that was revoked, stake that was drained, a record the validator itself made newer.
 */
import type { Ballot, Opening } from "./ballot.ts";
import { decodeEntries, ENTRY_BYTES, findEntriesFault } from "./ballot.ts";
import { commitmentOf, fingerprintOf } from "./commitment.ts";
import type { ErrorCode } from "./errors.ts";
import { hexToBytes } from "./hex.ts";
import { admissionLeaf, isInTree } from "./merkle-tree.ts";
import type { Draw } from "./pool.ts";
import { isInPool } from "./pool.ts";
import type { Session } from "./session.ts";
import { recoverSigner } from "./signature.ts";
import type { Terms } from "./terms.ts";
import { admissionRootOf, admittedSeatsOf, isOpenTo, lockUnits, priceOf } from "./terms.ts";
import { ticketsOf } from "./ticket.ts";
import type { SigningDomain } from "./typed-data.ts";
import { ballotDigest, openingReceiptDigest } from "./typed-data.ts";
import type { Address, Hash, Hex, Role } from "./words.ts";

export interface OmissionClaim {
  readonly ballot: Ballot;
  /** Of the ballot, by the wallet or a session key. */
  readonly signature: Hex;
  /** Both ignored where the role is open. */
  readonly admissionIndex: number;
  readonly admissionProof: readonly Hash[];
  /** Of the same fields as `OpeningReceipt`, by the task's receipt key. */
  readonly receiptSignature: Hex;
  readonly opening: Opening;
}

/** What the chain holds of the validator in this task. */
export interface ClaimRecord {
  /** 0: no ballot was committed. */
  readonly version: number;
  /** The highest version that free stake did not cover; may stand alone. */
  readonly unfundedVersion: number;
  readonly judgments: number;
  /** Of the commitment; of no meaning once opened. */
  readonly fingerprint: Hex;
  /** A session key signed it, not the wallet. */
  readonly bySession: boolean;
  readonly opened: boolean;
  /** How many judgments count; 0 where the ballot is unopened or void. */
  readonly effectiveEntries: number;
}

export type ClaimTerms = Pick<
  Terms,
  | "itemCount"
  | "receiptKey"
  | "humanPrice"
  | "aiPrice"
  | "maxPenalty"
  | "humanAdmissionRoot"
  | "humanSeats"
  | "aiAdmissionRoot"
  | "aiSeats"
  | "closesAt"
  | "commitEndsAt"
  | "revealEndsAt"
>;

/** What a claim is held against. */
export interface ClaimFacts {
  /** Of FeedbackTasks. */
  readonly domain: SigningDomain;
  readonly taskId: Hash;
  readonly terms: ClaimTerms;
  readonly seed: Hash;
  readonly human: Draw;
  readonly ai: Draw;
  /** The role the validator held, active, at the snapshot block. */
  readonly role: Role | undefined;
  /** Whether another address committed, or was claimed for, under the claim's admission index. */
  readonly admissionIndexTaken: boolean;
  /** The validator's sessions, as they stand now. */
  readonly sessionOf: (key: Address) => Session | undefined;
  readonly record: ClaimRecord;
  /** Whether there was a claim for this validator before. */
  readonly claimedUnits: bigint;
  readonly claimWindow: bigint;
  /** Block time, seconds. */
  readonly now: bigint;
}

/** Why the contract refuses this claim, if it does. */
export function findClaimFault(claim: OmissionClaim, facts: ClaimFacts): ErrorCode | undefined {
  const { role, domain, record } = facts;
  if (claim.ballot.taskId !== facts.taskId) return "task-mismatch";
  const timing = findWindowFault(facts);
  if (timing) return timing;
  if (role === undefined) return "validator-not-active";
  const signer = recoverSigner(ballotDigest(domain, claim.ballot), claim.signature);
  return (
    findSeatFault(claim, facts, role) ??
    findBallotFault(claim.ballot, signer, facts) ??
    findReceiptFault(claim, facts) ??
    findOpeningFault(claim, domain) ??
    findRecordFault(claim.ballot, signer, record) ??
    findUnitsFault(claimUnitsOf(claim, facts, role), facts)
  );
}

/** A claim takes the place of a smaller one: anybody could have made that for an older version. */
function findUnitsFault(
  claimUnits: bigint,
  { claimedUnits }: Pick<ClaimFacts, "claimedUnits">,
): ErrorCode | undefined {
  if (claimUnits === 0n) return "claim-empty";
  return claimUnits <= claimedUnits ? "claim-repeated" : undefined;
}

/** Half-open: [revealEndsAt, revealEndsAt + CLAIM_WINDOW). */
export function findWindowFault({
  terms,
  claimWindow,
  now,
}: Pick<ClaimFacts, "terms" | "claimWindow" | "now">): ErrorCode | undefined {
  const inTime = now >= terms.revealEndsAt && now < terms.revealEndsAt + claimWindow;
  return inTime ? undefined : "claim-outside-window";
}

/** Admission and pool, as at commit. */
export function findSeatFault(
  { ballot, admissionIndex, admissionProof }: OmissionClaim,
  { terms, seed, human, ai, admissionIndexTaken }: ClaimFacts,
  role: Role,
): ErrorCode | undefined {
  if (!isOpenTo(terms, role)) {
    const leaf = admissionLeaf(admissionIndex, ballot.validator);
    const admitted =
      admissionIndex < admittedSeatsOf(terms, role) &&
      isInTree(admissionRootOf(terms, role), leaf, admissionProof);
    if (!admitted) return "not-admitted";
    if (admissionIndexTaken) return "admission-index-taken";
  }
  return isInPool(seed, ballot.validator, role === "Human" ? human : ai)
    ? undefined
    : "not-in-pool";
}

/** Count, version and signer, as at commit; its session must have lasted through all of Open and Committing. */
export function findBallotFault(
  ballot: Ballot,
  signer: Address | undefined,
  { terms, sessionOf }: Pick<ClaimFacts, "terms" | "sessionOf">,
): ErrorCode | undefined {
  if (ballot.judgments < 1 || ballot.judgments > terms.itemCount) return "judgments-out-of-range";
  if (ballot.version < 1) return "version-stale";
  if (signer === undefined) return "signature-invalid";
  return signer === ballot.validator ? undefined : findSessionFault(sessionOf(signer), terms);
}

/** Authorised before commits ended, unrevoked until then, and unexpired when judging closed. */
export function findSessionFault(
  session: Session | undefined,
  { closesAt, commitEndsAt }: Pick<ClaimTerms, "closesAt" | "commitEndsAt">,
): ErrorCode | undefined {
  if (!session || session.authorizedAt === 0n || session.authorizedAt >= commitEndsAt) {
    return "session-unknown";
  }
  if (session.revokedAt !== 0n && session.revokedAt < commitEndsAt) return "session-revoked";
  return session.expiresAt > closesAt ? undefined : "session-expired";
}

/** The receipt is over the ballot's own fields, so it carries the same version, count and commitment or none at all. */
export function findReceiptFault(
  { ballot, receiptSignature }: OmissionClaim,
  { domain, terms }: Pick<ClaimFacts, "domain" | "terms">,
): ErrorCode | undefined {
  const signer = recoverSigner(openingReceiptDigest(domain, ballot), receiptSignature);
  return signer === terms.receiptKey ? undefined : "receipt-invalid";
}

/** It opens this commitment, and the contract would not void the ballot for it. */
export function findOpeningFault(
  { ballot, opening }: OmissionClaim,
  { chainId, verifyingContract }: SigningDomain,
): ErrorCode | undefined {
  const slot = { ...ballot, chainId, tasks: verifyingContract };
  if (commitmentOf(slot, opening) !== ballot.commitment) return "commitment-mismatch";
  const packed = hexToBytes(opening.entries);
  const malformed = findEntriesFault(packed);
  if (malformed) return malformed.code;
  return packed.length / ENTRY_BYTES === ballot.judgments ? undefined : "judgments-mismatch";
}

/**
 * An omission it is if there is no record; or one of lower version; or this very ballot, unopened. It is none if stake did
 * not cover this version or a later one, nor if the wallet overruled what a session had signed.
 */
export function findRecordFault(
  ballot: Ballot,
  signer: Address | undefined,
  record: ClaimRecord,
): ErrorCode | undefined {
  if (record.unfundedVersion >= ballot.version) return "claim-unfunded";
  if (record.version === 0) return undefined;
  if (signer !== ballot.validator && !record.bySession) return "not-omitted";
  if (record.version < ballot.version) return undefined;
  const unopened = record.version === ballot.version && !record.opened;
  return unopened && record.fingerprint === fingerprintOf(ballot.commitment)
    ? undefined
    : "not-omitted";
}

/** price · max(0, entries with a ticket − effective entries of the opened record) + the lock of an unopened one. */
export function claimUnitsOf(
  { ballot, opening }: OmissionClaim,
  { terms, seed, human, ai, record }: ClaimFacts,
  role: Role,
): bigint {
  const ticket = ticketsOf(seed, ballot.validator, (role === "Human" ? human : ai).threshold);
  const withTicket = decodeEntries(opening.entries).filter(
    ({ itemIndex }) => itemIndex < terms.itemCount && ticket(itemIndex).eligible,
  ).length;
  const missing = Math.max(0, withTicket - (record.opened ? record.effectiveEntries : 0));
  const forfeited =
    record.version !== 0 && !record.opened ? lockUnits(terms, role, record.judgments) : 0n;
  return BigInt(missing) * priceOf(terms, role) + forfeited;
}
