/** What GraphQL asks of the chain tables beside pages: things by their keys, many at once, and sums. */
import { and, asc, desc, eq, inArray, sql } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import { getTableColumns } from "drizzle-orm";
import { judgeGolds, type GoldJudgment } from "../protocol/gold-gate.ts";
import type { Tally } from "../protocol/tally.ts";
import type { TaskState } from "../protocol/task-state.ts";
import type { Address, Hash, Role } from "../protocol/words.ts";
import type { Database } from "./database.ts";
import {
  anchors,
  credits,
  golds,
  judgments,
  provenanceParents,
  tasks,
  withdrawals,
  type Anchor,
  type ProvenanceParent,
} from "./schema/chain.ts";
import { ballotHeads } from "./schema/submissions.ts";
import { anchorLeaves, anchorTrees } from "./schema/transactions.ts";
import type { SQL } from "drizzle-orm";

/** Rows by a key of one or more text or number columns; each key is written `a/b/c`. */
export async function findByKeys<Row extends object>(
  db: Database,
  table: PgTable,
  key: readonly string[],
  ids: readonly string[],
): Promise<(Row | undefined)[]> {
  const columns = getTableColumns(table) as Record<string, AnyPgColumn>;
  const wanted = ids.map((id) => id.split("/"));
  const names = sql.join(
    key.map((name) => sql`${columns[name]}`),
    sql`, `,
  );
  const tuples = wanted.map((values) => {
    const parts = values.map((value, i) => {
      const column = columns[key[i] as string] as AnyPgColumn;
      return sql`${sql.param(column.dataType === "number" ? Number(value) : value, column)}`;
    });
    return sql`(${sql.join(parts, sql`, `)})`;
  });
  if (tuples.length === 0) return [];
  const rows = (await db
    .select()
    .from(table)
    .where(sql`(${names}) in (${sql.join(tuples, sql`, `)})`)) as Row[];
  const byId = new Map(
    rows.map((row) => [
      key.map((name) => String((row as Record<string, unknown>)[name])).join("/"),
      row,
    ]),
  );
  return ids.map((id) => byId.get(id));
}

export interface VoteCounts {
  readonly a: number;
  readonly b: number;
  readonly tie: number;
}

export interface ItemTally {
  readonly human: VoteCounts;
  readonly ai: VoteCounts;
}

/** Effective votes by item (`taskId/itemIndex`). */
export async function findTallies(
  db: Database,
  ids: readonly string[],
): Promise<Map<string, ItemTally>> {
  const wanted = ids.map((id) => id.split("/") as [Hash, string]);
  const tallies = new Map(
    ids.map((id) => [id, { human: { a: 0, b: 0, tie: 0 }, ai: { a: 0, b: 0, tie: 0 } }]),
  );
  for (const taskId of new Set(wanted.map(([task]) => task))) {
    const indexes = wanted.filter(([task]) => task === taskId).map(([, index]) => Number(index));
    const rows = await db
      .select({
        itemIndex: judgments.itemIndex,
        role: judgments.role,
        verdict: judgments.verdict,
        count: sql`count(*)`.mapWith(Number),
      })
      .from(judgments)
      .where(and(eq(judgments.taskId, taskId), inArray(judgments.itemIndex, indexes)))
      .groupBy(judgments.itemIndex, judgments.role, judgments.verdict);
    for (const { itemIndex, role, verdict, count } of rows) {
      const tally = tallies.get(`${taskId}/${itemIndex}`);
      if (tally === undefined) continue;
      tally[role === "Human" ? "human" : "ai"][(["a", "b", "tie"] as const)[verdict]] = count;
    }
  }
  return tallies;
}

/** Opened golds by task, ascending; empty where there are none. */
export async function findGolds(
  db: Database,
  taskIds: readonly Hash[],
): Promise<Map<Hash, { itemIndex: number; answer: 0 | 1 }[]>> {
  const found = new Map<Hash, { itemIndex: number; answer: 0 | 1 }[]>(
    taskIds.map((taskId) => [taskId, []]),
  );
  const rows = await db
    .select({ taskId: golds.taskId, itemIndex: golds.itemIndex, answer: golds.answer })
    .from(golds)
    .where(inArray(golds.taskId, [...taskIds]))
    .orderBy(asc(golds.taskId), asc(golds.itemIndex));
  for (const { taskId, ...gold } of rows) found.get(taskId)?.push(gold);
  return found;
}

/** What people's votes make of each task's golds, as they are indexed by now. */
export async function findGoldJudgments(
  db: Database,
  taskIds: readonly Hash[],
): Promise<Map<Hash, GoldJudgment>> {
  const golds = await findGolds(db, taskIds);
  const ids = [...golds].flatMap(([taskId, of]) =>
    of.map(({ itemIndex }) => `${taskId}/${itemIndex}`),
  );
  const votes = await findTallies(db, ids);
  return new Map(
    [...golds].map(([taskId, of]) => {
      const tallies: Tally[] = [];
      for (const { itemIndex } of of) {
        const found = votes.get(`${taskId}/${itemIndex}`);
        if (found !== undefined) tallies[itemIndex] = toTally(found);
      }
      return [taskId, judgeGolds(of, tallies)];
    }),
  );
}

function toTally({ human, ai }: ItemTally): Tally {
  return { human: [human.a, human.b, human.tie], ai: [ai.a, ai.b, ai.tie] };
}

export interface Receipted {
  /** Validators with a receipted ballot. */
  readonly ballots: number;
  /** Judgments in the newest receipted version of each. */
  readonly judgments: number;
}

/** What the api of this database has receipted, by task and role; counts alone, never verdicts. */
export async function findReceipted(
  db: Database,
  taskIds: readonly Hash[],
): Promise<Map<Hash, Record<Role, Receipted>>> {
  const rows = await db
    .select({
      taskId: ballotHeads.taskId,
      role: ballotHeads.role,
      ballots: sql`count(*)`.mapWith(Number),
      judgments: sql`sum(${ballotHeads.judgments})`.mapWith(Number),
    })
    .from(ballotHeads)
    .where(inArray(ballotHeads.taskId, [...taskIds]))
    .groupBy(ballotHeads.taskId, ballotHeads.role);
  const none = { ballots: 0, judgments: 0 };
  const found = new Map<Hash, Record<Role, Receipted>>(
    taskIds.map((taskId) => [taskId, { Human: none, Ai: none }]),
  );
  for (const { taskId, role, ...counts } of rows) {
    const of = found.get(taskId);
    if (of !== undefined) of[role] = counts;
  }
  return found;
}

export interface Credit {
  readonly creditedUnits: bigint;
  readonly withdrawnUnits: bigint;
}

/** Sums of what each account was credited and has withdrawn. */
export async function findCreditSums(
  db: Database,
  accounts: readonly Address[],
): Promise<Map<Address, Credit>> {
  const sums = new Map(
    accounts.map((account) => [account, { creditedUnits: 0n, withdrawnUnits: 0n }]),
  );
  const credited = await db
    .select({ account: credits.account, units: sql`sum(${credits.units})`.mapWith(BigInt) })
    .from(credits)
    .where(inArray(credits.account, [...accounts]))
    .groupBy(credits.account);
  const withdrawn = await db
    .select({ account: withdrawals.account, units: sql`sum(${withdrawals.units})`.mapWith(BigInt) })
    .from(withdrawals)
    .where(inArray(withdrawals.account, [...accounts]))
    .groupBy(withdrawals.account);
  for (const { account, units } of credited) {
    const sum = sums.get(account);
    if (sum !== undefined) sum.creditedUnits = units;
  }
  for (const { account, units } of withdrawn) {
    const sum = sums.get(account);
    if (sum !== undefined) sum.withdrawnUnits = units;
  }
  return sums;
}

export interface AnchoredTree {
  readonly root: Hash;
  /** Ballot digests in the order in which the tree was built. */
  readonly digests: readonly Hash[];
  /** Where the root is on chain; undefined while it is only on its way. */
  readonly anchor: Anchor | undefined;
}

/** The tree each digest was put into by the operator of this database. */
export async function findTreesOf(
  db: Database,
  digests: readonly Hash[],
): Promise<Map<Hash, AnchoredTree>> {
  const places = await db
    .select({
      digest: anchorLeaves.digest,
      treeId: anchorTrees.id,
      root: anchorTrees.root,
      taskId: anchorTrees.taskId,
    })
    .from(anchorLeaves)
    .innerJoin(anchorTrees, eq(anchorTrees.id, anchorLeaves.treeId))
    .where(inArray(anchorLeaves.digest, [...digests]));
  if (places.length === 0) return new Map();
  const treeIds = [...new Set(places.map(({ treeId }) => treeId))];
  const leaves = await db
    .select({ treeId: anchorLeaves.treeId, digest: anchorLeaves.digest })
    .from(anchorLeaves)
    .where(inArray(anchorLeaves.treeId, treeIds))
    .orderBy(asc(anchorLeaves.treeId), asc(anchorLeaves.position));
  const digestsOf = new Map<number, Hash[]>();
  for (const { treeId, digest } of leaves) {
    const of = digestsOf.get(treeId);
    if (of === undefined) digestsOf.set(treeId, [digest]);
    else of.push(digest);
  }
  const roots = [...new Set(places.map(({ root }) => root))];
  const stated = await db
    .select()
    .from(anchors)
    .where(inArray(anchors.root, roots))
    .orderBy(asc(anchors.blockNumber), asc(anchors.logIndex));
  return new Map(
    places.map(({ digest, treeId, root, taskId }) => [
      digest,
      {
        root,
        digests: digestsOf.get(treeId) ?? [],
        anchor: stated.find((anchor) => anchor.root === root && anchor.taskId === taskId),
      },
    ]),
  );
}

/** Steps that the lineages of one question bring at most, together. */
const MAX_LINEAGE = 10_000;

/**
 * Everything each record was made from, all the way up: the parents of the record, of its parents, and so on. What is
 * beyond `MAX_LINEAGE` steps in all is left out.
 */
export async function findLineages(
  db: Database,
  recordIds: readonly Hash[],
): Promise<Map<Hash, ProvenanceParent[]>> {
  const lineages = new Map<Hash, ProvenanceParent[]>(recordIds.map((recordId) => [recordId, []]));
  if (lineages.size === 0) return lineages;
  const { recordId, parentId, kind } = provenanceParents;
  const roots = sql.join(
    [...lineages.keys()].map((root) => sql`(${root}, ${root})`),
    sql`, `,
  );
  const { rows: reached } = await db.execute<{ root: Hash; record_id: Hash }>(sql`
    with recursive reached(root, record_id) as (
      select * from (values ${roots}) as roots
      union
      select reached.root, ${parentId}
      from reached join ${provenanceParents} on ${recordId} = reached.record_id
      where ${kind} <> 'Task'
    )
    select root, record_id from reached limit ${MAX_LINEAGE}`);
  const found = await db
    .select()
    .from(provenanceParents)
    .where(inArray(recordId, [...new Set(reached.map((row) => row.record_id))]))
    .orderBy(
      desc(provenanceParents.blockNumber),
      desc(provenanceParents.logIndex),
      asc(provenanceParents.position),
    )
    .limit(MAX_LINEAGE);
  const rootsOf = new Map<Hash, Hash[]>();
  for (const { root, record_id } of reached) {
    rootsOf.set(record_id, [...(rootsOf.get(record_id) ?? []), root]);
  }
  for (const step of found) {
    for (const root of rootsOf.get(step.recordId) ?? []) lineages.get(root)?.push(step);
  }
  return lineages;
}

/** The condition that a task is in this state at `now` (seconds): `taskStateAt`, said in SQL. */
export function inState(state: TaskState, now: bigint): SQL {
  const { cancelled, opened, settled, closesAt, commitEndsAt, revealEndsAt } = tasks;
  const running = sql`not ${cancelled} and ${opened}`;
  switch (state) {
    case "Cancelled":
      return sql`${cancelled}`;
    case "Funded":
      return sql`not ${cancelled} and not ${opened}`;
    case "Open":
      return sql`${running} and ${now}::bigint < ${closesAt}`;
    case "Committing":
      return sql`${running} and ${closesAt} <= ${now}::bigint and ${now}::bigint < ${commitEndsAt}`;
    case "Revealing":
      return sql`${running} and ${commitEndsAt} <= ${now}::bigint and ${now}::bigint < ${revealEndsAt}`;
    case "Settling":
      return sql`${running} and ${revealEndsAt} <= ${now}::bigint and not ${settled}`;
    case "Settled":
      return sql`${running} and ${revealEndsAt} <= ${now}::bigint and ${settled}`;
  }
}
