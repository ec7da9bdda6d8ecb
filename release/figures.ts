/**
 * The live figures of a release: how many judgments, how far people agree, how the models rank.
 * Collected item by item, so that no content is held.
 */
import { bradleyTerry, DisconnectedComparisons } from "../statistics/bradley-terry.ts";
import type { Comparison } from "../statistics/bradley-terry.ts";
import { krippendorffAlpha } from "../statistics/krippendorff-alpha.ts";
import { pairwiseAgreement } from "../statistics/pairwise-agreement.ts";
import type { CanonicalVerdict } from "../protocol/words.ts";
import type { JudgedItem, KeptOut } from "./rows.ts";

export interface Figures {
  readonly items: number;
  readonly identical: number;
  readonly empty: number;
  /** Pairs with a row in `preference`, and why the others have none. */
  readonly decided: number;
  readonly keptOut: Readonly<Record<KeptOut, number>>;
  readonly humanVotes: VerdictCounts;
  readonly aiVotes: VerdictCounts;
  readonly humanJudges: number;
  readonly aiJudges: number;
  /** People's votes alone; alpha is null where it is not defined. */
  readonly agreement: {
    readonly krippendorffAlpha: number | null;
    readonly units: number;
    readonly labels: number;
    readonly agreedPairs: number;
    readonly pairs: number;
  };
  /** Bradley-Terry on people's votes, a tie as half a win; empty where the note says why. */
  readonly leaderboard: readonly LeaderboardRow[];
  readonly leaderboardNote: string;
  readonly languages: readonly string[];
  readonly categories: readonly string[];
}

export interface VerdictCounts {
  readonly a: number;
  readonly b: number;
  readonly tie: number;
}

export interface LeaderboardRow {
  readonly model: string;
  /** Mean-centred log strength. */
  readonly strength: number;
  /** Clustered by item. */
  readonly standardError: number;
  readonly votes: number;
}

export interface FiguresCollector {
  add(judged: JudgedItem, facts: ItemFacts): void;
  finish(): Figures;
}

export interface ItemFacts {
  readonly identical: boolean;
  readonly empty: boolean;
  readonly keptOut: KeptOut | undefined;
}

export function collectFigures(): FiguresCollector {
  const counts = { items: 0, identical: 0, empty: 0, decided: 0 };
  const keptOut: Record<KeptOut, number> = { identical: 0, empty: 0, unjudged: 0, tie: 0 };
  const verdicts = { Human: [0, 0, 0], Ai: [0, 0, 0] };
  const judges = { Human: new Set<string>(), Ai: new Set<string>() };
  const units: CanonicalVerdict[][] = [];
  const comparisons: Comparison[] = [];
  let unnamed = 0;
  const languages = new Set<string>();
  const categories = new Set<string>();

  return {
    add({ taskId, item, annex, votes }, facts) {
      counts.items += 1;
      if (facts.identical) counts.identical += 1;
      if (facts.empty) counts.empty += 1;
      if (facts.keptOut) keptOut[facts.keptOut] += 1;
      else counts.decided += 1;
      if (annex.language) languages.add(annex.language);
      if (annex.category) categories.add(annex.category);

      for (const { ballot, verdict } of votes) {
        verdicts[ballot.role][verdict]! += 1;
        judges[ballot.role].add(ballot.validator);
      }
      const people = votes.filter(({ ballot }) => ballot.role === "Human");
      units.push(people.map(({ verdict }) => verdict));
      const named = annex.modelA !== "" && annex.modelB !== "" && annex.modelA !== annex.modelB;
      for (const { verdict } of people) {
        if (!named) unnamed += 1;
        else {
          comparisons.push({
            first: annex.modelA,
            second: annex.modelB,
            score: [1, 0, 0.5][verdict]!,
            cluster: `${taskId}-${item.itemIndex}`,
          });
        }
      }
    },

    finish() {
      const { alpha, units: pairable, labels } = krippendorffAlpha(units);
      const { agreed, pairs } = pairwiseAgreement(units);
      return {
        ...counts,
        keptOut,
        humanVotes: verdictCounts(verdicts.Human),
        aiVotes: verdictCounts(verdicts.Ai),
        humanJudges: judges.Human.size,
        aiJudges: judges.Ai.size,
        agreement: {
          krippendorffAlpha: Number.isNaN(alpha) ? null : alpha,
          units: pairable,
          labels,
          agreedPairs: agreed,
          pairs,
        },
        ...rank(comparisons, unnamed),
        languages: [...languages].sort(),
        categories: [...categories].sort(),
      };
    },
  };
}

function rank(
  comparisons: readonly Comparison[],
  unnamed: number,
): Pick<Figures, "leaderboard" | "leaderboardNote"> {
  if (comparisons.length === 0) {
    return { leaderboard: [], leaderboardNote: "No vote compares two named models." };
  }
  try {
    const { models } = bradleyTerry(comparisons);
    return {
      leaderboard: models.map(({ model, strength, standardError, comparisons: votes }) => ({
        model,
        strength,
        standardError,
        votes,
      })),
      leaderboardNote: unnamed === 0 ? "" : `${unnamed} votes name no two models and are left out.`,
    };
  } catch (error) {
    if (!(error instanceof DisconnectedComparisons)) throw error;
    return { leaderboard: [], leaderboardNote: error.message };
  }
}

function verdictCounts([a = 0, b = 0, tie = 0]: readonly number[]): VerdictCounts {
  return { a, b, tie };
}
