/**
 * keccak256, synchronous and fast: tickets are hashed by the million. hash-wasm (WebAssembly) where it loads, ethers'
 * JavaScript where it does not (a page whose policy forbids WebAssembly).
 */
import { keccak256 as ethersKeccak } from "ethers";
import { createKeccak } from "hash-wasm";
import { hexToBytes } from "./hex.ts";
import type { Hash } from "./words.ts";

const hasher = await createKeccak(256).catch(() => undefined);

/** 32 bytes. */
export const keccak256Bytes: (data: Uint8Array) => Uint8Array = hasher
  ? (data) => hasher.init().update(data).digest("binary")
  : (data) => hexToBytes(ethersKeccak(data));

/** 0x text. */
export const keccak256: (data: Uint8Array) => Hash = hasher
  ? (data) => `0x${hasher.init().update(data).digest("hex")}`
  : (data) => ethersKeccak(data);

const utf8 = new TextEncoder();

/** keccak256 of a text's UTF-8 bytes: type hashes. */
export function keccak256Text(text: string): Hash {
  return keccak256(utf8.encode(text));
}

/** keccak256 of bytes given as 0x text. */
export function keccak256Hex(data: string): Hash {
  return keccak256(hexToBytes(data));
}
