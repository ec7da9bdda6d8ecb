/** Records of lineage, as the indexer wrote them, for what the api checks against them. */
import { inArray } from "drizzle-orm";
import type { Hash } from "../../protocol/words.ts";
import type { Database } from "../database.ts";
import { provenanceRecords } from "../schema/chain.ts";
import type { ProvenanceRecord } from "../schema/chain.ts";

/** Those of these records that are indexed, in any order. */
export async function listRecords(
  db: Database,
  recordIds: readonly Hash[],
): Promise<Pick<ProvenanceRecord, "recordId" | "kind" | "manifestHash">[]> {
  if (recordIds.length === 0) return [];
  const { recordId, kind, manifestHash } = provenanceRecords;
  return db
    .select({ recordId, kind, manifestHash })
    .from(provenanceRecords)
    .where(inArray(recordId, [...recordIds]));
}
