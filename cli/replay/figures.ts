/** The figures a replay prints: agreement and ranking over the votes as given, scores and money from the chain. */
import type { Entry } from "../../protocol/ballot.ts";
import { scoreOf } from "../../protocol/peer-score.ts";
import type { Tally } from "../../protocol/tally.ts";
import { countsOf, emptyTally } from "../../protocol/tally.ts";
import { bradleyTerry } from "../../statistics/bradley-terry.ts";
import { krippendorffAlpha } from "../../statistics/krippendorff-alpha.ts";
import type { JudgmentRow } from "./judgments-file.ts";
import type { Outcome } from "./outcome.ts";
import type { SeatedJudge } from "./seat-judges.ts";
import { unitKey, verdictOf } from "./units.ts";

/** Fewer scored items than this and a person's score says little: left out of the mean. */
const ENOUGH_SCORED = 20;

/** Krippendorff's alpha, nominal, over all votes of people in the file. */
export function alphaAsGiven(rows: readonly JudgmentRow[]): number {
  const units = new Map<string, string[]>();
  for (const row of rows) {
    const key = unitKey(row);
    const labels = units.get(key) ?? [];
    labels.push(String(verdictOf[row.winner]));
    units.set(key, labels);
  }
  return krippendorffAlpha(units.values()).alpha;
}

/** Model → mean-centred log strength over all votes of people in the file, a tie as half a win. */
export function leaderboardAsGiven(rows: readonly JudgmentRow[]): Record<string, number> {
  const { models } = bradleyTerry(
    rows.map((row) => ({
      first: row.model_a,
      second: row.model_b,
      score: [1, 0, 0.5][verdictOf[row.winner]] as number,
      cluster: unitKey(row),
    })),
  );
  return Object.fromEntries(models.map(({ model, strength }) => [model, strength]));
}

/** Unweighted mean over people with enough scored items; undefined where there is none. */
export function meanHumanScorePpm(
  judges: readonly SeatedJudge[],
  outcome: Outcome,
): number | undefined {
  const scores = judges
    .filter(({ role }) => role === "Human")
    .map(({ address }) => outcome.scores.get(address))
    .filter((score) => score !== undefined && score.scored >= ENOUGH_SCORED)
    .map((score) => score?.scorePpm as number);
  if (scores.length === 0) return undefined;
  return Math.trunc(scores.reduce((sum, score) => sum + score, 0) / scores.length);
}

/**
 * What the twin gives a person who would have answered as the AI did on all units the AI judged: the reward for copying.
 */
export function copycatScorePpm(
  copied: readonly Entry[],
  judges: readonly SeatedJudge[],
  outcome: Outcome,
  itemCount: number,
  conditionOnAi: boolean,
): number {
  const tallies: Tally[] = Array.from({ length: itemCount }, emptyTally);
  const count = (role: SeatedJudge["role"], entries: readonly Entry[]): void => {
    for (const { itemIndex, verdict } of entries) {
      countsOf(tallies[itemIndex] as Tally, role)[verdict] += 1;
    }
  };
  for (const { address, role } of judges) count(role, outcome.votes.get(address) ?? []);
  count("Human", copied);
  return scoreOf("Human", copied, (itemIndex) => tallies[itemIndex] as Tally, conditionOnAi)
    .scorePpm;
}
