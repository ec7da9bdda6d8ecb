/** Golds of tasks to come, as their requester handed them in. Written by the api, read by the operator. */
import { eq } from "drizzle-orm";
import type { Hash } from "../../protocol/words.ts";
import type { Database } from "../database.ts";
import { sealedGolds } from "../schema/submissions.ts";

export type SealedGoldsRow = typeof sealedGolds.$inferSelect;

/** The same golds again change nothing: their hash names them. Answers what is kept under it. */
export async function keepSealedGolds(
  db: Database,
  golds: SealedGoldsRow,
): Promise<SealedGoldsRow> {
  await db.insert(sealedGolds).values(golds).onConflictDoNothing();
  return (await findSealedGolds(db, golds.goldHash)) ?? golds;
}

/** What `terms.goldHash` binds; undefined where nobody handed it in here. */
export async function findSealedGolds(
  db: Database,
  goldHash: Hash,
): Promise<SealedGoldsRow | undefined> {
  const [row] = await db.select().from(sealedGolds).where(eq(sealedGolds.goldHash, goldHash));
  return row;
}
