/** A ballot as this device's journal keeps it, for the duties it may bring. */
import { fetchContentBytes } from "../data/rest.ts";
import type { Journal, JournalSlot, OpeningRow } from "../judging/journal.ts";
import { checkManifest, placeIn } from "../judging/manifest-check.ts";
import type { OwnBallot, OwnVersion } from "./look-after.ts";

export function journalBallot(journal: Journal, slot: JournalSlot): OwnBallot {
  return {
    slot,
    newest: async () => versionOf(await journal.readNewest(slot)),
    version: async (version) => versionOf(await journal.readOpening(slot, version)),
    async admission(terms, role) {
      const kept = (await journal.readHead(slot))?.admission;
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
  return { ballot, signature, opening, receiptSignature: receipt?.receiptSignature };
}
