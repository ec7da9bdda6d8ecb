/**
 * How the recount reads a release: a folder in Node, files or HTTP ranges in a browser. All it
 * needs is slices of bytes.
 */
import { createSHA256 } from "hash-wasm";
import { sha256 } from "../../protocol/sha256.ts";
import type { Hash } from "../../protocol/words.ts";
import { doesNotHold } from "./report.ts";

/** The same shape as hyparquet's AsyncBuffer and a browser's File with `size` renamed. */
export interface ReleaseFileReader {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

export interface ReleaseReader {
  /** Undefined where there is no such file. */
  open(path: string): Promise<ReleaseFileReader | undefined>;
}

const CHUNK_BYTES = 1 << 20;

export async function openFile(reader: ReleaseReader, path: string): Promise<ReleaseFileReader> {
  const file = await reader.open(path);
  if (!file) throw doesNotHold(path, "the file is missing");
  return file;
}

export async function* readChunks(file: ReleaseFileReader): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < file.byteLength; start += CHUNK_BYTES) {
    const end = Math.min(file.byteLength, start + CHUNK_BYTES);
    yield new Uint8Array(await file.slice(start, end));
  }
}

export async function readText(file: ReleaseFileReader, path: string): Promise<string> {
  return decode(new Uint8Array(await file.slice(0, file.byteLength)), path);
}

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** Lines without their ends. The last one must have an end too: a cut file is not taken for a whole one. */
export async function* readLines(reader: ReleaseReader, path: string): AsyncGenerator<Line> {
  const file = await openFile(reader, path);
  let number = 0;
  let rest: Uint8Array[] = [];
  for await (const chunk of readChunks(file)) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      number += 1;
      const bytes = join([...rest, chunk.subarray(start, end)]);
      yield { text: decode(bytes, `${path}:${number}`), number };
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) throw doesNotHold(`${path}:${number + 1}`, "the last line has no end");
}

export async function hashFile(file: ReleaseFileReader): Promise<Hash> {
  const hasher = await createSHA256().catch(() => undefined);
  if (!hasher) return sha256(new Uint8Array(await file.slice(0, file.byteLength)));
  hasher.init();
  for await (const chunk of readChunks(file)) hasher.update(chunk);
  return `0x${hasher.digest("hex")}`;
}

function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw doesNotHold(where, "not valid UTF-8");
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
