/**
 * What a validator does for its own ballot where its operator has not: it commits the last version once no receipt can come
 * any more, opens it in the last quarter of its role's reveal time, and claims afterwards for what was left out. The page
 * and `scrutineer validator watch` both act on this one plan.
 */
import { fingerprintOf } from "./commitment.ts";
import type { Interval } from "./task-state.ts";
import { commitEndsAtFor, receiptsEndAtFor, revealIntervalOf } from "./task-state.ts";
import type { Terms } from "./terms.ts";
import type { Hash, Hex, Role } from "./words.ts";

/** A version as who signed it kept it. */
export interface KeptVersion {
  readonly version: number;
  readonly commitment: Hash;
  /** The operator's receipt is here, so its bond answers for this version. */
  readonly receipted: boolean;
  /** The operator would not take it: its opening is kept, but nobody puts it on chain for us. */
  readonly refused: boolean;
}

/** What the chain holds of the validator in the task; `version` 0: nothing. */
export interface OwnRecord {
  readonly version: number;
  /** The highest version that free stake did not cover. */
  readonly unfundedVersion: number;
  /** Of the commitment. */
  readonly fingerprint: Hex;
  readonly opened: boolean;
}

export interface OwnTimes {
  readonly terms: Pick<
    Terms,
    "aiClosesAt" | "closesAt" | "commitEndsAt" | "revealEndsAt" | "conditionOnAi"
  >;
  readonly role: Role;
  /** Constants of the deployment, seconds. */
  readonly minCommit: bigint;
  readonly claimWindow: bigint;
}

/**
 * commit: the newest version is not on chain. open: what is on chain is unopened. claim: a receipted version was left out.
 * restore: what is on chain was signed elsewhere; its opening has to be fetched from a copy, or its lock may be lost.
 */
export interface OwnDuty extends Interval {
  readonly kind: "commit" | "open" | "claim" | "restore";
  readonly version: number;
}

/**
 * The one thing to do now, if there is one. Commits, openings and claims are due in times that follow each other without
 * overlap; a restore may be due beside a commit, which goes first: it may make the restore needless.
 */
export function findOwnDuty(
  kept: readonly KeptVersion[],
  record: OwnRecord,
  times: OwnTimes,
  now: bigint,
): OwnDuty | undefined {
  return (
    findCommitDuty(kept, record, times, now) ??
    findOpenDuty(kept, record, times, now) ??
    findClaimDuty(kept, record, times, now)
  );
}

/** From the moment no later version can be receipted, for as long as commits are taken. */
export function commitTimeOf({ terms, role, minCommit }: OwnTimes): Interval {
  return {
    from: receiptsEndAtFor(terms, role, minCommit),
    until: commitEndsAtFor(terms, role),
  };
}

/** The last quarter of the role's reveal time: early enough to matter, late enough that the operator had its turn. */
export function openTimeOf({ terms, role }: Pick<OwnTimes, "terms" | "role">): Interval {
  const { from, until } = revealIntervalOf(terms, role);
  return { from: until - (until - from) / 4n, until };
}

export function claimTimeOf({
  terms,
  claimWindow,
}: Pick<OwnTimes, "terms" | "claimWindow">): Interval {
  return { from: terms.revealEndsAt, until: terms.revealEndsAt + claimWindow };
}

function findCommitDuty(
  kept: readonly KeptVersion[],
  record: OwnRecord,
  times: OwnTimes,
  now: bigint,
): OwnDuty | undefined {
  const time = commitTimeOf(times);
  const newest = newestOf(kept.filter(({ refused }) => !refused));
  if (!isWithin(time, now) || newest === undefined || newest.version <= record.version) {
    return undefined;
  }
  return { kind: "commit", version: newest.version, ...time };
}

function findOpenDuty(
  kept: readonly KeptVersion[],
  record: OwnRecord,
  times: OwnTimes,
  now: bigint,
): OwnDuty | undefined {
  if (record.version === 0 || record.opened) return undefined;
  const { version } = record;
  const isHere = kept.some((one) => isRecordOf(record, one));
  if (!isHere) {
    // Worth doing at once: copies may be gone by the time they are needed.
    const time = { from: 0n, until: revealIntervalOf(times.terms, times.role).until };
    return isWithin(time, now) ? { kind: "restore", version, ...time } : undefined;
  }
  const time = openTimeOf(times);
  return isWithin(time, now) ? { kind: "open", version, ...time } : undefined;
}

/** Only what can be seen from here; claims.ts has every condition. */
function findClaimDuty(
  kept: readonly KeptVersion[],
  record: OwnRecord,
  times: OwnTimes,
  now: bigint,
): OwnDuty | undefined {
  const time = claimTimeOf(times);
  const newest = newestOf(kept.filter(({ receipted }) => receipted));
  if (!isWithin(time, now) || newest === undefined || record.unfundedVersion >= newest.version) {
    return undefined;
  }
  const { version } = newest;
  const isOmitted = record.version < version || (isRecordOf(record, newest) && !record.opened);
  return isOmitted ? { kind: "claim", version, ...time } : undefined;
}

/**
 * Seconds for which a watcher that keeps running leaves a duty to the operator, so that gas is not spent twice: half a
 * minute, or an eighth of the time there is. Opening in the last quarter is late enough as it is.
 */
export function headStartOf({ kind, from, until }: OwnDuty): bigint {
  if (kind !== "commit") return 0n;
  const eighth = (until - from) / 8n;
  return eighth < 30n ? eighth : 30n;
}

function newestOf(versions: readonly KeptVersion[]): KeptVersion | undefined {
  return versions.reduce<KeptVersion | undefined>(
    (newest, one) => (newest === undefined || one.version > newest.version ? one : newest),
    undefined,
  );
}

function isWithin({ from, until }: Interval, now: bigint): boolean {
  return now >= from && now < until;
}

/** Whether this very version is what the chain holds, as long as it is not opened. */
export function isRecordOf(
  record: OwnRecord,
  { version, commitment }: Pick<KeptVersion, "version" | "commitment">,
): boolean {
  return record.version === version && record.fingerprint === fingerprintOf(commitment);
}
