/** Files that an option names: read whole, or a complaint that names them. */
import { readFile } from "node:fs/promises";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Hash } from "../protocol/words.ts";

export async function readBytes(file: string): Promise<Uint8Array> {
  return readable(file, () => readFile(file));
}

export async function readText(file: string): Promise<string> {
  return readable(file, () => readFile(file, "utf8"));
}

export async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return JSON.parse(text);
  } catch {
    throw new ScrutineerError("invalid-input", `${file} is not JSON`, { file });
  }
}

/** A private key as 0x text, alone in its file. */
export async function readPrivateKey(file: string): Promise<Hash> {
  const key = (await readText(file)).trim();
  if (/^0x[0-9a-fA-F]{64}$/.test(key)) return key;
  throw new ScrutineerError("invalid-input", `${file} holds no private key (0x and 64 digits)`);
}

/** Whatever keeps a file from being read, said with its name. */
export async function readable<Read>(file: string, read: () => Promise<Read>): Promise<Read> {
  try {
    return await read();
  } catch (cause) {
    throw new ScrutineerError("file-unreadable", `${file}: ${(cause as Error).message}`, { file });
  }
}
