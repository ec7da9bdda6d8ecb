/** Terms under which judgments made elsewhere can be carried through a task: every ticket open, everybody admitted. */
import type { TermsDraft } from "../create-task.ts";
import type { SeatedJudge } from "./seat-judges.ts";

const TOKEN = 10n ** 18n;
const HOUR = 3600;
/** A quarter of a person's price: nobody disputes that a model costs less. */
const AI_PRICE = TOKEN / 4n;

/**
 * Votes an item: as many as its most judged item has, so that no vote is void and none has to share its pay.
 * Oversubscription: `oversubscription · votes ≥ 10^6 · pool` opens every ticket (protocol.md, section 4).
 * @param now chain time, seconds
 */
export function replayTerms(
  judges: readonly SeatedJudge[],
  conditionOnAi: boolean,
  now: number,
): TermsDraft {
  const seats = judges.filter(({ role }) => role === "Human").length;
  const hasAi = judges.length > seats;
  const humanVotes = Math.min(15, Math.max(2, mostVotesOnOneItem(judges, "Human")));
  const aiVotes = hasAi ? Math.min(3, mostVotesOnOneItem(judges, "Ai")) : 0;
  const closesAt = now + 6 * HOUR;
  return {
    humanVotes,
    aiVotes,
    humanPrice: TOKEN,
    aiPrice: hasAi ? AI_PRICE : 0n,
    operatorFee: TOKEN / 20n,
    maxPenalty: 500_000,
    minJudgments: 40,
    conditionOnAi,
    oversubscription: Math.max(1_000_000, Math.ceil((1_000_000 * seats) / humanVotes)),
    aiClosesAt: closesAt - HOUR,
    closesAt,
    commitEndsAt: closesAt + HOUR,
    revealEndsAt: closesAt + 3 * HOUR,
  };
}

function mostVotesOnOneItem(judges: readonly SeatedJudge[], wanted: SeatedJudge["role"]): number {
  const votes = new Map<number, number>();
  for (const { role, judgments } of judges) {
    if (role !== wanted) continue;
    for (const { itemIndex } of judgments) votes.set(itemIndex, (votes.get(itemIndex) ?? 0) + 1);
  }
  return [...votes.values()].reduce((most, count) => Math.max(most, count), 0);
}
