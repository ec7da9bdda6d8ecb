/**
 * A ballot version with its opening → a receipt. The receipt binds the operator's bond, so nothing is signed before all
 * that the contract will ask has been checked; version and receipt are stored by one statement.
 */
import type { Api } from "../api.ts";
import type { Ballot, Opening } from "../../protocol/ballot.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { hexToBytes } from "../../protocol/hex.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import { votesOf } from "../../protocol/terms.ts";
import { ballotDigest, openingReceiptDigest } from "../../protocol/typed-data.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";
import {
  findBallotVersion,
  findSlotFacts,
  insertBallotVersion,
  upsertNotes,
} from "../../store/submissions/ballots.ts";
import type { NewBallotVersion, SlotFacts } from "../../store/submissions/ballots.ts";
import { findPlaceFault, inTurn } from "../../store/submissions/leases.ts";
import type { ReceiptJson } from "../schemas/ballots.ts";
import { checkOpening } from "./check-opening.ts";
import { checkSeat } from "./check-seat.ts";
import { checkInTime, checkOpen, checkSession, checkStake } from "./check-slot.ts";
import { knowTask, unknownTask } from "./know-task.ts";
import type { KnownTask, Seat } from "../known-task.ts";

export interface Submission {
  readonly ballot: Ballot;
  readonly signature: Hex;
  readonly opening: Opening;
  readonly notes?: string | undefined;
}

export interface Submitted {
  readonly receipt: ReceiptJson;
  /** The same ballot had been receipted before. */
  readonly repeated: boolean;
}

/** How often a submission starts anew because another version of the same slot came in between. */
const ATTEMPTS = 4;

export async function submitBallot(api: Api, submission: Submission): Promise<Submitted> {
  const { ballot, signature } = submission;
  const digest = ballotDigest(api.tasksDomain, ballot);
  const signer = api.deps.signers.recoverAddress(digest, signature);
  if (signer === undefined) {
    throw new ScrutineerError(
      "signature-invalid",
      "not a signature: 65 bytes with low s, v 27 or 28",
    );
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const submitted = await trySubmit(api, submission, digest, signer);
    if (submitted !== undefined) return submitted;
  }
  throw new ScrutineerError("conflict", "other versions of this ballot came in at the same time", {
    taskId: ballot.taskId,
    validator: ballot.validator,
  });
}

/** Undefined: another version came in between. */
async function trySubmit(
  api: Api,
  submission: Submission,
  digest: Hash,
  signer: Address,
): Promise<Submitted | undefined> {
  const { ballot, opening } = submission;
  const { taskId, validator } = ballot;
  const { db, constants, signers, publicConfig } = api.deps;

  const facts = await findSlotFacts(db, taskId, validator, signer);
  if (facts === undefined) throw unknownTask(taskId);
  const earlier = await findEarlierReceipt(api, ballot, digest, facts);
  if (earlier !== undefined) return { receipt: earlier, repeated: true };

  const now = api.clock.observe(facts.blockTimestamp);
  const task = await knowTask(api, taskId, facts.seed);
  checkOpen(task, facts, now);
  if (task.terms.receiptKey !== signers.receiptKey) {
    throw new ScrutineerError(
      "task-mismatch",
      "receipts of this task are signed by another operator",
      {
        taskId,
        receiptKey: task.terms.receiptKey,
      },
    );
  }
  const seat = await checkSeat(api, task, validator);
  checkInTime(task, seat.role, constants, now);
  if (signer !== validator) checkSession(task, facts, validator, signer, now);
  checkSuccession(ballot, facts, signer);
  const entries = hexToBytes(opening.entries);
  const previous = facts.head === undefined ? NONE : await entriesOf(api, facts.head.digest);
  const context = {
    chainId: BigInt(publicConfig.chainId),
    tasks: api.tasksDomain.verifyingContract,
    itemCount: task.terms.itemCount,
    seed: task.draw?.seed as Hash,
    threshold: seat.draw.threshold,
  };
  const newItems = checkOpening(context, ballot, opening, entries, previous);
  checkStake(task, facts, seat.role, ballot.judgments);
  checkNotes(submission);

  const receiptSignature = signers.signReceipt(openingReceiptDigest(api.tasksDomain, ballot));
  const row: NewBallotVersion = {
    digest,
    ...ballot,
    role: seat.role,
    signature: submission.signature,
    signer,
    admissionIndex: seat.admissionIndex,
    ...opening,
    receiptSignature,
    receivedAt: now,
  };
  if (!(await store(api, task, seat, row, facts.head?.version ?? 0, newItems))) return undefined;
  api.newestEntries.set(digest, entries);
  if (facts.head !== undefined) api.newestEntries.delete(facts.head.digest);
  if (submission.notes !== undefined) {
    const { version } = ballot;
    const notes = { taskId, validator, version, notesHash: opening.notesHash };
    await upsertNotes(db, { ...notes, notes: submission.notes });
  }
  return { receipt: receiptOf(row), repeated: false };
}

const NONE = new Uint8Array();

/** The receipt already given for this very ballot; refuses an older version, and another ballot under the same version. */
async function findEarlierReceipt(
  api: Api,
  ballot: Ballot,
  digest: Hash,
  { head }: SlotFacts,
): Promise<ReceiptJson | undefined> {
  if (head === undefined || ballot.version > head.version) return undefined;
  const earlier = await findBallotVersion(api.deps.db, digest);
  if (earlier !== undefined) return receiptOf(earlier);
  const details = { version: ballot.version, newest: head.version };
  throw ballot.version === head.version
    ? new ScrutineerError(
        "version-conflict",
        `another ballot is version ${head.version} already`,
        details,
      )
    : new ScrutineerError("version-stale", `version ${head.version} was received before`, details);
}

/** On chain a record ranks by (signed by the wallet, version): what could never replace it is not receipted. */
function checkSuccession(ballot: Ballot, { head, committed }: SlotFacts, signer: Address): void {
  const { validator, version } = ballot;
  if (committed !== undefined && version <= committed.version) {
    throw new ScrutineerError("version-stale", `version ${committed.version} is on chain already`, {
      version,
      newest: committed.version,
    });
  }
  const byWallet = head?.signer === validator || committed?.signer === validator;
  if (byWallet && signer !== validator) {
    throw new ScrutineerError(
      "signer-wrong",
      "an earlier version was signed by the wallet itself; from then on only the wallet can replace it",
      { validator, signer },
    );
  }
}

async function entriesOf(api: Api, digest: Hash): Promise<Uint8Array> {
  const kept = api.newestEntries.get(digest);
  if (kept !== undefined) return kept;
  const row = await findBallotVersion(api.deps.db, digest);
  return row === undefined ? NONE : hexToBytes(row.entries);
}

function checkNotes({ notes, opening }: Submission): void {
  if (notes === undefined || sha256Text(notes) === opening.notesHash) return;
  throw new ScrutineerError(
    "notes-mismatch",
    "the notes are not what the ballot's notes hash says",
    {
      notesHash: opening.notesHash,
    },
  );
}

/** Live work needs a place on each new item; judgments made elsewhere do not. */
async function store(
  api: Api,
  task: KnownTask,
  seat: Seat,
  row: NewBallotVersion,
  after: number,
  newItems: readonly number[],
): Promise<boolean> {
  const { db } = api.deps;
  if (task.replay || newItems.length === 0) return insertBallotVersion(db, row, after, newItems);
  const { taskId, validator, role } = row;
  return inTurn(db, taskId, role, async (tx) => {
    const votes = votesOf(task.terms, seat.role);
    const claim = { taskId, validator, role, votes, now: row.receivedAt };
    const found = await findPlaceFault(tx, claim, newItems);
    if (found !== undefined) {
      throw new ScrutineerError(
        found.fault,
        `item ${found.itemIndex} has all the judgments it wants${found.fault === "lease-expired" ? ", and your lease ran out" : ""}`,
        { taskId, itemIndex: found.itemIndex },
      );
    }
    return insertBallotVersion(tx, row, after, newItems);
  });
}

export function receiptOf(row: NewBallotVersion): ReceiptJson {
  const { taskId, validator, version, judgments, commitment } = row;
  return {
    digest: row.digest,
    receipt: { taskId, validator, version, judgments, commitment },
    receiptSignature: row.receiptSignature,
    receivedAt: Number(row.receivedAt),
  };
}
