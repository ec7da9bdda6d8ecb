/** Output receipts for every answer of a replay, once the service has indexed the models' records. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { PublicConfig } from "../../api/schemas/config.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { bytesToHex } from "../../protocol/hex.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import type { Hash } from "../../protocol/words.ts";
import { askGraphql } from "../graphql-client.ts";
import type { Progress } from "../output.ts";
import { signRow } from "../receipts/sign-row.ts";
import type { ExecutedModel } from "../receipts/sign-row.ts";
import type { JudgmentRow } from "./judgments-file.ts";

export interface SignedUnits {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly receipts: number;
}

const PATIENCE_MS = 60_000;

/** @param generatedAt seconds */
export function signUnits(
  units: readonly JudgmentRow[],
  models: ReadonlyMap<string, ExecutedModel>,
  { chainId, contracts }: PublicConfig,
  generatedAt: number,
  progress: Progress,
): SignedUnits {
  const domain = signingDomain(BigInt(chainId), contracts.provenanceRegistry as string);
  const drawSalt = (): Hash => bytesToHex(randomBytes(32));
  let receipts = 0;
  const rows = units.map((unit, i) => {
    const { row, signed } = signRow(unit, {
      domain,
      layout: "battles",
      models,
      generatedAt,
      drawSalt,
    });
    receipts += signed;
    progress.update(i + 1);
    return row;
  });
  return { rows, receipts };
}

/** The importer holds receipts to the models' records as they are indexed. */
export async function waitForRecords(url: string, recordIds: readonly Hash[]): Promise<void> {
  const query = `query ($recordIds: [Hash!]) {
    provenanceRecords(where: { recordId_in: $recordIds }) { totalCount }
  }`;
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const { provenanceRecords } = await askGraphql<{ provenanceRecords: { totalCount: number } }>(
      url,
      query,
      { recordIds },
    );
    if (provenanceRecords.totalCount >= recordIds.length) return;
    if (Date.now() > until) {
      throw new ScrutineerError("timed-out", "the records of lineage were not indexed", {});
    }
    await sleep(100);
  }
}
