/**
 * Writes a release folder, streamed row by row, and makes it appear whole or not at all. Runs in
 * Node alone; everything it writes is decided elsewhere.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, chmod, mkdir, mkdtemp, open, rename, rm, stat, writeFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileWriter } from "hyparquet-writer";
import { ScrutineerError } from "../protocol/errors.ts";
import { canonicalJson } from "../protocol/item.ts";
import { cardOf } from "./card.ts";
import { columnsOf, configNames } from "./columns.ts";
import { drawRelease } from "./draw-release.ts";
import { evidenceNames } from "./evidence.ts";
import { writeParquetRows } from "./parquet.ts";
import {
  CARD_PATH,
  evidencePath,
  jsonlPath,
  listedPaths,
  MANIFEST_PATH,
  parquetPath,
} from "./paths.ts";
import type { ReleaseSource } from "./source.ts";
import type { ReleaseFile, ReleaseManifest, ReleaseOptions, ReleaseSummary } from "./summary.ts";

/** `folder` must not exist yet; what it lies in is made if need be. */
export async function writeRelease(
  source: ReleaseSource,
  options: ReleaseOptions,
  folder: string,
): Promise<ReleaseManifest> {
  const target = resolve(folder);
  if (source.tasks.length === 0) {
    throw new ScrutineerError("release-empty", "a release needs at least one settled task");
  }
  await refuseExisting(target);
  await mkdir(dirname(target), { recursive: true });
  const draft = await mkdtemp(`${target}.draft-`);
  try {
    await chmod(draft, 0o755);
    const summary = await writeFiles(source, options, draft);
    const files = await Promise.all(listedPaths.map((path) => describeFile(draft, path)));
    const manifest: ReleaseManifest = { ...summary, files };
    await writeFile(join(draft, MANIFEST_PATH), manifestText(manifest));
    await refuseExisting(target);
    await rename(draft, target);
    return manifest;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Readable, and the same bytes for the same manifest. */
export function manifestText(manifest: ReleaseManifest): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(manifest)), null, 2)}\n`;
}

async function writeFiles(
  source: ReleaseSource,
  options: ReleaseOptions,
  draft: string,
): Promise<ReleaseSummary> {
  const files = new Map<string, LineFile>();
  try {
    for (const folder of [...configNames, "evidence"]) await mkdir(join(draft, folder));
    for (const path of [...configNames.map(jsonlPath), ...evidenceNames.map(evidencePath)]) {
      files.set(path, new LineFile(await open(join(draft, path), "wx")));
    }
    const parquet = Object.fromEntries(
      configNames.map((config) => [
        config,
        writeParquetRows(fileWriter(join(draft, parquetPath(config))), columnsOf[config]),
      ]),
    );
    const summary = await drawRelease(source, options, {
      async row(config, row, line) {
        parquet[config]!.write(row, line.length);
        await files.get(jsonlPath(config))!.write(line);
      },
      evidence: (name, line) => files.get(evidencePath(name))!.write(line),
    });
    for (const config of configNames) parquet[config]!.finish();
    for (const file of files.values()) await file.finish();
    await writeFile(join(draft, CARD_PATH), cardOf(summary));
    return summary;
  } finally {
    for (const file of files.values()) await file.close();
  }
}

const FLUSH_CHARACTERS = 1_000_000;

/** Lines gathered into larger writes. */
class LineFile {
  readonly #file: FileHandle;
  #held: string[] = [];
  #characters = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(line: string): Promise<void> {
    this.#held.push(line, "\n");
    this.#characters += line.length + 1;
    if (this.#characters >= FLUSH_CHARACTERS) await this.finish();
  }

  async finish(): Promise<void> {
    const text = this.#held.join("");
    this.#held = [];
    this.#characters = 0;
    if (text !== "") await this.#file.writeFile(text);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

async function describeFile(folder: string, path: string): Promise<ReleaseFile> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(join(folder, path))) hash.update(chunk as Buffer);
  const { size } = await stat(join(folder, path));
  return { path, bytes: size, sha256: `0x${hash.digest("hex")}` };
}

async function refuseExisting(folder: string): Promise<void> {
  const exists = await access(folder).then(
    () => true,
    () => false,
  );
  if (exists) {
    throw new ScrutineerError("release-exists", `${folder} is there already`, { folder });
  }
}
