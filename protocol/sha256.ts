/** SHA-256 of content: prompts, outputs, manifests, files. Synchronous. */
import { sha256 as ethersSha256 } from "ethers";
import { createSHA256 } from "hash-wasm";
import { hexToBytes } from "./hex.ts";
import type { Hash } from "./words.ts";

const hasher = await createSHA256().catch(() => undefined);

/** 0x text. */
export const sha256: (data: Uint8Array) => Hash = hasher
  ? (data) => `0x${hasher.init().update(data).digest("hex")}`
  : (data) => ethersSha256(data);

/** 32 bytes. */
export const sha256Bytes: (data: Uint8Array) => Uint8Array = hasher
  ? (data) => hasher.init().update(data).digest("binary")
  : (data) => hexToBytes(ethersSha256(data));

const utf8 = new TextEncoder();

/** SHA-256 of a text's UTF-8 bytes. */
export function sha256Text(text: string): Hash {
  return sha256(utf8.encode(text));
}
