/**
 * What one version of a ballot has over the version kept before it. A ballot grows by a judgment at a time, so keeping
 * changes instead of whole openings makes a journal of n versions n entries long instead of n²/2.
 */
import type { Entry } from "./ballot.ts";
import { decodeEntries, encodeEntries } from "./ballot.ts";
import type { Hex } from "./words.ts";

export interface EntriesChange {
  /** Packed entries that are new or say something else. */
  readonly set: Hex;
  /** Items judged before and not any more: a judgment that the operator refused is taken back. */
  readonly removed: readonly number[];
}

/** Both packed as in an opening. `"0x"` is the change's beginning. */
export function changeBetween(before: Hex, after: Hex): EntriesChange {
  const old = new Map(decodeEntries(before).map((entry) => [entry.itemIndex, entry.verdict]));
  const entries = decodeEntries(after);
  const kept = new Set(entries.map(({ itemIndex }) => itemIndex));
  return {
    set: encodeEntries(entries.filter(({ itemIndex, verdict }) => old.get(itemIndex) !== verdict)),
    removed: [...old.keys()].filter((itemIndex) => !kept.has(itemIndex)),
  };
}

/** The entries after a row of changes, packed. */
export function entriesAfter(changes: readonly EntriesChange[]): Hex {
  const verdicts = new Map<number, Entry["verdict"]>();
  for (const { set, removed } of changes) {
    for (const itemIndex of removed) verdicts.delete(itemIndex);
    for (const { itemIndex, verdict } of decodeEntries(set)) verdicts.set(itemIndex, verdict);
  }
  return encodeEntries(
    [...verdicts]
      .map(([itemIndex, verdict]) => ({ itemIndex, verdict }))
      .sort((one, other) => one.itemIndex - other.itemIndex),
  );
}
