/**
 * What a verdict does not say: strength, dimensions, rationale, flags, time spent. Kept off chain under a random salt, so
 * that it can be erased and then not be guessed from its hash.
 */
import { canonicalBytes } from "./item.ts";
import { sha256 } from "./sha256.ts";
import type { Hash } from "./words.ts";
import { ZERO_HASH } from "./words.ts";

/** Beside a judgment; every field but the item is optional. */
export interface Note {
  readonly itemIndex: number;
  /** 1 a little, 2 much. */
  readonly strength?: number;
  /** A tie's kind. */
  readonly tie?: "both-good" | "both-bad";
  readonly dimensions?: Readonly<Record<string, number>>;
  readonly rationale?: string;
  readonly flags?: readonly string[];
  readonly firstActionMs?: number;
  readonly totalMs?: number;
  readonly guidelineVersion?: string;
}

export interface Notes {
  /** 32 random bytes, 0x text. */
  readonly salt: Hash;
  readonly notes: readonly Note[];
}

/** sha-256 of the canonical JSON; zero where there are none. */
export function notesHash(notes: Notes | undefined): Hash {
  return notes ? sha256(canonicalBytes(notes)) : ZERO_HASH;
}
