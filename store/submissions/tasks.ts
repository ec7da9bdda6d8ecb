/** Tasks as the api shows them and checks against them: chain facts beside what was received. */
import { and, asc, desc, eq, gte, inArray, lt, or, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { AdmissionKind } from "../../protocol/admission.ts";
import type { Address, Hash, Role } from "../../protocol/words.ts";
import type { TaskState } from "../../protocol/task-state.ts";
import type { Database } from "../database.ts";
import {
  anchors,
  ballots,
  checkpoints,
  manifests,
  seatChanges,
  tasks,
  validators,
  withdrawals,
} from "../schema/chain.ts";
import { uploadParts } from "../schema/submissions.ts";
import { anchorLeaves, anchorTrees } from "../schema/transactions.ts";

export type TaskRow = typeof tasks.$inferSelect;

export async function findTask(db: Database, taskId: Hash): Promise<TaskRow | undefined> {
  const [row] = await db.select().from(tasks).where(eq(tasks.taskId, taskId));
  return row;
}

/** Newest first. `before` names the last task of the page before. */
export async function listTasks(
  db: Database,
  query: {
    readonly state?: TaskState | undefined;
    readonly now: bigint;
    readonly before?: { readonly block: bigint; readonly logIndex: number } | undefined;
    readonly limit: number;
  },
): Promise<TaskRow[]> {
  const { before } = query;
  return db
    .select()
    .from(tasks)
    .where(
      and(
        query.state === undefined ? undefined : inState(query.state, query.now),
        before === undefined
          ? undefined
          : or(
              lt(tasks.createdBlock, before.block),
              and(eq(tasks.createdBlock, before.block), lt(tasks.createdLogIndex, before.logIndex)),
            ),
      ),
    )
    .orderBy(desc(tasks.createdBlock), desc(tasks.createdLogIndex))
    .limit(query.limit);
}

/** `taskStateAt` of protocol/, as SQL. */
function inState(state: TaskState, now: bigint): SQL | undefined {
  const done = sql`(${tasks.booksClosed} and ${tasks.ballotsSettled} = ${tasks.ballotsCommitted})`;
  const running = sql`${tasks.opened} and not ${tasks.cancelled}`;
  switch (state) {
    case "Cancelled":
      return sql`${tasks.cancelled}`;
    case "Funded":
      return sql`not ${tasks.opened} and not ${tasks.cancelled}`;
    case "Open":
      return sql`${running} and ${now} < ${tasks.closesAt}`;
    case "Committing":
      return sql`${running} and ${tasks.closesAt} <= ${now} and ${now} < ${tasks.commitEndsAt}`;
    case "Revealing":
      return sql`${running} and ${tasks.commitEndsAt} <= ${now} and ${now} < ${tasks.revealEndsAt}`;
    case "Settling":
      return sql`${running} and ${tasks.revealEndsAt} <= ${now} and not ${done}`;
    case "Settled":
      return sql`${running} and ${tasks.revealEndsAt} <= ${now} and ${done}`;
  }
}

/** The newest block indexed; undefined before the first. */
export async function findHead(
  db: Database,
): Promise<
  { number: bigint; timestamp: bigint; chainHead: bigint; error: string | null } | undefined
> {
  const [row] = await db
    .select({
      number: checkpoints.blockNumber,
      timestamp: checkpoints.blockTimestamp,
      chainHead: checkpoints.chainHead,
      error: checkpoints.error,
    })
    .from(checkpoints);
  return row;
}

/** The role in which somebody held an active seat at a block, as `StakeRegistry.roleAt` has it. */
export async function findRoleAt(
  db: Database,
  validator: Address,
  block: bigint,
): Promise<Role | undefined> {
  const [row] = await db
    .select({ role: seatChanges.role, active: seatChanges.active })
    .from(seatChanges)
    .where(and(eq(seatChanges.validator, validator), sql`${seatChanges.fromBlock} <= ${block}`))
    .orderBy(desc(seatChanges.fromBlock), desc(seatChanges.blockNumber), desc(seatChanges.logIndex))
    .limit(1);
  return row?.active === true && row.role !== "Operator" ? row.role : undefined;
}

/** Staked minus locked of anybody who staked. */
export async function findStake(
  db: Database,
  address: Address,
): Promise<{ role: string; freeUnits: bigint; active: boolean } | undefined> {
  const [row] = await db.select().from(validators).where(eq(validators.validator, address));
  return row === undefined
    ? undefined
    : { role: row.role, freeUnits: row.stakedUnits - row.lockedUnits, active: row.active };
}

export interface Progress {
  readonly humanReceipted: number;
  readonly aiReceipted: number;
  readonly itemsFull: number;
  readonly humanValidators: number;
  readonly aiValidators: number;
}

/** How far the judging of each task has come, by this service's receipts. */
export async function findProgress(
  db: Database,
  taskIds: readonly Hash[],
): Promise<Map<Hash, Progress>> {
  if (taskIds.length === 0) return new Map();
  const list = `{${taskIds.join(",")}}`;
  const { rows } = await db.execute<Record<string, string>>(sql`
    select t.task_id,
      count(*) filter (where j.role = 'Human')::text as human_receipted,
      count(*) filter (where j.role = 'Ai')::text as ai_receipted,
      count(distinct j.validator) filter (where j.role = 'Human')::text as human_validators,
      count(distinct j.validator) filter (where j.role = 'Ai')::text as ai_validators,
      (select count(*) from (
        select 1 from judged_items f where f.task_id = t.task_id and f.role = 'Human'
        group by f.item_index having count(*) >= t.human_votes) as full_items)::text as items_full
    from tasks t left join judged_items j on j.task_id = t.task_id
    where t.task_id = any(${list}::text[])
    group by t.task_id, t.human_votes`);
  return new Map(
    rows.map((row) => [
      row["task_id"] as Hash,
      {
        humanReceipted: Number(row["human_receipted"]),
        aiReceipted: Number(row["ai_receipted"]),
        itemsFull: Number(row["items_full"]),
        humanValidators: Number(row["human_validators"]),
        aiValidators: Number(row["ai_validators"]),
      },
    ]),
  );
}

/** What the manifests call these tasks: as uploaded here, or as the indexer read it. */
export async function findTitles(
  db: Database,
  taskIds: readonly Hash[],
): Promise<Map<Hash, string>> {
  if (taskIds.length === 0) return new Map();
  const rows = await db
    .select({ taskId: tasks.taskId, uploaded: uploadParts.title, read: manifests.title })
    .from(tasks)
    .leftJoin(uploadParts, eq(uploadParts.manifestHash, tasks.manifestHash))
    .leftJoin(manifests, eq(manifests.taskId, tasks.taskId))
    .where(inArray(tasks.taskId, [...taskIds]));
  return new Map(rows.map((row) => [row.taskId, row.uploaded ?? row.read ?? ""]));
}

/** What each task's lists were drawn by; without a task whose manifest was not read yet. */
export async function findAdmissions(
  db: Database,
  taskIds: readonly Hash[],
): Promise<Map<Hash, { human: AdmissionKind | null; ai: AdmissionKind | null }>> {
  if (taskIds.length === 0) return new Map();
  const rows = await db
    .select({
      taskId: manifests.taskId,
      human: manifests.humanAdmission,
      ai: manifests.aiAdmission,
    })
    .from(manifests)
    .where(inArray(manifests.taskId, [...taskIds]));
  return new Map(rows.map(({ taskId, human, ai }) => [taskId, { human, ai }]));
}

/** The withdrawal that paid out what was credited in this block or before: a withdrawal always takes all there is. */
export async function findWithdrawalSince(
  db: Database,
  account: Address,
  block: bigint,
): Promise<{ tx: Hash; at: bigint } | undefined> {
  const [row] = await db
    .select({ tx: withdrawals.txHash, at: withdrawals.blockTimestamp })
    .from(withdrawals)
    .where(and(eq(withdrawals.account, account), gte(withdrawals.blockNumber, block)))
    .orderBy(asc(withdrawals.blockNumber), asc(withdrawals.logIndex))
    .limit(1);
  return row;
}

export type ChainBallotRow = typeof ballots.$inferSelect;

export async function findChainBallot(
  db: Database,
  taskId: Hash,
  validator: Address,
): Promise<ChainBallotRow | undefined> {
  const [row] = await db
    .select()
    .from(ballots)
    .where(and(eq(ballots.taskId, taskId), eq(ballots.validator, validator)));
  return row;
}

/** Every record of a task, in the order of the first commits. */
export async function listChainBallots(db: Database, taskId: Hash): Promise<ChainBallotRow[]> {
  return db
    .select()
    .from(ballots)
    .where(eq(ballots.taskId, taskId))
    .orderBy(asc(ballots.firstCommitBlock), asc(ballots.firstCommitLogIndex));
}

export interface AnchorOfDigest {
  readonly treeId: number;
  readonly root: Hash;
  readonly position: number;
  /** The Anchored event of this root; undefined until it is on chain. */
  readonly fact: { readonly tx: Hash; readonly at: bigint } | undefined;
}

export async function findAnchorOf(
  db: Database,
  digest: Hash,
): Promise<AnchorOfDigest | undefined> {
  const [row] = await db
    .select({
      treeId: anchorTrees.id,
      root: anchorTrees.root,
      position: anchorLeaves.position,
      tx: anchors.txHash,
      at: anchors.blockTimestamp,
    })
    .from(anchorLeaves)
    .innerJoin(anchorTrees, eq(anchorTrees.id, anchorLeaves.treeId))
    .leftJoin(
      anchors,
      and(eq(anchors.taskId, anchorTrees.taskId), eq(anchors.root, anchorTrees.root)),
    )
    .where(eq(anchorLeaves.digest, digest))
    .orderBy(asc(anchors.blockNumber))
    .limit(1);
  if (row === undefined) return undefined;
  const { treeId, root, position, tx, at } = row;
  return {
    treeId,
    root,
    position,
    fact: tx === null || at === null ? undefined : { tx, at },
  };
}

/** The digests of an anchor's tree, in the order in which it was built. */
export async function listAnchorLeaves(db: Database, treeId: number): Promise<Hash[]> {
  const rows = await db
    .select({ digest: anchorLeaves.digest })
    .from(anchorLeaves)
    .where(eq(anchorLeaves.treeId, treeId))
    .orderBy(asc(anchorLeaves.position));
  return rows.map((row) => row.digest);
}
