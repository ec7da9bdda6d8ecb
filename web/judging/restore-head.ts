/** A ballot signed in another browser, made whole again from its opening and notes; both must be what was signed. */
import { decodeEntries } from "../../protocol/ballot.ts";
import { commitmentOf } from "../../protocol/commitment.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Note, Notes } from "../../protocol/notes.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import { ballotDigest, signingDomain } from "../../protocol/typed-data.ts";
import type { Address, Hex, PresentedVerdict } from "../../protocol/words.ts";
import type { OpeningCopy } from "../data/schemas.ts";
import type { Judgment } from "./ballot-box.ts";
import type { JournalHead, JournalSlot } from "./journal.ts";
import type { Choice } from "./verdict.ts";
import { checkReceipt } from "./verify-receipt.ts";

export interface Copy {
  readonly slot: JournalSlot;
  readonly copy: OpeningCopy;
  /** Erased notes leave the verdicts without strength and times. */
  readonly notes: string | undefined;
  readonly receiptSignature: Hex;
  readonly receiptKey: Address;
}

export function restoreHead({
  slot,
  copy,
  notes,
  receiptSignature,
  receiptKey,
}: Copy): JournalHead {
  const { opening, signature } = copy;
  const ballot = { taskId: slot.taskId, ...copy.ballot };
  const { version } = ballot;
  if (
    ballot.validator !== slot.validator ||
    commitmentOf({ ...slot, version }, opening) !== ballot.commitment
  ) {
    throw new ScrutineerError(
      "commitment-mismatch",
      "The server's copy of your ballot is not what you signed.",
    );
  }
  const domain = signingDomain(slot.chainId, slot.tasks);
  checkReceipt({ receipt: ballot, receiptSignature }, ballot, domain, receiptKey);
  const known = notes !== undefined && sha256Text(notes) === opening.notesHash ? notes : undefined;
  const noteOn = new Map(readNotes(known).map((note) => [note.itemIndex, note]));
  const judgments = decodeEntries(opening.entries).map(({ itemIndex, verdict }) =>
    restoreJudgment(itemIndex, verdict, noteOn.get(itemIndex)),
  );
  const digest = ballotDigest(domain, ballot);
  return {
    box: { version, judgments },
    signed: { digest, ballot, signature, opening, notes: known ?? "" },
    receipt: { digest, receipt: ballot, receiptSignature },
    receipted: judgments,
  };
}

function readNotes(text: string | undefined): readonly Note[] {
  return text === undefined ? [] : (JSON.parse(text) as Notes).notes;
}

function restoreJudgment(
  itemIndex: number,
  verdict: PresentedVerdict,
  note: Note | undefined,
): Judgment {
  return {
    itemIndex,
    choice: restoreChoice(verdict, note),
    firstActionMs: note?.firstActionMs ?? 0,
    totalMs: note?.totalMs ?? 0,
    guidelineVersion: note?.guidelineVersion ?? "",
  };
}

function restoreChoice(verdict: PresentedVerdict, note: Note | undefined): Choice {
  if (verdict === 2) return note?.tie ?? "tie";
  const side = verdict === 0 ? "left" : "right";
  return note?.strength === 2 ? `${side}-much` : side;
}
