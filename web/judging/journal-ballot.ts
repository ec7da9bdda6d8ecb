/** A ballot as this browser's journal keeps it, for the duties it may bring. */
import type { OwnBallot, OwnVersion } from "../ballots/look-after.ts";
import { fetchContentBytes } from "../data/rest.ts";
import type { JournalSlot, OpeningRow } from "./journal.ts";
import { readHead, readNewest, readOpening } from "./journal.ts";
import { checkManifest, placeIn } from "./manifest-check.ts";

export function journalBallot(slot: JournalSlot): OwnBallot {
  return {
    slot,
    newest: async () => versionOf(await readNewest(slot)),
    version: async (version) => versionOf(await readOpening(slot, version)),
    async admission(terms, role) {
      const kept = (await readHead(slot))?.admission;
      if (kept !== undefined) return kept;
      // A ballot begun in another browser: the service has to be asked once.
      const { rule } = checkManifest(await fetchContentBytes(terms.manifestHash), terms, role);
      return placeIn(rule, slot.validator);
    },
  };
}

function versionOf(row: OpeningRow | undefined): OwnVersion | undefined {
  if (row === undefined) return undefined;
  const { ballot, signature, opening, receipt } = row;
  return { ballot, signature, opening, isReceipted: receipt !== undefined };
}
