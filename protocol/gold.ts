/**
 * Gold: items whose answer the requester knows. Bound by `terms.goldHash` before any label, opened once no commit is
 * accepted any more, and then a gate, never a wage (gold-gate.ts).
 *
 * A gold takes 4 bytes, as an entry does: `itemIndex` (3, big-endian), then the answer (0 A, 1 B). Golds are strictly
 * ascending by item. Example: item 258, B = 0x00010201.
 */
import { ScrutineerError } from "./errors.ts";
import { bytesToHex, concatBytes, encodeWords, hexToBytes } from "./hex.ts";
import { keccak256 } from "./keccak.ts";
import type { Hash, Hex } from "./words.ts";

/** What an item's right answer is said to be: 0 A, 1 B. Never a tie. */
export interface Gold {
  readonly itemIndex: number;
  readonly answer: 0 | 1;
}

export const GOLD_BYTES = 4;
export const MAX_GOLDS = 1_024;
const MAX_GOLD_PERCENT = 15;

/** How many golds a task of this many items may have: 15 %, rounded down, and at most 1,024. */
export function mostGolds(itemCount: number): number {
  return Math.min(MAX_GOLDS, Math.floor((itemCount * MAX_GOLD_PERCENT) / 100));
}

/** Packs golds; refuses what the contract would refuse to open. */
export function encodeGolds(golds: readonly Gold[], itemCount: number): Hex {
  const packed = new Uint8Array(GOLD_BYTES * golds.length);
  golds.forEach(({ itemIndex, answer }, i) => {
    if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex >= itemCount) {
      throw goldFault(`no such item: ${itemIndex}`, { itemIndex });
    }
    packed[4 * i] = itemIndex >>> 16;
    packed[4 * i + 1] = itemIndex >>> 8;
    packed[4 * i + 2] = itemIndex;
    packed[4 * i + 3] = answer;
  });
  const fault = findGoldsFault(packed, itemCount);
  if (fault) throw fault;
  return bytesToHex(packed);
}

/** Unpacks golds; refuses what the contract refuses to open. */
export function decodeGolds(packed: Hex, itemCount: number): Gold[] {
  const bytes = hexToBytes(packed);
  const fault = findGoldsFault(bytes, itemCount);
  if (fault) throw fault;
  return readGolds(bytes);
}

/** The first reason for which the contract refuses packed golds, if there is one. None at all is well formed. */
export function findGoldsFault(bytes: Uint8Array, itemCount: number): ScrutineerError | undefined {
  if (bytes.length % GOLD_BYTES !== 0) {
    return goldFault(`${bytes.length} bytes are no whole golds`, { bytes: bytes.length });
  }
  const most = mostGolds(itemCount);
  const count = bytes.length / GOLD_BYTES;
  if (count > most) {
    return new ScrutineerError(
      "gold-too-many",
      `${count} golds; ${itemCount} items may have ${most}`,
      {
        golds: count,
        most,
      },
    );
  }
  let last = -1;
  for (const { itemIndex, answer } of readGolds(bytes)) {
    if (itemIndex >= itemCount) return goldFault(`no such item: ${itemIndex}`, { itemIndex });
    if (itemIndex <= last) {
      return goldFault(`item ${itemIndex} comes after item ${last}`, { itemIndex, after: last });
    }
    if (answer > 1) {
      return goldFault(`item ${itemIndex}: the answer is A or B, not ${answer}`, {
        itemIndex,
        answer,
      });
    }
    last = itemIndex;
  }
  return undefined;
}

export function goldCountOf(packed: Hex): number {
  return (packed.length - 2) / (2 * GOLD_BYTES);
}

/** keccak256(abi.encode(bytes32 salt, bytes golds)): `terms.goldHash`. */
export function goldHashOf(salt: Hash, packed: Hex): Hash {
  const golds = hexToBytes(packed);
  const padding = new Uint8Array((32 - (golds.length % 32)) % 32);
  return keccak256(concatBytes(encodeWords(salt, 64, golds.length), golds, padding));
}

function readGolds(bytes: Uint8Array): Gold[] {
  const byteAt = (place: number): number => bytes[place] as number;
  return Array.from({ length: bytes.length / GOLD_BYTES }, (_, i) => ({
    itemIndex: (byteAt(4 * i) << 16) | (byteAt(4 * i + 1) << 8) | byteAt(4 * i + 2),
    answer: byteAt(4 * i + 3) as 0 | 1,
  }));
}

function goldFault(message: string, details: Record<string, number>): ScrutineerError {
  return new ScrutineerError("gold-invalid", message, details);
}
