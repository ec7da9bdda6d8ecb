/**
 * A copy of a ballot's openings that a service keeps and cannot read: with it a validator's next device opens whatever is
 * on chain, also when the first one and the operator are gone.
 *
 * AES-256-GCM under a key that follows from the validator's master secret (HKDF-SHA-256); the slot is authenticated beside
 * the text, so a copy cannot be passed off as another task's. Byte 0 is the format, 12 bytes of nonce follow, then the
 * ciphertext with its tag.
 */
import { z } from "zod";
import type { Opening } from "./ballot.ts";
import type { BallotSlot } from "./commitment.ts";
import { deriveSalt } from "./commitment.ts";
import type { EntriesChange } from "./entries-change.ts";
import { entriesAfter } from "./entries-change.ts";
import { ScrutineerError } from "./errors.ts";
import { concatBytes, encodeWords, hexToBytes } from "./hex.ts";
import type { Hash, Hex } from "./words.ts";

export type CopySlot = Omit<BallotSlot, "version">;

/** Salts follow from the master secret and are not repeated. */
export interface CopiedVersion extends EntriesChange {
  readonly version: number;
  readonly notesHash: Hash;
}

/** What goes on chain, or into a claim, besides the opening. */
export interface CopiedSignature {
  readonly version: number;
  readonly signature: Hex;
  /** Missing: no receipt was seen. */
  readonly receiptSignature?: Hex | undefined;
}

export interface OpeningCopy {
  /** In the order they were signed, each a change over the one before. */
  readonly versions: readonly CopiedVersion[];
  /** Of the newest version that was not refused. */
  readonly newest: CopiedSignature;
}

const FORMAT = 1;
const NONCE_BYTES = 12;

const hex = z.string().regex(/^0x([0-9a-f]{2})*$/);
const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const version = z.int().min(1);
const copySchema = z.object({
  versions: z.array(
    z.object({ version, notesHash: hash, set: hex, removed: z.array(z.int().min(0)) }),
  ),
  newest: z.object({ version, signature: hex, receiptSignature: hex.optional() }),
});

/** @param nonce 12 random bytes, never used before under this secret */
export async function sealCopy(
  copy: OpeningCopy,
  slot: CopySlot,
  master: Hash,
  nonce: Uint8Array,
): Promise<Uint8Array> {
  const text = new TextEncoder().encode(JSON.stringify(copy));
  const key = await keyOf(master);
  const sealed = await crypto.subtle.encrypt(algorithm(nonce, slot), key, own(text));
  return concatBytes(new Uint8Array([FORMAT]), nonce, new Uint8Array(sealed));
}

/** Refuses what was sealed under another secret, for another slot, or was touched since. */
export async function openCopy(
  sealed: Uint8Array,
  slot: CopySlot,
  master: Hash,
): Promise<OpeningCopy> {
  if (sealed[0] !== FORMAT) throw unreadable("its format is not known");
  const nonce = sealed.slice(1, 1 + NONCE_BYTES);
  const key = await keyOf(master);
  const bytes = await crypto.subtle
    .decrypt(algorithm(nonce, slot), key, own(sealed.slice(1 + NONCE_BYTES)))
    .catch(() => {
      throw unreadable("it was sealed under another secret, or for another ballot");
    });
  const parsed = copySchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  if (!parsed.success) throw unreadable("it does not hold openings");
  return parsed.data;
}

/** The opening of one version of a copy; undefined where it has none. */
export function openingIn(
  { versions }: OpeningCopy,
  wanted: number,
  slot: CopySlot,
  master: Hash,
): Opening | undefined {
  const at = versions.findIndex((one) => one.version === wanted);
  const found = versions[at];
  if (found === undefined) return undefined;
  return {
    entries: entriesAfter(versions.slice(0, at + 1)),
    salt: deriveSalt(master, slot.taskId, wanted),
    notesHash: found.notesHash,
  };
}

async function keyOf(master: Hash): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", own(hexToBytes(master)), "HKDF", false, [
    "deriveKey",
  ]);
  const info = new TextEncoder().encode("scrutineer opening copies/1");
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

function algorithm(
  nonce: Uint8Array,
  { chainId, tasks, taskId, validator }: CopySlot,
): AesGcmParams {
  return {
    name: "AES-GCM",
    iv: own(nonce),
    additionalData: own(encodeWords(chainId, tasks, taskId, validator)),
  };
}

/** WebCrypto wants bytes that nobody else shares. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function unreadable(why: string): ScrutineerError {
  return new ScrutineerError("copy-unreadable", `the copy of the openings cannot be read: ${why}`);
}
