/** What both contracts owe by the facts indexed so far: the one side of solvency [G15]. The other is what they hold. */
import { sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { credits, stakeChanges, tasks, validators, withdrawals } from "./schema/chain.ts";

/** Token units. */
export interface Owed {
  /** By the registry: everybody's stake, and what was lost of it and not sent to the commons yet. */
  readonly stakesUnits: bigint;
  readonly commonsDueUnits: bigint;
  /** By the task contract: of escrows what is not credited yet, credits, and what was seized for claims not paid yet. */
  readonly escrowsUnits: bigint;
  readonly creditsUnits: bigint;
  readonly claimsUnits: bigint;
}

export async function findOwed(db: Database): Promise<Owed> {
  const { rows } = await db.execute<Record<keyof Owed, string>>(sql`
    select
      (select coalesce(sum(${validators.stakedUnits}), 0) from ${validators})::text
        as "stakesUnits",
      (select coalesce(sum(case ${stakeChanges.kind}
          when 'Forfeited' then ${stakeChanges.units} when 'CommonsPaid' then -${stakeChanges.units} else 0 end), 0)
        from ${stakeChanges})::text
        as "commonsDueUnits",
      (select coalesce(sum(${tasks.escrowUnits} - coalesce(${tasks.refundUnits}, 0) - coalesce(${tasks.feeUnits}, 0)
          - ${tasks.paidUnits}), 0)
        from ${tasks} where not ${tasks.settled} and not ${tasks.cancelled})::text
        as "escrowsUnits",
      ((select coalesce(sum(${credits.units}), 0) from ${credits})
        - (select coalesce(sum(${withdrawals.units}), 0) from ${withdrawals}))::text
        as "creditsUnits",
      (select coalesce(sum(coalesce(${tasks.seizedUnits}, 0) - ${tasks.claimsPaidUnits}), 0) from ${tasks})::text
        as "claimsUnits"`);
  const [row] = rows;
  const unitsOf = (part: keyof Owed): bigint => BigInt(row?.[part] ?? 0);
  return {
    stakesUnits: unitsOf("stakesUnits"),
    commonsDueUnits: unitsOf("commonsDueUnits"),
    escrowsUnits: unitsOf("escrowsUnits"),
    creditsUnits: unitsOf("creditsUnits"),
    claimsUnits: unitsOf("claimsUnits"),
  };
}
