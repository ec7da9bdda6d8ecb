/** Ballot versions and their receipts. Written by the api alone; the operator anchors, commits and reveals from them. */
import { and, asc, eq, sql } from "drizzle-orm";
import type { Address, Hash } from "../../protocol/words.ts";
import type { Database } from "../database.ts";
import { ballotHeads, ballotNotes, ballotVersions } from "../schema/submissions.ts";

export type BallotVersionRow = typeof ballotVersions.$inferSelect;
export type NewBallotVersion = Omit<BallotVersionRow, "sequence">;
export type BallotHeadRow = typeof ballotHeads.$inferSelect;

/**
 * Stores a version with its receipt and makes it the newest of its slot, in one statement.
 * @param after the version it was checked against; 0 for none
 * @param newItems items judged for the first time; their leases end
 * @returns false, and nothing stored, if another version came in between
 */
export async function insertBallotVersion(
  db: Database,
  ballot: NewBallotVersion,
  after: number,
  newItems: readonly number[],
): Promise<boolean> {
  const { taskId, validator, role, version, receivedAt } = ballot;
  const { rows } = await db.execute<{ stored: string }>(sql`
    with head as (
      insert into ballot_heads (task_id, validator, role, version, judgments, digest, signer)
      values (${taskId}, ${validator}, ${role}, ${version}, ${ballot.judgments}, ${ballot.digest}, ${ballot.signer})
      on conflict (task_id, validator) do update
        set version = excluded.version, judgments = excluded.judgments,
            digest = excluded.digest, signer = excluded.signer
        where ballot_heads.version = ${after}
      returning 1
    ),
    ballot as (
      insert into ballot_versions (digest, task_id, validator, role, version, judgments, commitment, signature, signer,
        admission_index, entries, salt, notes_hash, receipt_signature, received_at)
      select ${ballot.digest}, ${taskId}, ${validator}, ${role}, ${version}, ${ballot.judgments}::int,
        ${ballot.commitment}, ${ballot.signature}, ${ballot.signer}, ${ballot.admissionIndex}::int, ${ballot.entries},
        ${ballot.salt}, ${ballot.notesHash}, ${ballot.receiptSignature}, ${receivedAt}::bigint
      from head returning 1
    ),
    judged as (
      insert into judged_items (task_id, validator, item_index, role, version, judged_at)
      select ${taskId}, ${validator}, item_index, ${role}, ${version}::bigint, ${receivedAt}::bigint
      from head, unnest(${`{${newItems.join(",")}}`}::int[]) as fresh(item_index)
      on conflict do nothing
    ),
    released as (
      delete from leases where task_id = ${taskId} and validator = ${validator}
        and item_index = any(${`{${newItems.join(",")}}`}::int[]) and exists (select 1 from head)
    )
    select count(*)::text as stored from ballot`);
  return rows[0]?.stored === "1";
}

export async function findBallotVersion(
  db: Database,
  digest: Hash,
): Promise<BallotVersionRow | undefined> {
  const [row] = await db.select().from(ballotVersions).where(eq(ballotVersions.digest, digest));
  return row;
}

/** A validator's newest version in a task. */
export async function findNewestBallot(
  db: Database,
  taskId: Hash,
  validator: Address,
): Promise<BallotVersionRow | undefined> {
  const [row] = await db
    .select()
    .from(ballotVersions)
    .innerJoin(ballotHeads, eq(ballotHeads.digest, ballotVersions.digest))
    .where(and(eq(ballotHeads.taskId, taskId), eq(ballotHeads.validator, validator)));
  return row?.ballot_versions;
}

/** The version with this commitment: what a record on chain was made of. */
export async function findBallotByVersion(
  db: Database,
  taskId: Hash,
  validator: Address,
  version: number,
): Promise<BallotVersionRow | undefined> {
  const [row] = await db
    .select()
    .from(ballotVersions)
    .where(
      and(
        eq(ballotVersions.taskId, taskId),
        eq(ballotVersions.validator, validator),
        eq(ballotVersions.version, version),
      ),
    );
  return row;
}

/** The newest version of everybody in a task. */
export async function listNewestBallots(db: Database, taskId: Hash): Promise<BallotVersionRow[]> {
  const rows = await db
    .select()
    .from(ballotVersions)
    .innerJoin(ballotHeads, eq(ballotHeads.digest, ballotVersions.digest))
    .where(eq(ballotHeads.taskId, taskId))
    .orderBy(asc(ballotVersions.validator));
  return rows.map((row) => row.ballot_versions);
}

export async function upsertNotes(
  db: Database,
  notes: typeof ballotNotes.$inferInsert,
): Promise<void> {
  await db
    .insert(ballotNotes)
    .values(notes)
    .onConflictDoUpdate({
      target: [ballotNotes.taskId, ballotNotes.validator],
      set: { version: notes.version, notesHash: notes.notesHash, notes: notes.notes },
      setWhere: sql`${ballotNotes.version} < ${notes.version}`,
    });
}

export async function listNotes(
  db: Database,
  validator: Address,
): Promise<(typeof ballotNotes.$inferSelect)[]> {
  return db.select().from(ballotNotes).where(eq(ballotNotes.validator, validator));
}

export async function deleteNotes(db: Database, validator: Address): Promise<number> {
  const rows = await db
    .delete(ballotNotes)
    .where(eq(ballotNotes.validator, validator))
    .returning({ taskId: ballotNotes.taskId });
  return rows.length;
}

export interface SlotFacts {
  /** Of the newest block indexed. */
  readonly blockTimestamp: bigint;
  readonly seed: Hash | null;
  readonly cancelled: boolean;
  /** Staked minus locked, plus what this task's own record locks; 0 for strangers. */
  readonly freeUnits: bigint;
  /** Locks that receipted work in other running tasks will still take. */
  readonly promisedUnits: bigint;
  readonly head: Pick<BallotHeadRow, "version" | "judgments" | "digest" | "signer"> | undefined;
  /** The record on chain. */
  readonly committed: { readonly version: number; readonly signer: Address } | undefined;
  readonly session:
    | { readonly authorizedAt: bigint; readonly expiresAt: bigint; readonly revokedAt: bigint }
    | undefined;
  /** The same key, handed in to be relayed. */
  readonly relayed: { readonly expiresAt: bigint; readonly receivedAt: bigint } | undefined;
}

/**
 * All that may have changed since the last version of a slot, in one round trip. Undefined: no such task, or no block yet.
 * Each fact is a query of its own by primary key: a join of all would take longer to plan than to run.
 * @param key the key that signed; the validator itself where none is asked for
 */
export async function findSlotFacts(
  db: Database,
  taskId: Hash,
  validator: Address,
  key: Address,
): Promise<SlotFacts | undefined> {
  const { rows } = await db.execute<SlotFactsRow>(sql`
    select t.seed, t.cancelled,
      (select block_timestamp::text from checkpoints) as block_timestamp,
      (select (staked_units - locked_units)::text from validators where validator = ${validator}) as unlocked_units,
      (select json_build_array(version, signer, locked_units::text) from ballots
        where task_id = ${taskId} and validator = ${validator})::text as record,
      (select json_build_array(version, judgments, digest, signer) from ballot_heads
        where task_id = ${taskId} and validator = ${validator})::text as head,
      (select json_build_array(authorized_at, expires_at, coalesce(revoked_at, 0)) from sessions
        where validator = ${validator} and key = ${key})::text as session,
      (select json_build_array(expires_at, received_at) from session_requests
        where validator = ${validator} and key = ${key})::text as relayed,
      exists (select 1 from ballot_heads where validator = ${validator} and task_id <> ${taskId}) as elsewhere
    from tasks t where t.task_id = ${taskId}`);
  const row = rows[0];
  if (row === undefined || row.block_timestamp === null) return undefined;
  const record = parseArray<[number, Address, string]>(row.record);
  const head = parseArray<[number, number, Hash, Address]>(row.head);
  const session = parseArray<[number, number, number]>(row.session);
  const relayed = parseArray<[number, number]>(row.relayed);
  const blockTimestamp = BigInt(row.block_timestamp);
  return {
    blockTimestamp,
    seed: row.seed,
    cancelled: row.cancelled,
    freeUnits: BigInt(row.unlocked_units ?? "0") + BigInt(record?.[2] ?? "0"),
    promisedUnits: row.elsewhere
      ? await findPromisedUnits(db, taskId, validator, blockTimestamp)
      : 0n,
    head: head && { version: head[0], judgments: head[1], digest: head[2], signer: head[3] },
    committed: record && { version: record[0], signer: record[1] },
    session: session && {
      authorizedAt: BigInt(session[0]),
      expiresAt: BigInt(session[1]),
      revokedAt: BigInt(session[2]),
    },
    relayed: relayed && { expiresAt: BigInt(relayed[0]), receivedAt: BigInt(relayed[1]) },
  };
}

interface SlotFactsRow extends Record<string, unknown> {
  readonly seed: Hash | null;
  readonly cancelled: boolean;
  readonly block_timestamp: string | null;
  readonly unlocked_units: string | null;
  readonly record: string | null;
  readonly head: string | null;
  readonly session: string | null;
  readonly relayed: string | null;
  readonly elsewhere: boolean;
}

function parseArray<Columns>(text: string | null): Columns | undefined {
  return text === null ? undefined : (JSON.parse(text) as Columns);
}

/** What receipted work in other running tasks will still lock, beyond what their records have locked. */
async function findPromisedUnits(
  db: Database,
  taskId: Hash,
  validator: Address,
  now: bigint,
): Promise<bigint> {
  const { rows } = await db.execute<{ units: string }>(sql`
    select coalesce(sum(greatest(0,
      ceil(h.judgments * (case h.role when 'Human' then t.human_price else t.ai_price end) * t.max_penalty / 1000000)
      - coalesce(b.locked_units, 0))), 0)::numeric(78, 0)::text as units
    from ballot_heads h join tasks t on t.task_id = h.task_id
    left join ballots b on b.task_id = h.task_id and b.validator = h.validator
    where h.validator = ${validator} and h.task_id <> ${taskId} and not t.cancelled and t.commit_ends_at > ${now}`);
  return BigInt(rows[0]?.units ?? "0");
}
