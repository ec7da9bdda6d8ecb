/**
 * Majority aggregation: an item is decided for the side with more votes; equal votes, or ties
 * ahead of both sides, leave it a tie.
 *
 * `a` and `b` count votes for each output and `tie` the votes for neither. The item is decided
 * only if one side has strictly more votes than the other side *and* than the ties: with 2 for A,
 * 1 for B and 2 ties, nobody can say that people preferred A.
 *
 *     majority({ a: 2, b: 1, tie: 0 })   // { outcome: "a", agreement: 2/3, strength: 1/3 }
 */
export interface Votes {
  readonly a: number;
  readonly b: number;
  readonly tie: number;
}

export interface Majority {
  readonly outcome: "a" | "b" | "tie";
  /** Share of the votes that went to the outcome, 0 without votes. */
  readonly agreement: number;
  /** Lead of the winner over the loser as a share of the votes, 0 for a tie. */
  readonly strength: number;
  /** A tie counts as half a win: the two shares add up to 1 (0 without votes). */
  readonly shareA: number;
  readonly shareB: number;
}

export function majority(votes: Votes): Majority {
  const { a, b, tie } = votes;
  const total = a + b + tie;
  if (total === 0) return { outcome: "tie", agreement: 0, strength: 0, shareA: 0, shareB: 0 };

  const outcome = a > b && a > tie ? "a" : b > a && b > tie ? "b" : "tie";
  return {
    outcome,
    agreement: votes[outcome] / total,
    strength: outcome === "tie" ? 0 : Math.abs(a - b) / total,
    shareA: (a + tie / 2) / total,
    shareB: (b + tie / 2) / total,
  };
}
