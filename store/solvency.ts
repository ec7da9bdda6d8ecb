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
  type Checkpoint,
} from "./schema/chain.ts";

/** Token units. */
export interface SolvencyUnits {
  /** By the registry: everybody's stake, and what was lost of it and not sent to the commons yet. */
  readonly stakesUnits: bigint;
  readonly commonsDueUnits: bigint;
  /**
   * By the task contract: of escrows what is not credited yet, credits, and what was seized for claims not paid yet. A token
   * that keeps a fee has less of it arrive than was seized; the events say so with the last claim alone.
   */
  readonly escrowsUnits: bigint;
  readonly creditsUnits: bigint;
  readonly claimsUnits: bigint;
  /** Null while the index is behind, and where the RPC could not tell. */
  readonly registryHeldUnits: bigint | null;
  readonly tasksHeldUnits: bigint | null;
}

export interface Solvency extends SolvencyUnits {
  /** The last one indexed: both sides are of its end. */
  readonly block: Pick<Checkpoint, "blockNumber" | "blockHash" | "blockTimestamp">;
}

/** Registry and tasks: no less than they owe is held. Null where what is held is not known. */
export function isCovered(found: SolvencyUnits): boolean | null {
  const { registryHeldUnits, tasksHeldUnits } = found;
  if (registryHeldUnits === null || tasksHeldUnits === null) return null;
  return registryHeldUnits >= registryOwedOf(found) && tasksHeldUnits >= tasksOwedOf(found);
}

export function registryOwedOf({ stakesUnits, commonsDueUnits }: SolvencyUnits): bigint {
  return stakesUnits + commonsDueUnits;
}

export function tasksOwedOf({ escrowsUnits, creditsUnits, claimsUnits }: SolvencyUnits): bigint {
  return escrowsUnits + creditsUnits + claimsUnits;
}

type Row = Record<keyof SolvencyUnits, string | null> &
  Record<"blockNumber" | "blockHash" | "blockTimestamp", string>;

/** In one statement, so that both sides are of one block. Undefined until the first block is indexed. */
export async function findSolvency(db: Database): Promise<Solvency | undefined> {
  const { rows } = await db.execute<Row>(sql`
    select
      ${checkpoints.blockNumber}::text as "blockNumber",
      ${checkpoints.blockHash} as "blockHash",
      ${checkpoints.blockTimestamp}::text as "blockTimestamp",
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
      (select coalesce(sum(coalesce(${tasks.seizedUnits}, 0) - ${tasks.claimsPaidUnits}), 0)
        from ${tasks} where ${tasks.claimsPaid} < ${tasks.claimsMade})::text
        as "claimsUnits",
      ${checkpoints.registryHeldUnits}::text as "registryHeldUnits",
      ${checkpoints.tasksHeldUnits}::text as "tasksHeldUnits"
    from ${checkpoints}`);
  const [row] = rows;
  if (row === undefined) return undefined;
  const unitsOf = (part: keyof SolvencyUnits): bigint => BigInt(row[part] ?? 0);
  const heldOf = (part: keyof SolvencyUnits): bigint | null => {
    const held = row[part];
    return held === null ? null : BigInt(held);
  };
  return {
    block: {
      blockNumber: BigInt(row.blockNumber),
      blockHash: row.blockHash,
      blockTimestamp: BigInt(row.blockTimestamp),
    },
    stakesUnits: unitsOf("stakesUnits"),
    commonsDueUnits: unitsOf("commonsDueUnits"),
    escrowsUnits: unitsOf("escrowsUnits"),
    creditsUnits: unitsOf("creditsUnits"),
    claimsUnits: unitsOf("claimsUnits"),
    registryHeldUnits: heldOf("registryHeldUnits"),
    tasksHeldUnits: heldOf("tasksHeldUnits"),
  };
}
