/** Which item goes to whom. One lease a validator and task at a time; quotas hold although many claim at once. */
import { and, eq, sql } from "drizzle-orm";
import type { Address, Hash, Role } from "../../protocol/words.ts";
import type { Database } from "../database.ts";
import { intakes, leases } from "../schema/submissions.ts";

export interface Claim {
  readonly taskId: Hash;
  readonly validator: Address;
  readonly role: Role;
  /** Items whose ticket is the validator's, in the order in which it would rather have them. */
  readonly eligible: readonly number[];
  /** Judgments wanted on an item by this role. */
  readonly votes: number;
  readonly now: bigint;
  readonly deadline: bigint;
}

export interface ClaimedItem {
  readonly itemIndex: number;
  readonly deadline: bigint;
  /** Items this validator could have had now, this one included. */
  readonly remaining: number;
}

/**
 * The next item of a task for one validator, or undefined where none is left. An item is free while its judgments and
 * running leases of the role are fewer than its votes; those begun come first. Whoever holds a running lease gets it again
 * with the deadline it has, unless the item is set aside: asking again keeps nothing from others for longer.
 */
export async function claimItem(db: Database, claim: Claim): Promise<ClaimedItem | undefined> {
  const { taskId, validator, role, now } = claim;
  return inTurn(db, taskId, role, async (tx) => {
    const wanted = sql`select item_index, place
      from unnest(${intArray(claim.eligible)}) with ordinality as wanted(item_index, place)`;
    const { rows } = await tx.execute<{
      item_index: number;
      held_until: string | null;
      remaining: string;
    }>(sql`
      with wanted as (${wanted}),
      mine as (
        select item_index from judged_items where task_id = ${taskId} and validator = ${validator}
      ),
      held as (
        select item_index, deadline from leases
        where task_id = ${taskId} and validator = ${validator} and deadline > ${now}
      ),
      taken as (
        select item_index, count(*) as takers from (
          select item_index, validator from judged_items where task_id = ${taskId} and role = ${role}
          union
          select item_index, validator from leases
          where task_id = ${taskId} and role = ${role} and deadline > ${now} and validator <> ${validator}
        ) as takers group by item_index
      )
      select wanted.item_index, held.deadline::text as held_until, count(*) over () as remaining
      from wanted left join taken using (item_index) left join held using (item_index)
      where coalesce(takers, 0) < ${claim.votes} and wanted.item_index not in (select item_index from mine)
      order by held.deadline is null, coalesce(takers, 0) desc, place
      limit 1`);
    const found = rows[0];
    if (found === undefined) return undefined;
    const itemIndex = Number(found.item_index);
    const remaining = Number(found.remaining);

    if (found.held_until !== null) {
      return { itemIndex, deadline: BigInt(found.held_until), remaining };
    }
    await tx.delete(leases).where(and(eq(leases.taskId, taskId), eq(leases.validator, validator)));
    await tx
      .insert(leases)
      .values({ taskId, validator, itemIndex, role, leasedAt: now, deadline: claim.deadline });
    return { itemIndex, deadline: claim.deadline, remaining };
  });
}

/** True if there was a lease to give back. */
export async function deleteLease(
  db: Database,
  taskId: Hash,
  validator: Address,
  itemIndex: number,
): Promise<boolean> {
  const rows = await db
    .delete(leases)
    .where(
      and(
        eq(leases.taskId, taskId),
        eq(leases.validator, validator),
        eq(leases.itemIndex, itemIndex),
      ),
    )
    .returning({ itemIndex: leases.itemIndex });
  return rows.length > 0;
}

/** Why an item takes no more judgments from a validator: its places are taken, and its own lease, if any, has run out. */
export type PlaceFault = "quota-full" | "lease-expired";

/**
 * The first of these items that has no place for the validator. A running lease keeps one; without it a place that is free
 * will do. To be asked inside `inTurn`.
 */
export async function findPlaceFault(
  tx: Database,
  claim: Pick<Claim, "taskId" | "validator" | "role" | "votes" | "now">,
  itemIndexes: readonly number[],
): Promise<{ itemIndex: number; fault: PlaceFault } | undefined> {
  const { taskId, validator, role, now } = claim;
  const { rows } = await tx.execute<{ item_index: number; leased: boolean }>(sql`
    select wanted.item_index, exists (
      select 1 from leases where task_id = ${taskId} and validator = ${validator}
        and item_index = wanted.item_index
    ) as leased
    from unnest(${intArray(itemIndexes)}) as wanted(item_index)
    where (
      select count(*) from (
        select validator from judged_items
        where task_id = ${taskId} and role = ${role} and item_index = wanted.item_index
        union
        select validator from leases
        where task_id = ${taskId} and role = ${role} and item_index = wanted.item_index
          and deadline > ${now} and validator <> ${validator}
      ) as takers
    ) >= ${claim.votes}
    order by wanted.item_index limit 1`);
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    itemIndex: Number(row.item_index),
    fault: row.leased ? "lease-expired" : "quota-full",
  };
}

/** Runs `work` in a transaction while no other claim or judgment of this task and role is under way. */
export async function inTurn<T>(
  db: Database,
  taskId: Hash,
  role: Role,
  work: (tx: Database) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.insert(intakes).values({ taskId, role }).onConflictDoNothing();
    await tx.execute(
      sql`select 1 from intakes where task_id = ${taskId} and role = ${role} for update`,
    );
    return work(tx);
  });
}

/** A list of integers as one parameter that both drivers pass on alike. */
function intArray(values: readonly number[]): ReturnType<typeof sql> {
  return sql`${`{${values.join(",")}}`}::int[]`;
}
