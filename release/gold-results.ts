/** How each ballot of a task answered its golds, from the effective entries of all. */
import { decodeEntries } from "../protocol/ballot.ts";
import { decodeGolds } from "../protocol/gold.ts";
import { goldResultOf, judgeGolds } from "../protocol/gold-gate.ts";
import type { GoldResult } from "../protocol/gold-gate.ts";
import { countsOf, emptyTally } from "../protocol/tally.ts";
import type { Hex, Role } from "../protocol/words.ts";

interface OpenedBallot {
  readonly role: Role;
  /** As in `BallotRevealed`; "0x" where void or never opened. */
  readonly effectiveEntries: Hex;
}

/** In the order given. `golds`: packed, as opened; "0x" where none were, and then nothing is counted. */
export function goldResultsOf(
  golds: Hex,
  itemCount: number,
  ballots: readonly OpenedBallot[],
): GoldResult[] {
  const entries = ballots.map(({ effectiveEntries }) => decodeEntries(effectiveEntries));
  const tallies = Array.from({ length: itemCount }, emptyTally);
  ballots.forEach(({ role }, i) => {
    for (const { itemIndex, verdict } of entries[i] ?? []) {
      const tally = tallies[itemIndex];
      if (tally !== undefined) countsOf(tally, role)[verdict] += 1;
    }
  });
  const judgment = judgeGolds(decodeGolds(golds, itemCount), tallies);
  return entries.map((own) => goldResultOf(own, judgment));
}
