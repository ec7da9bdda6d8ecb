/**
 * A ballot is all of one validator's judgments in one task: packed entries, sealed by a commitment, signed, and replaced
 * by a higher version as it grows.
 *
 * An entry takes 4 bytes: `itemIndex` (3, big-endian), then the verdict (1). Entries are strictly ascending by item, so
 * no item comes twice. The same packing carries presented verdicts (0 left, 1 right, 2 tie; what is signed) and, after
 * the reveal, canonical ones (0 A, 1 B, 2 tie; what is counted). Example: item 258, tie = 0x00010202.
 */
import type { ErrorCode } from "./errors.ts";
import { ScrutineerError } from "./errors.ts";
import { bytesToHex, hexToBytes } from "./hex.ts";
import { MAX_ITEMS } from "./terms.ts";
import type { Address, Hash, Hex } from "./words.ts";

/** What is signed (EIP-712), by the wallet or a session key. */
export interface Ballot {
  readonly taskId: Hash;
  readonly validator: Address;
  readonly version: number;
  readonly judgments: number;
  readonly commitment: Hash;
}

/** What unseals a ballot. */
export interface Opening {
  /** Packed, presented verdicts. */
  readonly entries: Hex;
  readonly salt: Hash;
  readonly notesHash: Hash;
}

export interface Entry {
  readonly itemIndex: number;
  readonly verdict: 0 | 1 | 2;
}

export const ENTRY_BYTES = 4;

/** Packs entries; refuses what the contract would void. */
export function encodeEntries(entries: readonly Entry[]): Hex {
  const packed = new Uint8Array(ENTRY_BYTES * entries.length);
  entries.forEach(({ itemIndex, verdict }, i) => {
    if (!Number.isInteger(itemIndex) || itemIndex < 0 || itemIndex > 0xffffff) {
      throw new ScrutineerError("entry-out-of-range", `no such item: ${itemIndex}`, { itemIndex });
    }
    packed[4 * i] = itemIndex >>> 16;
    packed[4 * i + 1] = itemIndex >>> 8;
    packed[4 * i + 2] = itemIndex;
    packed[4 * i + 3] = verdict;
  });
  const fault = findEntriesFault(packed);
  if (fault) throw fault;
  return bytesToHex(packed);
}

/** Unpacks entries; refuses a length, order or verdict for which the contract voids the whole ballot. */
export function decodeEntries(packed: Hex | Uint8Array): Entry[] {
  const bytes = typeof packed === "string" ? hexToBytes(packed) : packed;
  const fault = findEntriesFault(bytes);
  if (fault) throw fault;
  return readEntries(bytes);
}

/** How many entries are packed here; the length must be a multiple of 4. */
export function countEntries(packed: Hex): number {
  return (packed.length - 2) / 2 / ENTRY_BYTES;
}

/** The first reason for which the contract voids a whole ballot, if there is one. */
export function findEntriesFault(bytes: Uint8Array): ScrutineerError | undefined {
  if (bytes.length % ENTRY_BYTES !== 0) {
    return fault("entries-length-invalid", `${bytes.length} bytes are no whole entries`, {
      bytes: bytes.length,
    });
  }
  if (bytes.length / ENTRY_BYTES > MAX_ITEMS) {
    return fault("entries-too-many", `more than ${MAX_ITEMS} entries`, {
      entries: bytes.length / ENTRY_BYTES,
    });
  }
  let last = -1;
  for (let position = 0; position < bytes.length / ENTRY_BYTES; position++) {
    const itemIndex = itemIndexAt(bytes, position);
    const verdict = verdictAt(bytes, position);
    if (verdict > 2) {
      return fault("entries-verdict-invalid", `item ${itemIndex}: no such verdict: ${verdict}`, {
        itemIndex,
        verdict,
      });
    }
    if (itemIndex <= last) {
      return fault("entries-order-invalid", `item ${itemIndex} comes after item ${last}`, {
        itemIndex,
        after: last,
      });
    }
    last = itemIndex;
  }
  return undefined;
}

function readEntries(bytes: Uint8Array): Entry[] {
  return Array.from({ length: bytes.length / ENTRY_BYTES }, (_, position) => ({
    itemIndex: itemIndexAt(bytes, position),
    verdict: verdictAt(bytes, position) as 0 | 1 | 2,
  }));
}

function itemIndexAt(bytes: Uint8Array, position: number): number {
  const start = ENTRY_BYTES * position;
  return (
    ((bytes[start] as number) << 16) |
    ((bytes[start + 1] as number) << 8) |
    (bytes[start + 2] as number)
  );
}

function verdictAt(bytes: Uint8Array, position: number): number {
  return bytes[ENTRY_BYTES * position + 3] as number;
}

function fault(code: ErrorCode, message: string, details: Record<string, number>): ScrutineerError {
  return new ScrutineerError(code, message, details);
}
