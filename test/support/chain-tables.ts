/** Everything the chain tables hold, in one comparable object: two indexes of one chain must be equal. */
import { sql } from "drizzle-orm";
import { factTables, stateTables } from "../../store/chain-writes.ts";
import type { Database } from "../../store/database.ts";
import { items, manifests } from "../../store/schema/chain.ts";

export type ChainTables = Record<string, string[]>;

export async function dumpChainTables(db: Database): Promise<ChainTables> {
  const tables = {
    ...factTables,
    ...Object.fromEntries(
      Object.entries(stateTables).map(([name, { table }]) => [name, table] as const),
    ),
    manifests,
    items,
  };
  const dump: ChainTables = {};
  for (const [name, table] of Object.entries(tables)) {
    const { rows } = await db.execute<{ row: string }>(
      sql`select to_jsonb(t)::text as row from ${table} t order by 1`,
    );
    dump[name] = rows.map(({ row }) => row);
  }
  return dump;
}
