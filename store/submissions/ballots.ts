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
 * @param key the key that signed; the validator itself where none is asked for
 */
export async function findSlotFacts(
  db: Database,
  taskId: Hash,
  validator: Address,
  key: Address,
): Promise<SlotFacts | undefined> {
  const { rows } = await db.execute<Record<string, string | null>>(sql`
    select c.block_timestamp::text, t.seed, t.cancelled::text as cancelled,
      (coalesce(v.staked_units - v.locked_units, 0) + coalesce(b.locked_units, 0))::text as free_units,
      (select coalesce(sum(greatest(0, ceil(
          oh.judgments * (case oh.role when 'Human' then ot.human_price else ot.ai_price end) * ot.max_penalty / 1000000)
          - coalesce(ob.locked_units, 0))), 0)
        from ballot_heads oh join tasks ot on ot.task_id = oh.task_id
        left join ballots ob on ob.task_id = oh.task_id and ob.validator = oh.validator
        where oh.validator = ${validator} and oh.task_id <> ${taskId} and not ot.cancelled
          and ot.commit_ends_at > c.block_timestamp)::text as promised_units,
      h.version::text as head_version, h.judgments::text as head_judgments, h.digest as head_digest,
      h.signer as head_signer,
      b.version::text as committed_version, b.signer as committed_signer,
      s.authorized_at::text, s.expires_at::text, coalesce(s.revoked_at, 0)::text as revoked_at,
      r.expires_at::text as relayed_expires_at, r.received_at::text as relayed_received_at
    from tasks t cross join checkpoints c
    left join validators v on v.validator = ${validator}
    left join ballots b on b.task_id = t.task_id and b.validator = ${validator}
    left join ballot_heads h on h.task_id = t.task_id and h.validator = ${validator}
    left join sessions s on s.validator = ${validator} and s.key = ${key}
    left join session_requests r on r.validator = ${validator} and r.key = ${key}
    where t.task_id = ${taskId} limit 1`);
  const row = rows[0];
  if (row === undefined) return undefined;
  const text = (name: string): string => row[name] as string;
  const whole = (name: string): bigint => BigInt((row[name] ?? "0").replace(/\..*$/, ""));
  return {
    blockTimestamp: whole("block_timestamp"),
    seed: row["seed"] ?? null,
    cancelled: row["cancelled"] === "true",
    freeUnits: whole("free_units"),
    promisedUnits: whole("promised_units"),
    head:
      row["head_version"] == null
        ? undefined
        : {
            version: Number(row["head_version"]),
            judgments: Number(row["head_judgments"]),
            digest: text("head_digest"),
            signer: text("head_signer"),
          },
    committed:
      row["committed_version"] == null
        ? undefined
        : { version: Number(row["committed_version"]), signer: text("committed_signer") },
    session:
      row["authorized_at"] == null
        ? undefined
        : {
            authorizedAt: whole("authorized_at"),
            expiresAt: whole("expires_at"),
            revokedAt: whole("revoked_at"),
          },
    relayed:
      row["relayed_expires_at"] == null
        ? undefined
        : {
            expiresAt: whole("relayed_expires_at"),
            receivedAt: whole("relayed_received_at"),
          },
  };
}
