/**
 * A task's ballots turned round: for each item, the votes that counted on it, people first, then
 * by address. This is the order of rows in `votes` and `battles`.
 */
import { decodeEntries } from "../protocol/ballot.ts";
import type { Counts } from "../protocol/tally.ts";
import { ticketsOf } from "../protocol/ticket.ts";
import type { CanonicalVerdict } from "../protocol/words.ts";
import type { SourceBallot, SourceTask } from "./source.ts";

export interface Vote {
  readonly ballot: SourceBallot;
  readonly verdict: CanonicalVerdict;
  /** True: output B was shown on the left. */
  readonly flip: boolean;
}

export function votesByItem(
  task: Pick<SourceTask, "terms" | "seed" | "human" | "ai" | "ballots">,
): Vote[][] {
  const items = Array.from({ length: task.terms.itemCount }, (): Vote[] => []);
  for (const ballot of inRowOrder(task.ballots)) {
    const { threshold } = ballot.role === "Human" ? task.human : task.ai;
    const ticket = ticketsOf(task.seed, ballot.validator, threshold);
    for (const { itemIndex, verdict } of decodeEntries(ballot.effectiveEntries)) {
      items[itemIndex]?.push({ ballot, verdict, flip: ticket(itemIndex).flip });
    }
  }
  return items;
}

/** People before AIs, each by address. */
export function inRowOrder(ballots: readonly SourceBallot[]): SourceBallot[] {
  const key = ({ role, validator }: SourceBallot): string =>
    (role === "Human" ? "0" : "1") + validator;
  return [...ballots].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

export function countVotes(votes: readonly Vote[]): Counts {
  const counts: Counts = [0, 0, 0];
  for (const { verdict } of votes) counts[verdict] += 1;
  return counts;
}
