/**
 * A file of pairs → content, manifests and annexes in the store: what tasks are made of. The file is looked through whole
 * before anything is kept, so a bad row leaves nothing behind; memory holds one line, and the hashes of one part.
 */
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdmissionRule } from "../../protocol/admission.ts";
import { ScrutineerError, isScrutineerError } from "../../protocol/errors.ts";
import { bytesToHex } from "../../protocol/hex.ts";
import { canonicalBytes, contentBytes, itemsTree } from "../../protocol/item.ts";
import type { ItemHashes, Message } from "../../protocol/item.ts";
import { admissionTree } from "../../protocol/manifest.ts";
import type { Annex, AnnexItem, Manifest } from "../../protocol/manifest.ts";
import type { AnnexModel } from "../../protocol/receipt-json.ts";
import { sha256 } from "../../protocol/sha256.ts";
import { MAX_ITEMS } from "../../protocol/terms.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import { insertUpload } from "../../store/submissions/uploads.ts";
import type { UploadPartRow } from "../../store/submissions/uploads.ts";
import type { Blobs } from "../../store/blobs.ts";
import { toKeepable } from "../../store/keepable-text.ts";
import { uploadOptions } from "../schemas/uploads.ts";
import type { UploadJson } from "../schemas/uploads.ts";
import { checkReceipts, knowModels, modelsSpokenOf } from "./check-receipts.ts";
import type { KnownModels, ReceiptDeps } from "./check-receipts.ts";
import { parsePair } from "./parse-pair.ts";
import type { Layout, Pair } from "./parse-pair.ts";
import { limitBytes, readJsonLines } from "./read-lines.ts";

export interface ImportOptions {
  readonly layout: Layout;
  /** Draw for each item which answer becomes A. */
  readonly shuffle: boolean;
  /** Leave bad rows out instead of refusing the file. */
  readonly skipBad: boolean;
  readonly title: string;
  readonly guideline: string;
  readonly guidelineVersion: string;
  readonly replay: boolean;
  /** Only these may judge; undefined: open. */
  readonly humans?: readonly Address[] | undefined;
  readonly ais?: readonly Address[] | undefined;
  /** In place of these: lists with the rule they were drawn by. */
  readonly humanAdmission?: AdmissionRule | undefined;
  readonly aiAdmission?: AdmissionRule | undefined;
  /** The line of options was put before a file; lines are named as they are in the file. */
  readonly prepended?: boolean | undefined;
  /** Of which the rows' output receipts speak. */
  readonly models?: readonly AnnexModel[] | undefined;
}

export interface ImportDeps extends ReceiptDeps {
  readonly blobs: Blobs;
  readonly now: () => bigint;
  readonly random: (bytes: number) => Uint8Array;
  readonly uploadBytes: number;
}

export interface BadRow {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** How many bad rows a refusal lists; it counts them all. */
const LISTED_BAD_ROWS = 1_000;
/** Files written at a time. */
const WRITERS = 16;

export async function importPairs(
  deps: ImportDeps,
  body: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<UploadJson> {
  const folder = await mkdtemp(join(tmpdir(), "scrutineer-upload-"));
  try {
    const file = join(folder, "rows.jsonl");
    await spool(limitBytes(body, deps.uploadBytes), file);
    const looked = await lookThrough(deps, file, options);
    return await keep(deps, file, looked);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function spool(body: AsyncIterable<Uint8Array>, file: string): Promise<void> {
  const target = await open(file, "wx", 0o600);
  try {
    for await (const chunk of body) await target.writeFile(chunk);
  } catch (cause) {
    if (isScrutineerError(cause)) throw cause;
    throw new ScrutineerError(
      "import-interrupted",
      "the upload ended before it was whole",
      {},
      { cause },
    );
  } finally {
    await target.close();
  }
}

interface Looked {
  readonly options: ImportOptions;
  readonly rows: number;
  readonly bad: readonly BadRow[];
}

/** The first pass: every row is parsed and forgotten, so that all that is wrong is known before anything is done. */
async function lookThrough(deps: ImportDeps, file: string, given: ImportOptions): Promise<Looked> {
  let options = given;
  let before: unknown;
  let models = await knowModels(deps, given.models);
  let rows = 0;
  let badRows = 0;
  const bad: BadRow[] = [];
  for await (const read of readJsonLines(createReadStream(file))) {
    const own = optionsIn(read, options);
    if (own !== undefined) {
      // What was put before the file wins over the file's own.
      options = mergeOptions(mergeOptions(given, own), before ?? {});
      before = own;
      models = await knowModels(deps, options.models);
      continue;
    }
    const fault = "fault" in read ? read.fault : faultOf(deps, options, models, read.value);
    if (fault === undefined) {
      rows++;
      continue;
    }
    badRows++;
    if (options.skipBad || bad.length < LISTED_BAD_ROWS) {
      // The message may quote the row, and is kept.
      const message = toKeepable(fault.message);
      bad.push({ line: lineInFile(read, options), code: fault.code, message });
    }
  }
  if (badRows > 0 && !options.skipBad) {
    const first = bad[0] as BadRow;
    throw new ScrutineerError(
      "import-rows-bad",
      `${badRows} bad ${badRows === 1 ? "row" : "rows"}, nothing was imported; line ${first.line}: ${first.message}`,
      { badRows, goodRows: rows, rows: bad },
    );
  }
  if (rows === 0) {
    throw new ScrutineerError("import-empty", "there is no row to import", { skipped: bad });
  }
  return { options, rows, bad };
}

function lineInFile({ line }: { readonly line: number }, { prepended }: ImportOptions): number {
  return prepended === true ? line - 1 : line;
}

/** The first line may hold options; where it was put before a file, so may the file's own first line. */
function optionsIn(
  read: { readonly line: number },
  { prepended }: Pick<ImportOptions, "prepended">,
): unknown {
  if (read.line > (prepended === true ? 2 : 1)) return undefined;
  const value: unknown = "value" in read ? read.value : undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === "options"
    ? (value as { options: unknown }).options
    : undefined;
}

function mergeOptions(given: ImportOptions, own: unknown): ImportOptions {
  const parsed = uploadOptions.safeParse(own);
  if (parsed.success) {
    const set = Object.entries(parsed.data).filter(([, value]) => value !== undefined);
    return { ...given, ...Object.fromEntries(set) };
  }
  const issue = parsed.error.issues[0];
  throw new ScrutineerError(
    "invalid-input",
    `options.${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not as expected"}`,
  );
}

function faultOf(
  deps: ImportDeps,
  { layout }: ImportOptions,
  models: KnownModels | undefined,
  value: unknown,
): { code: string; message: string } | undefined {
  try {
    checkReceipts(deps, models, parsePair(layout, value));
    return undefined;
  } catch (error) {
    if (isScrutineerError(error)) return error;
    throw error;
  }
}

interface PartDraft {
  readonly items: ItemHashes[];
  readonly annex: AnnexItem[];
  readonly swapped: number[];
}

/** The second pass: content goes into the blobs under its hash, one manifest and annex a part, one transaction at the end. */
async function keep(deps: ImportDeps, file: string, looked: Looked): Promise<UploadJson> {
  const { options, rows, bad } = looked;
  const admission = {
    human: options.humanAdmission ?? admissionRule(options.humans, "humans"),
    ai: options.aiAdmission ?? admissionRule(options.ais, "ais"),
  };
  const parts: UploadJson["parts"] = [];
  const badLines = new Set(bad.map(({ line }) => line));
  let draft: PartDraft = { items: [], annex: [], swapped: [] };
  const writing = new Set<Promise<unknown>>();

  const endPart = async (): Promise<void> => {
    await Promise.all(writing);
    parts.push(await keepPart(deps, options, admission, draft));
    draft = { items: [], annex: [], swapped: [] };
  };
  try {
    for await (const read of readJsonLines(createReadStream(file))) {
      if (badLines.has(lineInFile(read, options)) || !("value" in read)) continue;
      if (optionsIn(read, options) !== undefined) continue;
      const given = parsePair(options.layout, read.value);
      const pair = shuffled(deps, options, given);
      if (pair !== given) draft.swapped.push(draft.items.length);
      const item = writeItem(deps, pair);
      draft.items.push(item.hashes);
      draft.annex.push(pair.annex);
      const written = item.written.finally(() => writing.delete(written));
      // A failure is thrown by whoever waits for the set next; until then it has been seen.
      written.catch(() => undefined);
      writing.add(written);
      if (writing.size >= WRITERS) await Promise.race(writing);
      if (draft.items.length === MAX_ITEMS) await endPart();
    }
    if (draft.items.length > 0) await endPart();
  } finally {
    await Promise.allSettled(writing);
  }

  const uploadId = bytesToHex(deps.random(16)).slice(2);
  const createdAt = deps.now();
  const identical = sum(parts.map((part) => part.manifest.identical));
  const empty = sum(parts.map((part) => part.manifest.empty));
  const { title, layout } = options;
  await insertUpload(
    deps.db,
    { uploadId, title, layout, rows, identical, empty, skipped: bad, createdAt },
    parts.map((part, index) => partRow(part, uploadId, index, createdAt)),
  );
  return { uploadId, rows, identical, empty, skipped: [...bad], parts };
}

function admissionRule(validators: readonly Address[] | undefined, name: string): AdmissionRule {
  if (validators === undefined) return { rule: "open" };
  if (validators.length === 0) {
    throw new ScrutineerError("invalid-input", `${name}: an admission list names somebody`);
  }
  if (new Set(validators).size !== validators.length) {
    throw new ScrutineerError("invalid-input", `${name}: an address stands on the list twice`);
  }
  return { rule: "list", validators };
}

/** Whichever came first in the file is A or B by one random bit. */
function shuffled(deps: ImportDeps, options: ImportOptions, pair: Pair): Pair {
  if (!options.shuffle || ((deps.random(1)[0] as number) & 1) === 0) return pair;
  const { modelA, modelB, receiptA, receiptB, ...annex } = pair.annex;
  return {
    salt: pair.salt,
    prompt: pair.prompt,
    outputA: pair.outputB,
    outputB: pair.outputA,
    annex: {
      ...annex,
      modelA: modelB,
      modelB: modelA,
      ...(receiptB === undefined ? {} : { receiptA: receiptB }),
      ...(receiptA === undefined ? {} : { receiptB: receiptA }),
    },
  };
}

/** One salt an item: without it nobody guesses content from its hash. Receipts were signed over the row's own. */
function writeItem(
  { blobs, random }: ImportDeps,
  pair: Pair,
): { hashes: ItemHashes; written: Promise<unknown> } {
  const salt = pair.salt ?? bytesToHex(random(32));
  const bytesOf = (messages: readonly Message[]): Uint8Array => contentBytes({ salt, messages });
  const contents = [bytesOf(pair.prompt), bytesOf(pair.outputA), bytesOf(pair.outputB)] as const;
  const [prompt, outputA, outputB] = contents.map(sha256) as [Hash, Hash, Hash];
  const written = Promise.all(contents.map((bytes) => blobs.put(bytes)));
  return { hashes: { prompt, outputA, outputB }, written };
}

async function keepPart(
  { blobs, random }: ImportDeps,
  options: ImportOptions,
  admission: Manifest["admission"],
  draft: PartDraft,
): Promise<UploadJson["parts"][number]> {
  const models = modelsSpokenOf(options.models, draft.annex);
  const annex: Annex = {
    format: "scrutineer-annex/1",
    salt: bytesToHex(random(32)),
    items: draft.annex,
    ...(models === undefined ? {} : { models }),
  };
  const annexHash = await blobs.put(canonicalBytes(annex));
  const head = {
    format: "scrutineer-manifest/1" as const,
    title: options.title,
    itemCount: draft.items.length,
    itemsRoot: itemsTree(draft.items).root,
    admission,
    guideline: { version: options.guidelineVersion, text: options.guideline },
    replay: options.replay,
    identical: draft.annex.filter((item) => item.identical).length,
    empty: draft.annex.filter((item) => item.empty).length,
    annexHash,
  };
  const manifest: Manifest = { ...head, items: draft.items };
  const manifestHash = await blobs.put(canonicalBytes(manifest));
  const humans = admissionTree(admission.human);
  const ais = admissionTree(admission.ai);
  return {
    itemsRoot: head.itemsRoot,
    itemCount: head.itemCount,
    manifestHash,
    humanAdmissionRoot: humans?.root ?? ZERO_HASH,
    humanSeats: humans?.leafCount ?? 0,
    aiAdmissionRoot: ais?.root ?? ZERO_HASH,
    aiSeats: ais?.leafCount ?? 0,
    swapped: draft.swapped,
    manifest: head,
  };
}

function partRow(
  part: UploadJson["parts"][number],
  uploadId: string,
  index: number,
  createdAt: bigint,
): UploadPartRow {
  const { manifest, manifestHash, itemsRoot, itemCount } = part;
  return {
    manifestHash,
    uploadId,
    part: index,
    title: manifest.title,
    itemsRoot,
    itemCount,
    annexHash: manifest.annexHash,
    replay: manifest.replay,
    identical: manifest.identical,
    empty: manifest.empty,
    createdAt,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
