/** Encrypted copies of openings, one a validator and task. Written by the api alone. */
import { and, eq, lte } from "drizzle-orm";
import type { Address, Hash } from "../../protocol/words.ts";
import type { Database } from "../database.ts";
import { openingCopies } from "../schema/submissions.ts";

export type OpeningCopyRow = typeof openingCopies.$inferSelect;

/** False, and nothing changed, if the copy kept holds a newer version. */
export async function upsertOpeningCopy(db: Database, copy: OpeningCopyRow): Promise<boolean> {
  const { version, ciphertext, storedAt } = copy;
  const rows = await db
    .insert(openingCopies)
    .values(copy)
    .onConflictDoUpdate({
      target: [openingCopies.taskId, openingCopies.validator],
      set: { version, ciphertext, storedAt },
      setWhere: lte(openingCopies.version, version),
    })
    .returning({ version: openingCopies.version });
  return rows.length > 0;
}

export async function findOpeningCopy(
  db: Database,
  taskId: Hash,
  validator: Address,
): Promise<OpeningCopyRow | undefined> {
  const [row] = await db
    .select()
    .from(openingCopies)
    .where(and(eq(openingCopies.taskId, taskId), eq(openingCopies.validator, validator)));
  return row;
}
