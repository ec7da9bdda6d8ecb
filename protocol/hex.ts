/** Bytes as 0x text and back; words of 32 bytes as the EVM packs them. */
import { ScrutineerError } from "./errors.ts";
import type { Hex } from "./words.ts";

const HEX_OF_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** Value of an ASCII hex digit, or -1. */
const DIGIT = new Int8Array(128).fill(-1);
for (let d = 0; d < 10; d++) DIGIT[48 + d] = d;
for (let d = 0; d < 6; d++) DIGIT[65 + d] = DIGIT[97 + d] = 10 + d;

export function bytesToHex(bytes: Uint8Array): Hex {
  let text = "0x";
  for (let i = 0; i < bytes.length; i++) text += HEX_OF_BYTE[bytes[i] as number] as string;
  return text;
}

export function hexToBytes(hex: Hex): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, (hex.length - 2) >> 1));
  writeHex(bytes, 0, hex, bytes.length);
  return bytes;
}

/** Writes `length` bytes of 0x text at `offset`; refuses text of another length. */
export function writeHex(target: Uint8Array, offset: number, hex: Hex, length: number): void {
  if (hex.length !== 2 + 2 * length || hex[0] !== "0" || hex[1] !== "x") throw notHex(hex, length);
  for (let i = 0; i < length; i++) {
    const high = DIGIT[hex.charCodeAt(2 + 2 * i)] ?? -1;
    const low = DIGIT[hex.charCodeAt(3 + 2 * i)] ?? -1;
    if (high < 0 || low < 0) throw notHex(hex, length);
    target[offset + i] = (high << 4) | low;
  }
}

/** Writes an unsigned integer as one 32-byte big-endian word. */
export function writeWord(target: Uint8Array, offset: number, value: bigint | number): void {
  if (value >= 0 && value <= 0xffffffff) {
    target.fill(0, offset, offset + 28);
    return writeSmallWord(target, offset, Number(value));
  }
  let rest = BigInt(value);
  for (let i = 28; i >= 0; i -= 4) {
    const part = Number(rest & 0xffffffffn);
    target[offset + i] = part >>> 24;
    target[offset + i + 1] = part >>> 16;
    target[offset + i + 2] = part >>> 8;
    target[offset + i + 3] = part;
    rest >>= 32n;
  }
  if (rest !== 0n) throw new ScrutineerError("invalid-amount", `not a uint256: ${value}`);
}

/** Writes an unsigned integer below 2^32 into the last four bytes of a word whose other bytes are zero. */
export function writeSmallWord(target: Uint8Array, offset: number, value: number): void {
  target[offset + 28] = value >>> 24;
  target[offset + 29] = value >>> 16;
  target[offset + 30] = value >>> 8;
  target[offset + 31] = value;
}

/**
 * abi.encode of static values: addresses and hashes as 0x text (20 or 32 bytes), integers and booleans. Text of another
 * length is a mistake of the caller.
 */
export function encodeWords(...values: (Hex | bigint | number | boolean)[]): Uint8Array {
  const packed = new Uint8Array(32 * values.length);
  values.forEach((value, i) => {
    if (typeof value !== "string")
      writeWord(packed, 32 * i, typeof value === "boolean" ? Number(value) : value);
    else if (value.length === 42) writeHex(packed, 32 * i + 12, value, 20);
    else writeHex(packed, 32 * i, value, 32);
  });
  return packed;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concatBytes(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

function notHex(hex: Hex, length: number): ScrutineerError {
  return new ScrutineerError("invalid-hex", `not ${length} bytes of 0x text: ${hex.slice(0, 80)}`, {
    length,
  });
}
