/**
 * The ballot to go on with: this browser's own, or, where another device made the service's newest version, that one, and
 * on top of it what was judged here and never receipted.
 */
import { decodeEntries } from "../../protocol/ballot.ts";
import { isScrutineerError } from "../../protocol/errors.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { fetchBallotState, fetchOwnNotes, fetchOwnOpening } from "../data/rest.ts";
import type { BallotState } from "../data/schemas.ts";
import type { BallotBox, Judgment, SignedVersion } from "./ballot-box.ts";
import { withJudgments } from "./ballot-box.ts";
import type { Admission, Journal, JournalHead, JournalSlot } from "./journal.ts";
import { unsentIn } from "./journal.ts";
import { restoreCopy } from "./opening-copies.ts";
import { restoreHead } from "./restore-head.ts";

export interface HeadSources {
  readonly journal: Journal;
  readonly slot: JournalSlot;
  readonly receiptKey: Address;
  readonly admission: Admission;
  readonly master: Hash;
  readonly sign: (box: BallotBox) => SignedVersion;
  readonly withToken: <T>(ask: (token: string) => Promise<T>) => Promise<T>;
}

export async function newestHead(sources: HeadSources): Promise<JournalHead | undefined> {
  const { journal, slot } = sources;
  const [kept, known] = await Promise.all([
    journal.readHead(slot),
    fetchBallotState(slot.taskId, slot.validator),
  ]);
  if (known === undefined) return kept;
  if (kept !== undefined && (await hasGrownFrom(sources, kept, known))) return kept;
  const adopted = await adopt(sources, known, kept?.box.version ?? 0);
  const unsent = unreceiptedIn(unsentIn(kept));
  if (unsent.length === 0) {
    await journal.writeHead(slot, adopted);
    return adopted;
  }
  const { receipt, ...before } = adopted;
  const { ballot, signature, opening } = adopted.signed;
  const box = withJudgments(adopted.box, unsent);
  const carriedOver: JournalHead = { ...before, box, signed: sources.sign(box) };
  // The head is written last: until then what was judged here stands in the old one.
  await journal.writeOpening(slot, { ballot, signature, opening, ...(receipt && { receipt }) });
  await journal.writeHead(slot, carriedOver);
  return carriedOver;
}

/** Whether the service's newest version is one that the box here holds all of. */
async function hasGrownFrom(
  { journal, slot }: HeadSources,
  { box }: JournalHead,
  known: BallotState,
): Promise<boolean> {
  const row = await journal.readOpening(slot, known.version);
  if (known.version > box.version || row?.ballot.commitment !== known.commitment) return false;
  const judged = new Set(box.judgments.map(({ itemIndex }) => itemIndex));
  return decodeEntries(row.opening.entries).every(({ itemIndex }) => judged.has(itemIndex));
}

/** @param used the highest version number that was signed here: none is signed twice */
async function adopt(
  { journal, slot, receiptKey, admission, master, withToken }: HeadSources,
  known: BallotState,
  used: number,
): Promise<JournalHead> {
  const { taskId, validator } = slot;
  const restored = await withToken(async (token) => {
    // The next copy made here takes the place of the other device's, so it has to hold that one's versions too. One that
    // this device's secret does not open is of no use here, and keeps nobody from judging.
    await restoreCopy(journal, slot, master, token).catch((error: unknown) => {
      if (!isScrutineerError(error, "copy-unreadable")) throw error;
    });
    const copy = await fetchOwnOpening(taskId, validator, token);
    const notes = await fetchOwnNotes(taskId, copy.ballot.version, token);
    const { receiptSignature } = known.receipted;
    return restoreHead({ slot, copy, notes, receiptSignature, receiptKey });
  });
  const version = Math.max(restored.box.version, used);
  return { ...restored, admission, box: { ...restored.box, version } };
}

/** What the newest version here says and the last receipted one did not. */
function unreceiptedIn(head: JournalHead | undefined): readonly Judgment[] {
  if (head === undefined) return [];
  return head.box.judgments.filter(
    ({ itemIndex, choice }) =>
      !head.receipted.some((one) => one.itemIndex === itemIndex && one.choice === choice),
  );
}
