/**
 * One validator's growing ballot in one task. Every judgment makes a new version of the whole, sealed under a salt of its
 * own and signed, so nothing done is ever unsigned. Judging an item again replaces its judgment in a new version too.
 */
import { SigningKey } from "ethers";
import type { Ballot, Opening } from "../../protocol/ballot.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import type { BallotSlot } from "../../protocol/commitment.ts";
import { commitmentOf, deriveSalt } from "../../protocol/commitment.ts";
import { canonicalJson } from "../../protocol/item.ts";
import type { Note, Notes } from "../../protocol/notes.ts";
import { notesHash } from "../../protocol/notes.ts";
import { ballotDigest, signingDomain } from "../../protocol/typed-data.ts";
import type { Hash, Hex } from "../../protocol/words.ts";
import type { Choice } from "./verdict.ts";
import { presentedVerdictOf } from "./verdict.ts";

export interface Judgment {
  readonly itemIndex: number;
  readonly choice: Choice;
  /** From the pair's appearance to the first thing done, and to the verdict. */
  readonly firstActionMs: number;
  readonly totalMs: number;
  readonly guidelineVersion: string;
}

export interface BallotBox {
  /** Of the last version signed; 0 before the first. */
  readonly version: number;
  /** Ascending by item. */
  readonly judgments: readonly Judgment[];
}

export const emptyBox: BallotBox = { version: 0, judgments: [] };

/** The next version: with this judgment, in place of an earlier one on the same item. */
export function withJudgment(box: BallotBox, judgment: Judgment): BallotBox {
  return withJudgments(box, [judgment]);
}

/** The next version; with none added it says the same under a new number. */
export function withJudgments(box: BallotBox, added: readonly Judgment[]): BallotBox {
  const replaced = new Set(added.map(({ itemIndex }) => itemIndex));
  const others = box.judgments.filter(({ itemIndex }) => !replaced.has(itemIndex));
  const judgments = [...others, ...added].sort((a, b) => a.itemIndex - b.itemIndex);
  return { version: box.version + 1, judgments };
}

export function judgmentOn(box: BallotBox, itemIndex: number): Judgment | undefined {
  return box.judgments.find((judgment) => judgment.itemIndex === itemIndex);
}

/** What goes beside a verdict, off chain. */
export function noteOf(judgment: Judgment): Note {
  const { itemIndex, choice, firstActionMs, totalMs, guidelineVersion } = judgment;
  const much = choice === "left-much" || choice === "right-much";
  const one = choice === "left" || choice === "right";
  return {
    itemIndex,
    ...(much ? { strength: 2 } : one ? { strength: 1 } : {}),
    ...(choice === "both-good" || choice === "both-bad" ? { tie: choice } : {}),
    firstActionMs,
    totalMs,
    ...(guidelineVersion === "" ? {} : { guidelineVersion }),
  };
}

export interface SignedVersion {
  readonly digest: Hash;
  readonly ballot: Ballot;
  readonly signature: Hex;
  readonly opening: Opening;
  /** Canonical JSON of the notes whose hash the opening carries. */
  readonly notes: string;
}

export interface Sealing {
  readonly slot: Omit<BallotSlot, "version">;
  /** Every version's salt follows from it; it never leaves this device. */
  readonly master: Hash;
  /** Random, new for each version. */
  readonly notesSalt: Hash;
  /** Private key of the session. */
  readonly sessionKey: Hex;
}

export function signVersion(
  box: BallotBox,
  { slot, master, notesSalt, sessionKey }: Sealing,
): SignedVersion {
  const { taskId, validator, chainId, tasks } = slot;
  const notes: Notes = { salt: notesSalt, notes: box.judgments.map(noteOf) };
  const opening: Opening = {
    entries: encodeEntries(
      box.judgments.map(({ itemIndex, choice }) => ({
        itemIndex,
        verdict: presentedVerdictOf(choice),
      })),
    ),
    salt: deriveSalt(master, taskId, box.version),
    notesHash: notesHash(notes),
  };
  const ballot: Ballot = {
    taskId,
    validator,
    version: box.version,
    judgments: box.judgments.length,
    commitment: commitmentOf({ ...slot, version: box.version }, opening),
  };
  const digest = ballotDigest(signingDomain(chainId, tasks), ballot);
  const signature = new SigningKey(sessionKey).sign(digest).serialized;
  return { digest, ballot, signature, opening, notes: canonicalJson(notes) };
}
