/**
 * What is left for an operator to do, asked of chain facts (written by the indexer) and submissions (written by the api).
 * Whether it is due now is decided in operator/.
 */
import { and, asc, eq, gt, inArray, isNull, lt, not, or, sql } from "drizzle-orm";
import { encodeGolds } from "../protocol/gold.ts";
import type { Address, Hash, Hex, Role } from "../protocol/words.ts";
import type { Database } from "./database.ts";
import {
  ballots,
  checkpoints,
  claims,
  credits,
  golds,
  sessions,
  tasks,
  withdrawals,
  type Task,
} from "./schema/chain.ts";
import { ballotHeads, ballotVersions, sessionRequests } from "./schema/submissions.ts";
import { anchorLeaves } from "./schema/transactions.ts";

/** Height of the facts; undefined before the indexer's first block. */
export async function findFactsBlock(db: Database): Promise<bigint | undefined> {
  const [row] = await db.select({ block: checkpoints.blockNumber }).from(checkpoints);
  return row?.block;
}

export type LiveTask = Pick<
  Task,
  | "taskId"
  | "operator"
  | "manifestHash"
  | "humanAdmissionRoot"
  | "aiAdmissionRoot"
  | "seedBlock"
  | "conditionOnAi"
  | "aiClosesAt"
  | "closesAt"
  | "commitEndsAt"
  | "revealEndsAt"
  | "opened"
  | "cancelled"
  | "booksClosed"
  | "settled"
  | "bondReleased"
  | "goldHash"
  | "goldStage"
>;

/** Tasks in which something may be left to do: not cancelled, and not both settled and released of their bond. */
export async function findLiveTasks(db: Database): Promise<LiveTask[]> {
  return db
    .select({
      taskId: tasks.taskId,
      operator: tasks.operator,
      manifestHash: tasks.manifestHash,
      humanAdmissionRoot: tasks.humanAdmissionRoot,
      aiAdmissionRoot: tasks.aiAdmissionRoot,
      seedBlock: tasks.seedBlock,
      conditionOnAi: tasks.conditionOnAi,
      aiClosesAt: tasks.aiClosesAt,
      closesAt: tasks.closesAt,
      commitEndsAt: tasks.commitEndsAt,
      revealEndsAt: tasks.revealEndsAt,
      opened: tasks.opened,
      cancelled: tasks.cancelled,
      booksClosed: tasks.booksClosed,
      settled: tasks.settled,
      bondReleased: tasks.bondReleased,
      goldHash: tasks.goldHash,
      goldStage: tasks.goldStage,
    })
    .from(tasks)
    .where(and(not(tasks.cancelled), not(and(tasks.settled, tasks.bondReleased)!)))
    .orderBy(asc(tasks.createdBlock), asc(tasks.createdLogIndex));
}

/** Receipted versions in no anchor tree yet, in the order they came, by task; at most `limit` in all. */
export async function findUnanchored(
  db: Database,
  taskIds: readonly Hash[],
  limit: number,
): Promise<{ taskId: Hash; digests: Hash[] }[]> {
  if (taskIds.length === 0) return [];
  const rows = await db
    .select({ taskId: ballotVersions.taskId, digest: ballotVersions.digest })
    .from(ballotVersions)
    .leftJoin(anchorLeaves, eq(anchorLeaves.digest, ballotVersions.digest))
    .where(and(inArray(ballotVersions.taskId, [...taskIds]), isNull(anchorLeaves.digest)))
    .orderBy(asc(ballotVersions.sequence))
    .limit(limit);
  const byTask = new Map<Hash, Hash[]>();
  for (const { taskId, digest } of rows) {
    const digests = byTask.get(taskId);
    if (digests === undefined) byTask.set(taskId, [digest]);
    else digests.push(digest);
  }
  return [...byTask].map(([taskId, digests]) => ({ taskId, digests }));
}

export type SessionToRelay = Omit<typeof sessionRequests.$inferSelect, "receivedAt">;

/** Session requests that are not on chain and end after `now`. */
export async function findSessionsToRelay(
  db: Database,
  now: bigint,
  limit: number,
): Promise<SessionToRelay[]> {
  return db
    .select({
      validator: sessionRequests.validator,
      key: sessionRequests.key,
      expiresAt: sessionRequests.expiresAt,
      nonce: sessionRequests.nonce,
      signature: sessionRequests.signature,
    })
    .from(sessionRequests)
    .leftJoin(
      sessions,
      and(eq(sessions.validator, sessionRequests.validator), eq(sessions.key, sessionRequests.key)),
    )
    .where(and(isNull(sessions.key), gt(sessionRequests.expiresAt, now)))
    .orderBy(asc(sessionRequests.receivedAt))
    .limit(limit);
}

/** A ballot version as the contract takes it; `signature` has 65 bytes. */
export interface BallotToCommit {
  readonly validator: Address;
  readonly role: Role;
  readonly version: number;
  readonly judgments: number;
  readonly commitment: Hash;
  readonly signature: Hex;
  readonly admissionIndex: number;
  /** Newest version the chain has noted as not covered by free stake; 0 for none. */
  readonly unfundedVersion: number;
}

/** The newest receipted versions that the chain has no record of, or an older one. */
export async function findBallotsToCommit(db: Database, taskId: Hash): Promise<BallotToCommit[]> {
  const rows = await db
    .select({
      validator: ballotVersions.validator,
      role: ballotVersions.role,
      version: ballotVersions.version,
      judgments: ballotVersions.judgments,
      commitment: ballotVersions.commitment,
      signature: ballotVersions.signature,
      admissionIndex: ballotVersions.admissionIndex,
      unfundedVersion: ballots.unfundedVersion,
    })
    .from(ballotHeads)
    .innerJoin(ballotVersions, eq(ballotVersions.digest, ballotHeads.digest))
    .leftJoin(
      ballots,
      and(eq(ballots.taskId, ballotHeads.taskId), eq(ballots.validator, ballotHeads.validator)),
    )
    .where(
      and(
        eq(ballotHeads.taskId, taskId),
        or(isNull(ballots.version), lt(ballots.version, ballotHeads.version)),
      ),
    )
    .orderBy(asc(ballotHeads.validator));
  return rows.map((row) => ({ ...row, unfundedVersion: row.unfundedVersion ?? 0 }));
}

export type OpeningLeftToReveal = Pick<
  typeof ballotVersions.$inferSelect,
  "validator" | "role" | "salt" | "notesHash" | "entries"
>;

/** Openings we hold of committed ballots that are unopened. */
export async function findOpeningsToReveal(
  db: Database,
  taskId: Hash,
): Promise<OpeningLeftToReveal[]> {
  return db
    .select({
      validator: ballots.validator,
      role: ballots.role,
      salt: ballotVersions.salt,
      notesHash: ballotVersions.notesHash,
      entries: ballotVersions.entries,
    })
    .from(ballots)
    .innerJoin(
      ballotVersions,
      and(
        eq(ballotVersions.taskId, ballots.taskId),
        eq(ballotVersions.validator, ballots.validator),
        eq(ballotVersions.version, ballots.version),
        eq(ballotVersions.commitment, ballots.commitment),
      ),
    )
    .where(and(eq(ballots.taskId, taskId), eq(ballots.status, "Committed")))
    .orderBy(asc(ballots.validator));
}

/** Ballots to score or forfeit, with their effective entries ("0x" where unopened); void ones need nothing. */
export async function findBallotsToSettle(
  db: Database,
  taskId: Hash,
): Promise<{ validator: Address; entries: Hex }[]> {
  const rows = await db
    .select({ validator: ballots.validator, entries: ballots.entries })
    .from(ballots)
    .where(and(eq(ballots.taskId, taskId), inArray(ballots.status, ["Committed", "Revealed"])))
    .orderBy(asc(ballots.validator));
  return rows.map(({ validator, entries }) => ({ validator, entries: entries ?? "0x" }));
}

/** A task's golds as the chain opened them, packed. */
export async function findOpenedGolds(db: Database, taskId: Hash): Promise<Hex> {
  const [task] = await db
    .select({ itemCount: tasks.itemCount })
    .from(tasks)
    .where(eq(tasks.taskId, taskId));
  const rows = await db
    .select({ itemIndex: golds.itemIndex, answer: golds.answer })
    .from(golds)
    .where(eq(golds.taskId, taskId))
    .orderBy(asc(golds.itemIndex));
  return encodeGolds(rows, task?.itemCount ?? 0);
}

/** Unpaid claims of tasks whose bond is released; `operator`: of its tasks alone. */
export async function findClaimsToPay(
  db: Database,
  operator: Address | undefined,
  limit: number,
): Promise<{ taskId: Hash; validator: Address }[]> {
  return db
    .select({ taskId: claims.taskId, validator: claims.validator })
    .from(claims)
    .innerJoin(tasks, eq(tasks.taskId, claims.taskId))
    .where(
      and(
        isNull(claims.paidUnits),
        tasks.bondReleased,
        operator === undefined ? undefined : eq(tasks.operator, operator),
      ),
    )
    .orderBy(asc(claims.blockNumber), asc(claims.logIndex))
    .limit(limit);
}

/** Accounts that were credited more than they were paid. */
export async function findAccountsDue(db: Database, limit: number): Promise<Address[]> {
  const credited = db
    .select({ account: credits.account, units: sql<string>`sum(${credits.units})`.as("credited") })
    .from(credits)
    .groupBy(credits.account)
    .as("credited_accounts");
  const paid = db
    .select({
      account: withdrawals.account,
      units: sql<string>`sum(${withdrawals.units})`.as("paid"),
    })
    .from(withdrawals)
    .groupBy(withdrawals.account)
    .as("paid_accounts");
  const rows = await db
    .select({ account: credited.account })
    .from(credited)
    .leftJoin(paid, eq(paid.account, credited.account))
    .where(sql`${credited.units} > coalesce(${paid.units}, 0)`)
    .orderBy(asc(credited.account))
    .limit(limit);
  return rows.map(({ account }) => account);
}
