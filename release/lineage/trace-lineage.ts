/** The recount's last step: what was made from the release, held to what a recount of it gives. */
import { canonicalBytes } from "../../protocol/item.ts";
import { sha256 } from "../../protocol/sha256.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { lineagePath, MANIFEST_PATH } from "../paths.ts";
import { hashFile, openFile } from "../recount/release-reader.ts";
import type { ReleaseReader } from "../recount/release-reader.ts";
import { doesNotHold, holdEqual } from "../recount/report.ts";
import type { ReleaseManifest } from "../summary.ts";
import { followRelease } from "./follow-release.ts";
import type { RegistryReader } from "./registry-reader.ts";
import type { LineageReport, TracedRecord } from "./report.ts";

export interface TraceOptions {
  /** Block of the oldest task. */
  readonly since: bigint;
  /** Of the tasks: their records count. */
  readonly requesters: ReadonlySet<Address>;
  /** Whose records count beside them, because whoever asks says so. */
  readonly owners: ReadonlySet<Address>;
  /** A model that must descend from the release, with nothing missing on the way. */
  readonly model?: Hash | undefined;
}

/** A longer manifest than this is not looked at. */
const MAX_MANIFEST_BYTES = 1 << 20;

/** `found` is told before anything is refused, so that a report has it either way. */
export async function traceLineage(
  reader: ReleaseReader,
  manifest: ReleaseManifest,
  registry: RegistryReader,
  { since, requesters, owners, model }: TraceOptions,
  found: (lineage: Pick<LineageReport, "records" | "missing">) => void,
): Promise<number> {
  const release = {
    root: manifest.root,
    manifestHash: await hashFile(await openFile(reader, MANIFEST_PATH)),
    taskIds: manifest.tasks.map(({ taskId }) => taskId),
    leaderboardHash: sha256(canonicalBytes(manifest.figures.leaderboard)),
  };
  const readManifest = (hash: Hash): Promise<Uint8Array | undefined> => readBeside(reader, hash);
  const followed = await followRelease(release, registry, {
    since,
    owners: new Set([...requesters, ...owners]),
    readManifest,
  });
  const { records, missing } = followed;
  found({ records, missing });

  for (const record of findDecisive(records, owners)) refuse(record, record.wrong);
  if (model !== undefined) {
    const path = followed.pathTo(model);
    const isModel = path[0]?.recordId === model && path[0].kind === "Model";
    if (!isModel || !path.some(({ kind }) => kind === "Release")) {
      throw doesNotHold(`record ${model}`, "no model recorded as made from this release");
    }
    for (const record of path) refuse(record, [...record.wrong, ...record.missing]);
  }
  return records.length;
}

/**
 * The records of which something wrong fails the recount. A release of several requesters' tasks can be recorded by each of
 * them, and none may spoil it for the others: what was withdrawn is left, and so is a wrong record of the release itself
 * where a right one counts, unless its owner was named.
 */
function findDecisive(
  records: readonly TracedRecord[],
  owners: ReadonlySet<Address>,
): TracedRecord[] {
  const standing = records.filter(({ isCounted, isWithdrawn }) => isCounted && !isWithdrawn);
  const isRecordedRight = standing.some(
    ({ kind, wrong }) => kind === "Release" && wrong.length === 0,
  );
  return standing.filter(
    ({ kind, owner }) => kind !== "Release" || !isRecordedRight || owners.has(owner),
  );
}

function refuse({ kind, recordId }: TracedRecord, reasons: readonly string[]): void {
  const [first] = reasons;
  if (first !== undefined) throw doesNotHold(`${kind} ${recordId}`, first);
}

/** The manifest that was laid beside the release under its hash. Whoever laid it there need not be believed. */
async function readBeside(reader: ReleaseReader, hash: Hash): Promise<Uint8Array | undefined> {
  const path = lineagePath(hash);
  const file = await reader.open(path);
  if (file === undefined || file.byteLength > MAX_MANIFEST_BYTES) return undefined;
  const bytes = new Uint8Array(await file.slice(0, file.byteLength));
  holdEqual(path, "sha-256", hash, sha256(bytes));
  return bytes;
}
