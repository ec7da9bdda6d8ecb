/** Votes counted on items: how many for A, B and tie, people and AIs apart. */
import type { CanonicalVerdict, Role } from "./words.ts";

/** Counts of A, B and tie. */
export type Counts = [number, number, number];

export interface Tally {
  readonly human: Counts;
  readonly ai: Counts;
}

/** The item's AI label: the verdict with strictly most AI votes, or none. */
export type AiLabel = CanonicalVerdict | "none";

export function emptyTally(): Tally {
  return { human: [0, 0, 0], ai: [0, 0, 0] };
}

export function countsOf(tally: Tally, role: Role): Counts {
  return role === "Human" ? tally.human : tally.ai;
}

export function totalOf(counts: Readonly<Counts>): number {
  return counts[0] + counts[1] + counts[2];
}

export function aiLabelOf(tally: Tally): AiLabel {
  const [a, b, tie] = tally.ai;
  if (a > b && a > tie) return 0;
  if (b > a && b > tie) return 1;
  if (tie > a && tie > b) return 2;
  return "none";
}
