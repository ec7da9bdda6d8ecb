/** The journal's openings, encrypted, with the service: for the day this browser's storage is gone. */
import type { Ballot } from "../../protocol/ballot.ts";
import { countEntries } from "../../protocol/ballot.ts";
import { commitmentOf } from "../../protocol/commitment.ts";
import { changeBetween } from "../../protocol/entries-change.ts";
import type { CopiedSignature } from "../../protocol/opening-copy.ts";
import { openCopy, openingIn, sealCopy } from "../../protocol/opening-copy.ts";
import { ballotDigest, signingDomain } from "../../protocol/typed-data.ts";
import type { Hash, Hex } from "../../protocol/words.ts";
import { fetchCopy, storeCopy } from "../data/rest.ts";
import type { Journal, JournalSlot } from "./journal.ts";

/** Not within a page served without TLS from elsewhere: browsers keep their cryptography from those. */
const canEncrypt = (): boolean => globalThis.crypto?.subtle !== undefined;

/** All versions the journal has, in place of the copy before. */
export async function sendCopy(
  journal: Journal,
  slot: JournalSlot,
  master: Hash,
  token: string,
): Promise<void> {
  if (!canEncrypt()) return;
  const [rows, newest] = await Promise.all([journal.readOpenings(slot), journal.readNewest(slot)]);
  if (newest === undefined) return;
  let before: Hex = "0x";
  const versions = rows.map(({ ballot, opening }) => {
    const change = changeBetween(before, opening.entries);
    before = opening.entries;
    return { version: ballot.version, notesHash: opening.notesHash, ...change };
  });
  const { version } = newest.ballot;
  const receiptSignature = newest.receipt?.receiptSignature;
  const signed = { version, signature: newest.signature };
  const copy = {
    versions,
    newest: receiptSignature === undefined ? signed : { ...signed, receiptSignature },
  };
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await sealCopy(copy, slot, master, nonce);
  await storeCopy(slot, { version, ciphertext: toBase64(sealed) }, token);
}

/**
 * Answers how many openings came that were not here. Two devices may have signed different ballots under one number: the
 * copy's takes the place of what is here, unless what is here has the operator's receipt.
 * @param isWanted what is on chain: it comes before a receipted one too
 */
export async function restoreCopy(
  journal: Journal,
  slot: JournalSlot,
  master: Hash,
  token: string,
  isWanted: (ballot: Ballot) => boolean = () => false,
): Promise<number> {
  const kept = canEncrypt() ? await fetchCopy(slot, token) : undefined;
  if (kept === undefined) return 0;
  const copy = await openCopy(fromBase64(kept.ciphertext), slot, master);
  let restored = 0;
  for (const { version } of copy.versions) {
    const opening = openingIn(copy, version, slot, master);
    if (opening === undefined) continue;
    const { taskId, validator } = slot;
    const commitment = commitmentOf({ ...slot, version }, opening);
    const judgments = countEntries(opening.entries);
    const ballot: Ballot = { taskId, validator, version, judgments, commitment };
    const here = await journal.readOpening(slot, version);
    if (here?.ballot.commitment === commitment) continue;
    if (here?.receipt !== undefined && !isWanted(ballot)) continue;
    const { signature, receiptSignature }: Omit<CopiedSignature, "version"> =
      copy.newest.version === version ? copy.newest : { signature: "0x" };
    const digest = ballotDigest(signingDomain(slot.chainId, slot.tasks), ballot);
    const receipt = receiptSignature && { digest, receipt: ballot, receiptSignature };
    await journal.writeOpening(slot, { ballot, signature, opening, ...(receipt && { receipt }) });
    restored += 1;
  }
  return restored;
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
