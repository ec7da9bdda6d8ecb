/** The ballot to go on with: this browser's own, or, where it grew further elsewhere, the copy the api keeps for its owner. */
import { signingDomain } from "../../protocol/typed-data.ts";
import type { Address } from "../../protocol/words.ts";
import type { Account } from "../account/account.tsx";
import { askSignedIn } from "../account/session.ts";
import { fetchBallotState, fetchOwnNotes, fetchOwnOpening } from "../data/rest.ts";
import type { JournalHead, JournalSlot } from "./journal.ts";
import { readHead, writeHead } from "./journal.ts";
import { restoreHead } from "./restore-head.ts";

interface Wanted {
  readonly slot: JournalSlot;
  readonly account: Account;
  readonly receiptKey: Address;
}

export async function newestHead({
  slot,
  account,
  receiptKey,
}: Wanted): Promise<JournalHead | undefined> {
  const { taskId, validator } = slot;
  const [kept, known] = await Promise.all([readHead(slot), fetchBallotState(taskId, validator)]);
  if (!known || known.version <= (kept?.box.version ?? 0)) return kept;
  const domain = signingDomain(slot.chainId, slot.tasks);
  const restored = await askSignedIn(account, domain, async (token) => {
    const copy = await fetchOwnOpening(taskId, validator, token);
    const notes = await fetchOwnNotes(taskId, copy.ballot.version, token);
    return restoreHead({
      slot,
      copy,
      notes,
      receiptSignature: known.receipted.receiptSignature,
      receiptKey,
    });
  });
  await writeHead(slot, restored);
  return restored;
}
