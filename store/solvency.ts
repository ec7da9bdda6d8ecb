/** Both sides of solvency [G15]: what the contracts owe by the facts indexed so far, and what they hold at that block. */
import { sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import {
  checkpoints,
  credits,
  stakeChanges,
  tasks,
  validators,
  withdrawals,
} from "./schema/chain.ts";

/** Token units. */
export interface Solvency {
  /** By the registry: everybody's stake, and what was lost of it and not sent to the commons yet. */
  readonly stakesUnits: bigint;
  readonly commonsDueUnits: bigint;
  /** By the task contract: of escrows what is not credited yet, credits, and what was seized for claims not paid yet. */
  readonly escrowsUnits: bigint;
  readonly creditsUnits: bigint;
  readonly claimsUnits: bigint;
  /** Null while the index is behind, and where the RPC could not tell. */
  readonly registryHeldUnits: bigint | null;
  readonly tasksHeldUnits: bigint | null;
}

/** Registry and tasks: no less than they owe is held. Null where what is held is not known. */
export function isCovered(found: Solvency): boolean | null {
  const { registryHeldUnits, tasksHeldUnits } = found;
  if (registryHeldUnits === null || tasksHeldUnits === null) return null;
  return registryHeldUnits >= registryOwedOf(found) && tasksHeldUnits >= tasksOwedOf(found);
}

export function registryOwedOf({ stakesUnits, commonsDueUnits }: Solvency): bigint {
  return stakesUnits + commonsDueUnits;
}

export function tasksOwedOf({ escrowsUnits, creditsUnits, claimsUnits }: Solvency): bigint {
  return escrowsUnits + creditsUnits + claimsUnits;
}

/** In one statement, so that both sides are of one block. */
export async function findSolvency(db: Database): Promise<Solvency> {
  const { rows } = await db.execute<Record<keyof Solvency, string | null>>(sql`
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
        as "claimsUnits",
      (select ${checkpoints.registryHeldUnits}::text from ${checkpoints}) as "registryHeldUnits",
      (select ${checkpoints.tasksHeldUnits}::text from ${checkpoints}) as "tasksHeldUnits"`);
  const [row] = rows;
  const unitsOf = (part: keyof Solvency): bigint => BigInt(row?.[part] ?? 0);
  const heldOf = (part: keyof Solvency): bigint | null => {
    const held = row?.[part] ?? null;
    return held === null ? null : BigInt(held);
  };
  return {
    stakesUnits: unitsOf("stakesUnits"),
    commonsDueUnits: unitsOf("commonsDueUnits"),
    escrowsUnits: unitsOf("escrowsUnits"),
    creditsUnits: unitsOf("creditsUnits"),
    claimsUnits: unitsOf("claimsUnits"),
    registryHeldUnits: heldOf("registryHeldUnits"),
    tasksHeldUnits: heldOf("tasksHeldUnits"),
  };
}
