/**
 * How the indexer's changes reach the chain tables, and how they leave again when a block does: facts are deleted by block
 * number, states are put back from `undo`.
 */
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  lt,
  lte,
  sql,
  type SQL,
} from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Address, Hash } from "../protocol/words.ts";
import type { Database } from "./database.ts";
import {
  anchors,
  ballots,
  blocks,
  checkpoints,
  claims,
  commits,
  credits,
  golds,
  items,
  judgments,
  manifests,
  provenanceParents,
  provenanceRecords,
  seatChanges,
  sessions,
  settlements,
  stakeChanges,
  tasks,
  undo,
  unfundedBallots,
  validators,
  withdrawals,
  type Ballot,
  type Checkpoint,
  type Claim,
  type Item,
  type Manifest,
  type ProvenanceRecord,
  type Session,
  type Task,
  type Validator,
} from "./schema/chain.ts";

/** Tables of facts, by name. */
export const factTables = {
  seatChanges,
  stakeChanges,
  anchors,
  commits,
  unfundedBallots,
  judgments,
  settlements,
  golds,
  credits,
  withdrawals,
  provenanceParents,
} as const;

/** Tables of states, by name, with what names a row. */
export const stateTables = {
  tasks: { table: tasks, key: ["taskId"] },
  validators: { table: validators, key: ["validator"] },
  sessions: { table: sessions, key: ["validator", "key"] },
  ballots: { table: ballots, key: ["taskId", "validator"] },
  claims: { table: claims, key: ["taskId", "validator"] },
  provenanceRecords: { table: provenanceRecords, key: ["recordId"] },
} as const;

export type FactName = keyof typeof factTables;
export type StateName = keyof typeof stateTables;
export type FactRow<Name extends FactName> = (typeof factTables)[Name]["$inferSelect"];
export type StateRow<Name extends StateName> = (typeof stateTables)[Name]["table"]["$inferSelect"];

/** One new row of facts, or the new row of a state. */
export type FactChange = { [Name in FactName]: { fact: Name; row: FactRow<Name> } }[FactName];
export type StateChange = { [Name in StateName]: { state: Name; row: StateRow<Name> } }[StateName];
export type Change = FactChange | StateChange;

export interface BlockHeader {
  readonly number: bigint;
  readonly hash: Hash;
  readonly parentHash: Hash;
  readonly timestamp: bigint;
}

/** A state row before a block changed it; null: there was none. */
export interface UndoEntry {
  readonly blockNumber: bigint;
  readonly tableName: StateName;
  readonly key: readonly string[];
  readonly before: Record<string, unknown> | null;
}

/** What both contracts hold, in token units. */
export interface Held {
  readonly registryUnits: bigint;
  readonly tasksUnits: bigint;
}

export interface BatchWrite {
  /** In the order of the chain. */
  readonly facts: readonly FactChange[];
  /** The newest row of each state that changed. */
  readonly states: readonly StateChange[];
  readonly undo: readonly UndoEntry[];
  /** Headers to keep; the last is the new checkpoint. */
  readonly headers: readonly BlockHeader[];
  readonly chainHead: bigint;
  /** Of the token, at the end of the last block; undefined where it is not known. */
  readonly held: Held | undefined;
  /** Headers and undo below this block are of no more use. */
  readonly pruneBelow: bigint;
}

const CHECKPOINT = "chain";
/** Rows a statement, and keys a question. */
const MAX_ROWS = 5_000;

// ---------------------------------------------------------------------------------------------------------- checkpoint

export async function findCheckpoint(db: Database): Promise<Checkpoint | undefined> {
  const [row] = await db.select().from(checkpoints).where(eq(checkpoints.id, CHECKPOINT));
  return row;
}

/** The checkpoint, held until the transaction ends: nobody else moves it meanwhile. */
export async function lockCheckpoint(tx: Database): Promise<Checkpoint | undefined> {
  const [row] = await tx
    .select()
    .from(checkpoints)
    .where(eq(checkpoints.id, CHECKPOINT))
    .for("update");
  return row;
}

/** `header` of the checkpoint's block, where the index does not start at the chain's first. */
export async function insertCheckpoint(
  db: Database,
  row: Omit<Checkpoint, "id" | "error" | "registryHeldUnits" | "tasksHeldUnits">,
  header: BlockHeader | undefined,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .insert(checkpoints)
      .values({ id: CHECKPOINT, error: null, ...row })
      .onConflictDoNothing();
    if (header !== undefined) await tx.insert(blocks).values(header).onConflictDoNothing();
  });
}

/** Says how far the chain is, and why indexing stopped (null: it did not). */
export async function noteChainHead(
  db: Database,
  chainHead: bigint,
  error: string | null,
): Promise<void> {
  await db.update(checkpoints).set({ chainHead, error }).where(eq(checkpoints.id, CHECKPOINT));
}

/** What both contracts hold at the end of the checkpoint's block, if that is still this one. */
export async function noteHeld(db: Database, blockHash: Hash, held: Held): Promise<void> {
  await db
    .update(checkpoints)
    .set({ registryHeldUnits: held.registryUnits, tasksHeldUnits: held.tasksUnits })
    .where(and(eq(checkpoints.id, CHECKPOINT), eq(checkpoints.blockHash, blockHash)));
}

// ------------------------------------------------------------------------------------------------------------- headers

export async function findBlockHash(db: Database, number: bigint): Promise<Hash | undefined> {
  const [row] = await db
    .select({ hash: blocks.hash })
    .from(blocks)
    .where(eq(blocks.number, number));
  return row?.hash;
}

/** Kept headers at or below `number`, newest first. */
export async function findHeadersDown(
  db: Database,
  number: bigint,
  limit: number,
): Promise<BlockHeader[]> {
  return db
    .select()
    .from(blocks)
    .where(lte(blocks.number, number))
    .orderBy(desc(blocks.number))
    .limit(limit);
}

// -------------------------------------------------------------------------------------------------------------- states

export interface StateKeys {
  readonly tasks: Iterable<Hash>;
  readonly validators: Iterable<Address>;
  /** [validator, key] */
  readonly sessions: Iterable<readonly [Address, Address]>;
  /** [taskId, validator] */
  readonly ballots: Iterable<readonly [Hash, Address]>;
  /** [taskId, validator] */
  readonly claims: Iterable<readonly [Hash, Address]>;
  readonly records: Iterable<Hash>;
}

export interface LoadedStates {
  readonly tasks: Task[];
  readonly validators: Validator[];
  readonly sessions: Session[];
  readonly ballots: Ballot[];
  readonly claims: Claim[];
  readonly provenanceRecords: ProvenanceRecord[];
}

/** The rows under these keys; of `ballots`, `claims` and `sessions` maybe more. Operators of the tasks come along. */
export async function loadStates(tx: Database, keys: StateKeys): Promise<LoadedStates> {
  const taskIds = [...new Set(keys.tasks)];
  const foundTasks = await inChunks(taskIds, (ids) =>
    tx.select().from(tasks).where(inArray(tasks.taskId, ids)),
  );
  const who = [...new Set([...keys.validators, ...foundTasks.map((task) => task.operator)])];
  const foundValidators = await inChunks(who, (ids) =>
    tx.select().from(validators).where(inArray(validators.validator, ids)),
  );
  const sessionOwners = [...new Set([...keys.sessions].map(([validator]) => validator))];
  const foundSessions = await inChunks(sessionOwners, (ids) =>
    tx.select().from(sessions).where(inArray(sessions.validator, ids)),
  );
  const ballotsByTask = new Map<Hash, Set<Address>>();
  for (const [taskId, validator] of keys.ballots) {
    const of = ballotsByTask.get(taskId) ?? new Set();
    ballotsByTask.set(taskId, of.add(validator));
  }
  const foundBallots: Ballot[] = [];
  for (const [taskId, of] of ballotsByTask) {
    foundBallots.push(
      ...(await inChunks([...of], (ids) =>
        tx
          .select()
          .from(ballots)
          .where(and(eq(ballots.taskId, taskId), inArray(ballots.validator, ids))),
      )),
    );
  }
  const claimTasks = [...new Set([...keys.claims].map(([taskId]) => taskId))];
  const foundClaims = await inChunks(claimTasks, (ids) =>
    tx.select().from(claims).where(inArray(claims.taskId, ids)),
  );
  const foundRecords = await inChunks([...new Set(keys.records)], (ids) =>
    tx.select().from(provenanceRecords).where(inArray(provenanceRecords.recordId, ids)),
  );
  return {
    tasks: foundTasks,
    validators: foundValidators,
    sessions: foundSessions,
    ballots: foundBallots,
    claims: foundClaims,
    provenanceRecords: foundRecords,
  };
}

// -------------------------------------------------------------------------------------------------------------- writes

/** Writes a batch and moves the checkpoint; call within one transaction, after `lockCheckpoint`. */
export async function writeBatch(tx: Database, batch: BatchWrite): Promise<void> {
  for (const name of Object.keys(factTables) as FactName[]) {
    const rows = batch.facts.filter((change) => change.fact === name).map((change) => change.row);
    await insertRows(tx, factTables[name], rows);
  }
  for (const name of Object.keys(stateTables) as StateName[]) {
    const rows = batch.states
      .filter((change) => change.state === name)
      .map((change) => change.row as Record<string, unknown>);
    await putRows(tx, name, rows);
  }
  await insertRows(
    tx,
    undo,
    batch.undo.map((entry) => ({
      ...entry,
      key: JSON.stringify(entry.key),
      before: entry.before === null ? null : toJson(entry.before),
    })),
  );
  await insertRows(tx, blocks, batch.headers);
  const last = batch.headers.at(-1);
  if (last === undefined) return;
  await tx
    .update(checkpoints)
    .set({
      blockNumber: last.number,
      blockHash: last.hash,
      blockTimestamp: last.timestamp,
      chainHead: batch.chainHead,
      registryHeldUnits: batch.held?.registryUnits ?? null,
      tasksHeldUnits: batch.held?.tasksUnits ?? null,
      error: null,
    })
    .where(eq(checkpoints.id, CHECKPOINT));
  await tx.delete(blocks).where(lt(blocks.number, batch.pruneBelow));
  await tx.delete(undo).where(lt(undo.blockNumber, batch.pruneBelow));
}

/** Makes every chain table what it was when `header` was the newest block; call within one transaction. */
export async function rollBackTo(
  tx: Database,
  header: BlockHeader,
  chainHead: bigint,
): Promise<void> {
  for (const table of Object.values(factTables)) {
    await tx.delete(table).where(gt(table.blockNumber, header.number));
  }
  // The oldest undone block knows what a row was before all of them.
  const entries = await tx
    .select()
    .from(undo)
    .where(gt(undo.blockNumber, header.number))
    .orderBy(asc(undo.blockNumber));
  const oldest = new Map<string, (typeof entries)[number]>();
  for (const entry of entries) {
    const id = `${entry.tableName} ${entry.key}`;
    if (!oldest.has(id)) oldest.set(id, entry);
  }
  for (const name of Object.keys(stateTables) as StateName[]) {
    const { table, key } = stateTables[name];
    const columns = getTableColumns(table) as Record<string, AnyPgColumn>;
    const ours = [...oldest.values()].filter((entry) => entry.tableName === name);
    for (const entry of ours.filter(({ before }) => before === null)) {
      const values = JSON.parse(entry.key) as string[];
      await tx
        .delete(table)
        .where(and(...key.map((column, i) => eq(columns[column] as AnyPgColumn, values[i]))));
    }
    const rows = ours.flatMap(({ before }) => (before === null ? [] : [fromJson(table, before)]));
    await putRows(tx, name, rows);
  }
  await tx.delete(undo).where(gt(undo.blockNumber, header.number));
  await tx.delete(blocks).where(gt(blocks.number, header.number));
  await tx
    .update(checkpoints)
    .set({
      blockNumber: header.number,
      blockHash: header.hash,
      blockTimestamp: header.timestamp,
      chainHead,
      registryHeldUnits: null,
      tasksHeldUnits: null,
      error: null,
    })
    .where(eq(checkpoints.id, CHECKPOINT));
}

// --------------------------------------------------------------------------------------------------------------- items

/** What the terms say of the manifest. */
export type TermsOfManifest = Pick<
  Task,
  "taskId" | "manifestHash" | "itemsRoot" | "itemCount" | "humanAdmissionRoot" | "aiAdmissionRoot"
>;

/** With its place in the order of creation. */
export type TaskOfManifest = TermsOfManifest & Pick<Task, "createdBlock" | "createdLogIndex">;

/** Tasks whose manifest has not been read yet, oldest first, from the one after `after` on. */
export async function findTasksWithoutManifest(
  db: Database,
  limit: number,
  after: TaskOfManifest | undefined,
): Promise<TaskOfManifest[]> {
  const { createdBlock, createdLogIndex } = tasks;
  return db
    .select({
      taskId: tasks.taskId,
      manifestHash: tasks.manifestHash,
      itemsRoot: tasks.itemsRoot,
      itemCount: tasks.itemCount,
      humanAdmissionRoot: tasks.humanAdmissionRoot,
      aiAdmissionRoot: tasks.aiAdmissionRoot,
      createdBlock,
      createdLogIndex,
    })
    .from(tasks)
    .where(
      and(
        sql`not exists (select 1 from ${manifests} where ${manifests.taskId} = ${tasks.taskId})`,
        after &&
          sql`(${createdBlock}, ${createdLogIndex}) > (${after.createdBlock}::bigint, ${after.createdLogIndex}::integer)`,
      ),
    )
    .orderBy(asc(createdBlock), asc(createdLogIndex))
    .limit(limit);
}

/** Keeps what a manifest says of a task, unless the task has gone in a reorg meanwhile. */
export async function writeManifest(
  db: Database,
  manifest: Manifest,
  itemRows: readonly Item[],
): Promise<void> {
  await db.transaction(async (tx) => {
    const [task] = await tx
      .select({ taskId: tasks.taskId })
      .from(tasks)
      .where(eq(tasks.taskId, manifest.taskId))
      .for("key share");
    if (task === undefined) return;
    const kept = await tx
      .insert(manifests)
      .values(manifest)
      .onConflictDoNothing()
      .returning({ taskId: manifests.taskId });
    if (kept.length > 0) await insertRows(tx, items, itemRows);
  });
}

// ---------------------------------------------------------------------------------------------------------------- rows

async function insertRows(tx: Database, table: PgTable, rows: readonly object[]): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    await tx.execute(sql`insert into ${table} ${recordsOf(table, chunk)}`);
  }
}

async function putRows(tx: Database, name: StateName, rows: readonly object[]): Promise<void> {
  const { table, key } = stateTables[name];
  const names = Object.keys(getTableColumns(table));
  const rest = names
    .filter((column) => !(key as readonly string[]).includes(column))
    .map(snakeCase);
  const conflict = sql.raw(
    `on conflict (${key.map(snakeCase).join(", ")}) do update set ` +
      rest.map((column) => `${column} = excluded.${column}`).join(", "),
  );
  for (const chunk of chunksOf(rows)) {
    await tx.execute(sql`insert into ${table} ${recordsOf(table, chunk)} ${conflict}`);
  }
}

/** Whole rows as one JSON parameter: many times faster than a parameter for each value. */
function recordsOf(table: PgTable, rows: readonly object[]): SQL {
  const records = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        snakeCase(name),
        typeof value === "bigint" ? value.toString() : value,
      ]),
    ),
  );
  return sql`select * from json_populate_recordset(null::${table}, ${JSON.stringify(records)}::json)`;
}

function* chunksOf<Row>(rows: readonly Row[], size = MAX_ROWS): Generator<Row[]> {
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}

async function inChunks<Key, Row>(
  keys: readonly Key[],
  read: (keys: Key[]) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const chunk of chunksOf(keys)) rows.push(...(await read(chunk)));
  return rows;
}

/** As drizzle's `casing: "snake_case"` names columns. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** JSON has no bigint: as text, and back by the column's type. */
function toJson(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "bigint" ? value.toString() : value,
    ]),
  );
}

function fromJson(table: PgTable, row: Record<string, unknown>): Record<string, unknown> {
  const columns = getTableColumns(table) as Record<string, AnyPgColumn>;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      columns[name]?.dataType === "bigint" && typeof value === "string" ? BigInt(value) : value,
    ]),
  );
}
