/**
 * Settled tasks → a release. The same tasks, licence and title give the same release, byte for byte: its name and date
 * follow from them, so asking again finds the one there is.
 *
 * It holds every ballot on chain, also those that never came through here: a validator who is refused commits and opens
 * for itself [G7], and one such ballot must not stop a release. What the store lacks is read off the transactions.
 */
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Opening } from "../../protocol/ballot.ts";
import type { GoldResult } from "../../protocol/gold-gate.ts";
import { canonicalJson } from "../../protocol/item.ts";
import type { Content, ItemHashes } from "../../protocol/item.ts";
import type { Annex, Manifest } from "../../protocol/manifest.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import { taskStateAt } from "../../protocol/task-state.ts";
import { ballotDigest } from "../../protocol/typed-data.ts";
import type { Hash, Hex } from "../../protocol/words.ts";
import { CARD_PATH, MANIFEST_PATH } from "../../release/paths.ts";
import { goldResultsOf } from "../../release/gold-results.ts";
import { findOpening, findSignature } from "../../release/search-calldata.ts";
import type { ReleaseSource, SourceBallot, SourceItem, SourceTask } from "../../release/source.ts";
import { writeRelease } from "../../release/write-release.ts";
import { findOpenedGolds } from "../../store/operator-facts.ts";
import { findBallotByVersion, listNewestBallots } from "../../store/submissions/ballots.ts";
import type { BallotVersionRow } from "../../store/submissions/ballots.ts";
import { findRelease, insertRelease } from "../../store/submissions/releases.ts";
import type { ReleaseFileRow, StoredRelease } from "../../store/submissions/releases.ts";
import { findHead, findTask, listChainBallots } from "../../store/submissions/tasks.ts";
import type { ChainBallotRow, TaskRow } from "../../store/submissions/tasks.ts";
import type { ReleaseRequest } from "../schemas/releases.ts";
import { drawOf, termsOf, unknownTask } from "./know-task.ts";

/** Waits for one already under way for the same tasks. */
export async function buildRelease(api: Api, request: ReleaseRequest): Promise<StoredRelease> {
  const wanted = { ...request, taskIds: [...new Set(request.taskIds)].sort() };
  const releaseId = `release-${sha256Text(canonicalJson(wanted)).slice(2, 18)}`;
  const stored = await findRelease(api.deps.db, releaseId);
  if (stored !== undefined) return stored;

  const underWay =
    api.releasesUnderWay.get(releaseId) ??
    build(api, wanted, releaseId).finally(() => api.releasesUnderWay.delete(releaseId));
  api.releasesUnderWay.set(releaseId, underWay);
  await underWay;
  return (await findRelease(api.deps.db, releaseId)) as StoredRelease;
}

async function build(
  api: Api,
  { taskIds, licence, title }: ReleaseRequest,
  releaseId: string,
): Promise<string> {
  const { db, publicConfig, releaseFolder } = api.deps;
  const rows: TaskRow[] = [];
  for (const taskId of taskIds) rows.push(await settledTask(api, taskId));
  rows.sort(
    (a, b) => Number(a.createdBlock - b.createdBlock) || a.createdLogIndex - b.createdLogIndex,
  );
  const tasks: SourceTask[] = [];
  for (const row of rows) tasks.push(await sourceTask(api, row));
  const source: ReleaseSource = {
    chainId: BigInt(publicConfig.chainId),
    contracts: publicConfig.contracts,
    tasks,
  };
  const createdAt = rows.reduce((latest, row) => greatest(latest, row.settledAt ?? 0n), 0n);
  const titles = [
    ...new Set(tasks.map((task) => task.manifest.title).filter((title) => title !== "")),
  ];
  const folder = join(releaseFolder, releaseId);
  // A folder the store does not know is what a process left that died before it could say so.
  await rm(folder, { recursive: true, force: true });
  const manifest = await writeRelease(
    source,
    {
      release: releaseId,
      createdAt: new Date(Number(createdAt) * 1000).toISOString(),
      title: (title ?? titles.join(" · ")) || "Preferences",
      licence,
    },
    folder,
  );
  const manifestBytes = await readFile(join(folder, MANIFEST_PATH));
  const files: ReleaseFileRow[] = [
    ...manifest.files,
    {
      path: MANIFEST_PATH,
      bytes: manifestBytes.length,
      sha256: `0x${createHash("sha256").update(manifestBytes).digest("hex")}`,
    },
  ].map(({ path, bytes, sha256 }) => ({
    releaseId,
    name: path,
    bytes,
    sha256,
    mediaType: mediaTypeOf(path),
  }));
  const total = Object.values(manifest.rows).reduce((sum, count) => sum + count, 0);
  await insertRelease(db, {
    release: { releaseId, root: manifest.root, taskIds, rows: total, createdAt },
    files,
  });
  return releaseId;
}

async function settledTask(api: Api, taskId: Hash): Promise<TaskRow> {
  const { db } = api.deps;
  const row = await findTask(db, taskId);
  if (row === undefined) throw unknownTask(taskId);
  const head = await findHead(db);
  const state = taskStateAt(termsOf(row), row, api.clock.observe(head?.timestamp ?? 0n));
  if (state === "Settled" && row.settled) return row;
  throw new ScrutineerError("task-not-settled", `the task is ${state}, not settled`, {
    taskId,
    state,
  });
}

async function sourceTask(api: Api, row: TaskRow): Promise<SourceTask> {
  const { taskId } = row;
  const draw = drawOf(row);
  if (draw === undefined) throw new ScrutineerError("seed-unknown", "never opened", { taskId });
  const manifest = await readJson<Manifest>(api, row.manifestHash);
  const annex = await readJson<Annex>(api, manifest.annexHash);
  const golds = await findOpenedGolds(api.deps.db, taskId);
  const { ballots, exclusions } = await sourceBallots(api, row, golds);
  return {
    taskId,
    requester: row.requester,
    nonce: row.nonce,
    terms: termsOf(row),
    ...draw,
    books: {
      escrowUnits: row.escrowUnits,
      refundUnits: row.refundUnits ?? 0n,
      feeUnits: row.feeUnits ?? 0n,
      paidUnits: row.paidUnits,
      restUnits: row.restUnits ?? 0n,
      penaltyUnits: row.penaltyUnits,
    },
    transactions: { created: row.createdTx, opened: row.openedTx ?? "" },
    gold:
      row.goldValid === null || row.goldVoid === null
        ? null
        : { golds, valid: row.goldValid, void: row.goldVoid, gate: row.goldStage === "Gate" },
    manifest,
    annex,
    ballots,
    exclusions,
    items: () => sourceItems(api, manifest.items),
  };
}

async function* sourceItems(api: Api, items: readonly ItemHashes[]): AsyncGenerator<SourceItem> {
  for (const [itemIndex, hashes] of items.entries()) {
    const [prompt, outputA, outputB] = await Promise.all([
      readJson<Content>(api, hashes.prompt),
      readJson<Content>(api, hashes.outputA),
      readJson<Content>(api, hashes.outputB),
    ]);
    yield { itemIndex, prompt, outputA, outputB };
  }
}

/** Records on chain with the signed version each was made of; versions that never got there are left out and named. */
async function sourceBallots(
  api: Api,
  { taskId, itemCount }: TaskRow,
  golds: Hex,
): Promise<Pick<SourceTask, "ballots" | "exclusions">> {
  const { db } = api.deps;
  const records = await listChainBallots(db, taskId);
  const answers = goldResultsOf(
    golds,
    itemCount,
    records.map(({ role, entries }) => ({ role, effectiveEntries: entries ?? "0x" })),
  );
  const ballots: SourceBallot[] = [];
  const read = calldataReader(api);
  for (const [i, record] of records.entries()) {
    ballots.push(await sourceBallot(api, record, answers[i] as GoldResult, read));
  }
  const committed = new Set(records.map((record) => record.validator));
  const exclusions = (await listNewestBallots(db, taskId))
    .filter((ballot) => !committed.has(ballot.validator))
    .map(({ validator }) => ({ validator, reason: "The ballot was never committed on chain." }));
  return { ballots, exclusions };
}

async function sourceBallot(
  api: Api,
  record: ChainBallotRow,
  gold: GoldResult,
  read: (transaction: Hash) => Promise<Hex>,
): Promise<SourceBallot> {
  const { taskId, validator, version, judgments, commitment, signer } = record;
  const ballot = { taskId, validator, version, judgments, commitment };
  const digest = ballotDigest(api.tasksDomain, ballot);
  const found = await findBallotByVersion(api.deps.db, taskId, validator, version);
  // Another ballot with this version is of no use; nor is the signature of another key under the same one.
  const stored = found?.commitment === commitment ? found : undefined;
  const signature =
    stored?.signer === signer
      ? stored.signature
      : findSignature(await read(record.committedTx), ballot, digest, signer);
  return {
    validator,
    role: record.role,
    version,
    judgments,
    commitment,
    digest,
    signature: signature ?? "",
    signer,
    admissionIndex: record.admissionIndex,
    outcome:
      record.status === "Forfeited"
        ? "forfeited"
        : record.status === "Voided"
          ? "voided"
          : "scored",
    opening: await openingOf(api, record, stored, read),
    effectiveEntries: record.entries ?? "0x",
    scorePpm: record.scorePpm ?? 0,
    scored: record.scored ?? 0,
    multiplePpm: record.multiplePpm ?? 0,
    payUnits: record.payUnits ?? 0n,
    lossUnits: record.lossUnits ?? 0n,
    goldRight: gold.right,
    goldWrong: gold.wrong,
    goldFailed: gold.failed,
    transactions: {
      commit: record.committedTx,
      reveal: record.revealedTx ?? "",
      settle: record.settledTx ?? "",
    },
  };
}

/** Null where it was never opened, or where the chain alone has seen the opening. */
async function openingOf(
  api: Api,
  record: ChainBallotRow,
  stored: BallotVersionRow | undefined,
  read: (transaction: Hash) => Promise<Hex>,
): Promise<Opening | null> {
  const { taskId, validator, version, commitment, revealedTx } = record;
  if (record.status === "Forfeited" || revealedTx === null) return null;
  if (stored !== undefined) {
    const { entries, salt, notesHash } = stored;
    return { entries, salt, notesHash };
  }
  const { chainId, verifyingContract: tasks } = api.tasksDomain;
  const slot = { chainId, tasks, taskId, validator, version };
  return findOpening(await read(revealedTx), slot, commitment) ?? null;
}

/** Each transaction once: one may carry many ballots. A node that lacks one cannot say what is in it, so it is no answer. */
function calldataReader({ deps }: Api): (transaction: Hash) => Promise<Hex> {
  const known = new Map<Hash, Promise<Hex>>();
  const read = async (transaction: Hash): Promise<Hex> => {
    const calldata = await deps.readCalldata(transaction);
    if (calldata !== undefined) return calldata;
    throw new ScrutineerError(
      "chain-unreachable",
      `the chain's node does not have transaction ${transaction}, which carries a ballot`,
      { transaction },
    );
  };
  return (transaction) => {
    const calldata = known.get(transaction) ?? read(transaction);
    known.set(transaction, calldata);
    return calldata;
  };
}

async function readJson<T>(api: Api, hash: Hash): Promise<T> {
  const bytes = await api.deps.blobs.get(hash);
  if (bytes === undefined) {
    throw new ScrutineerError("content-unknown", `no content ${hash} here`, { hash });
  }
  return JSON.parse(new TextDecoder().decode(bytes)) as T;
}

function mediaTypeOf(path: string): string {
  if (path === CARD_PATH) return "text/markdown; charset=utf-8";
  if (path.endsWith(".json")) return "application/json";
  if (path.endsWith(".jsonl")) return "application/x-ndjson";
  return "application/vnd.apache.parquet";
}

function greatest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
