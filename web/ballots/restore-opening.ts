/** Brings back the opening of what is on chain and was signed on another device: unopened, it loses its lock. */
import { commitmentOf } from "../../protocol/commitment.ts";
import { isScrutineerError, ScrutineerError } from "../../protocol/errors.ts";
import { isRecordOf } from "../../protocol/own-duty.ts";
import type { OwnRecord } from "../../protocol/own-duty.ts";
import type { Hash } from "../../protocol/words.ts";
import { fetchOwnOpening, RestProblem } from "../data/rest.ts";
import type { Journal, JournalSlot, OpeningRow } from "../judging/journal.ts";
import { restoreCopy } from "../judging/opening-copies.ts";

interface Lost {
  readonly journal: Journal;
  readonly slot: JournalSlot;
  readonly record: OwnRecord;
  readonly master: Hash;
  readonly token: string;
}

/** From the encrypted copy; else from the operator, which has the opening of the newest version it receipted. */
export async function restoreOpening({
  journal,
  slot,
  record,
  master,
  token,
}: Lost): Promise<void> {
  const isHere = async (): Promise<boolean> => {
    const row = await journal.readOpening(slot, record.version);
    return row !== undefined && isRecordOf(record, row.ballot);
  };
  const unreadable = await restoreCopy(journal, slot, master, token, (ballot) =>
    isRecordOf(record, ballot),
  ).then(
    () => undefined,
    (error: unknown) => {
      if (!isScrutineerError(error, "copy-unreadable")) throw error;
      return error;
    },
  );
  if (await isHere()) return;
  const received = await fetchReceived(slot, token);
  if (received !== undefined && isRecordOf(record, received.ballot)) {
    await journal.writeOpening(slot, received);
    return;
  }
  throw (
    unreadable ??
    new ScrutineerError(
      "copy-unknown",
      `Version ${record.version}, which is on chain, is not in the copy: unless it is opened, its lock is lost. The device that signed it can open it.`,
    )
  );
}

/** The operator's newest version of one's own ballot, if it has one and its opening is the one that was signed. */
async function fetchReceived(slot: JournalSlot, token: string): Promise<OpeningRow | undefined> {
  const { taskId, validator } = slot;
  const found = await fetchOwnOpening(taskId, validator, token).catch((error: unknown) => {
    if (error instanceof RestProblem && error.status === 404) return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  const { signature, opening } = found;
  const ballot = { taskId, ...found.ballot };
  const isSealed =
    commitmentOf({ ...slot, version: ballot.version }, opening) === ballot.commitment;
  return isSealed && ballot.validator === validator ? { ballot, signature, opening } : undefined;
}
