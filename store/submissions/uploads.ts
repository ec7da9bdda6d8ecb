/** Imported pairs and the acceptances given for them. Written by the api alone. */
import { and, eq, exists } from "drizzle-orm";
import type { Address, Hash, Hex } from "../../protocol/words.ts";
import type { Database } from "../database.ts";
import { tasks } from "../schema/chain.ts";
import { acceptances, uploadParts, uploads } from "../schema/submissions.ts";

export type UploadRow = typeof uploads.$inferSelect;
export type UploadPartRow = typeof uploadParts.$inferSelect;
export type AcceptanceRow = typeof acceptances.$inferSelect;

/** All of an upload or nothing. */
export async function insertUpload(
  db: Database,
  upload: UploadRow,
  parts: readonly UploadPartRow[],
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.insert(uploads).values(upload);
    await tx.insert(uploadParts).values([...parts]);
  });
}

export async function findUploadPart(
  db: Database,
  manifestHash: Hash,
): Promise<UploadPartRow | undefined> {
  const [part] = await db
    .select()
    .from(uploadParts)
    .where(eq(uploadParts.manifestHash, manifestHash));
  return part;
}

/** Whether this hash is an annex, and whether a task over its manifest has been settled. */
export async function findAnnex(
  db: Database,
  annexHash: Hash,
): Promise<{ settled: boolean } | undefined> {
  const rows = await db
    .select({
      settled: exists(
        db
          .select()
          .from(tasks)
          .where(and(eq(tasks.manifestHash, uploadParts.manifestHash), eq(tasks.settled, true))),
      ),
    })
    .from(uploadParts)
    .where(eq(uploadParts.annexHash, annexHash));
  if (rows.length === 0) return undefined;
  return { settled: rows.some((row) => Boolean(row.settled)) };
}

/** Keeps the first acceptance of a task; the same task again changes nothing. */
export async function insertAcceptance(db: Database, acceptance: AcceptanceRow): Promise<void> {
  await db.insert(acceptances).values(acceptance).onConflictDoNothing();
}

export async function findAcceptance(
  db: Database,
  taskId: Hash,
): Promise<{ requester: Address; signature: Hex } | undefined> {
  const [row] = await db
    .select({ requester: acceptances.requester, signature: acceptances.signature })
    .from(acceptances)
    .where(eq(acceptances.taskId, taskId));
  return row;
}
