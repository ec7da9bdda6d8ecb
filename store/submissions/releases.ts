/** Releases this service holds. Written by the api alone. */
import { asc, desc, eq } from "drizzle-orm";
import type { Database } from "../database.ts";
import { releaseFiles, releases } from "../schema/submissions.ts";

export type ReleaseRow = typeof releases.$inferSelect;
export type ReleaseFileRow = typeof releaseFiles.$inferSelect;

export interface StoredRelease {
  readonly release: ReleaseRow;
  readonly files: readonly ReleaseFileRow[];
}

/** A release with its files, or nothing; the same again changes nothing. */
export async function insertRelease(db: Database, stored: StoredRelease): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.insert(releases).values(stored.release).onConflictDoNothing();
    await tx
      .insert(releaseFiles)
      .values([...stored.files])
      .onConflictDoNothing();
  });
}

export async function findRelease(
  db: Database,
  releaseId: string,
): Promise<StoredRelease | undefined> {
  const [release] = await db.select().from(releases).where(eq(releases.releaseId, releaseId));
  if (release === undefined) return undefined;
  const files = await db
    .select()
    .from(releaseFiles)
    .where(eq(releaseFiles.releaseId, releaseId))
    .orderBy(asc(releaseFiles.name));
  return { release, files };
}

/** Newest first. */
export async function listReleases(db: Database, limit: number): Promise<StoredRelease[]> {
  const rows = await db
    .select()
    .from(releases)
    .leftJoin(releaseFiles, eq(releaseFiles.releaseId, releases.releaseId))
    .orderBy(desc(releases.createdAt), asc(releases.releaseId), asc(releaseFiles.name));
  const byId = new Map<string, { release: ReleaseRow; files: ReleaseFileRow[] }>();
  for (const row of rows) {
    const stored = byId.get(row.releases.releaseId) ?? { release: row.releases, files: [] };
    byId.set(row.releases.releaseId, stored);
    if (row.release_files !== null) stored.files.push(row.release_files);
  }
  return [...byId.values()].slice(0, limit);
}
