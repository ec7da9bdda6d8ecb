import { expect } from "chai";
import { bradleyTerry, DisconnectedComparisons } from "../../statistics/bradley-terry.ts";
import type { Comparison, Leaderboard } from "../../statistics/bradley-terry.ts";
import { readMtBenchVotes, unitOf } from "./mtbench.ts";
import { readVector } from "./vectors.ts";

interface BradleyTerryVectors {
  baseball1987: {
    games: { home: string; away: string; home_wins: number; away_wins: number }[];
    publishedModel1: Record<string, { estimate: number; se: number }>;
    expectedModel1: Record<string, number>;
    expectedModel1StandardErrors: Record<string, number>;
    sandwich: { standardErrors: Record<string, number> };
  };
  wikipedia: {
    players: string[];
    pairs: [number, number, number, number][];
    publishedGeometricMean1: number[];
    expectedGeometricMean1: number[];
    expectedStandardErrorsAgainstA: number[];
  };
  choix: { cases: { title: string; winnerLoser: [number, number][]; strengths: number[] }[] };
}

const vectors = readVector<BradleyTerryVectors>("bradley-terry");

function wins(first: string, second: string, won: number, lost: number): Comparison[] {
  return [
    ...Array.from({ length: won }, () => ({ first, second, score: 1 })),
    ...Array.from({ length: lost }, () => ({ first, second, score: 0 })),
  ];
}

function strengthOf(board: Leaderboard, model: string): number {
  return board.models.find((rated) => rated.model === model)!.strength;
}

/** Standard error of θ_model − θ_reference under independent votes. */
function errorAgainst(board: Leaderboard, model: string, reference: string): number {
  const i = board.models.findIndex((rated) => rated.model === model);
  const j = board.models.findIndex((rated) => rated.model === reference);
  const v = board.modelCovariance;
  return Math.sqrt(v[i]![i]! + v[j]![j]! - 2 * v[i]![j]!);
}

describe("Bradley-Terry", () => {
  describe("on the American League East of 1987 (Agresti 2002, BradleyTerry2's vignette)", () => {
    const { games, ...figures } = vectors.baseball1987;
    const board = bradleyTerry(
      games.flatMap((g) => wins(g.home, g.away, g.home_wins, g.away_wins)),
    );

    for (const [team, published] of Object.entries(figures.publishedModel1)) {
      it(`puts ${team} ${published.estimate} ± ${published.se} above Baltimore`, () => {
        const lead = strengthOf(board, team) - strengthOf(board, "Baltimore");
        expect(lead).to.be.closeTo(figures.expectedModel1[team]!, 1e-9);
        expect(lead).to.be.closeTo(published.estimate, 5.1e-5);
        const error = errorAgainst(board, team, "Baltimore");
        expect(error).to.be.closeTo(figures.expectedModel1StandardErrors[team]!, 1e-6);
        expect(error).to.be.closeTo(published.se, 5.1e-5);
      });
    }

    it("gives arena-rank's sandwich errors (without its ridge) where each game is its own cluster", () => {
      for (const rated of board.models) {
        expect(rated.standardError).to.be.closeTo(
          figures.sandwich.standardErrors[rated.model]!,
          1e-9,
        );
      }
    });

    it("is not fooled by each game entered twice in its cluster, while the errors of independent votes shrink", () => {
      const singles = games.flatMap((g) => wins(g.home, g.away, g.home_wins, g.away_wins));
      const named = singles.map((game, i) => ({ ...game, cluster: String(i) }));
      const doubled = bradleyTerry([...named, ...named]);
      for (const [i, rated] of doubled.models.entries()) {
        expect(rated.standardError).to.be.closeTo(board.models[i]!.standardError, 1e-9);
        expect(doubled.modelCovariance[i]![i]! * 2).to.be.closeTo(
          board.modelCovariance[i]![i]!,
          1e-9,
        );
      }
    });
  });

  it("gives Wikipedia's worked example, as arena-rank tests it", () => {
    const { players, pairs, ...figures } = vectors.wikipedia;
    const board = bradleyTerry(
      pairs.flatMap(([i, j, a, b]) => wins(players[i]!, players[j]!, a, b)),
    );
    for (const [i, player] of players.entries()) {
      const worth = Math.exp(strengthOf(board, player));
      expect(worth).to.be.closeTo(figures.expectedGeometricMean1[i]!, 1e-9);
      expect(worth).to.be.closeTo(figures.publishedGeometricMean1[i]!, 5.1e-3);
      expect(errorAgainst(board, player, "A")).to.be.closeTo(
        figures.expectedStandardErrorsAgainstA[i]!,
        1e-6,
      );
    }
  });

  for (const { title, winnerLoser, strengths } of vectors.choix.cases) {
    it(`gives choix's maximum likelihood: ${title}`, () => {
      const board = bradleyTerry(winnerLoser.flatMap(([w, l]) => wins(String(w), String(l), 1, 0)));
      for (const [i, strength] of strengths.entries()) {
        expect(strengthOf(board, String(i))).to.be.closeTo(strength, 1e-6);
      }
    });
  }

  it("counts a tie as half a win for each side: two wins and two ties are ln 3 apart", () => {
    const board = bradleyTerry([...wins("x", "y", 2, 0), { first: "x", second: "y", score: 0.5 },
      { first: "y", second: "x", score: 0.5 }]); // prettier-ignore
    expect(strengthOf(board, "x") - strengthOf(board, "y")).to.be.closeTo(Math.log(3), 1e-9);
    expect(strengthOf(board, "x") + strengthOf(board, "y")).to.be.closeTo(0, 1e-12);
  });

  it("gives MT-Bench's people's leaderboard", function () {
    const board = bradleyTerry(
      readMtBenchVotes(this).map((vote) => ({
        first: vote.model_a,
        second: vote.model_b,
        score: vote.winner === "model_a" ? 1 : vote.winner === "model_b" ? 0 : 0.5,
        cluster: unitOf(vote),
      })),
    );
    const published = [
      ["gpt-4", 1.0211],
      ["claude-v1", 0.6429],
      ["gpt-3.5-turbo", 0.5996],
      ["vicuna-13b-v1.2", -0.0569],
      ["alpaca-13b", -0.7616],
      ["llama-13b", -1.4451],
    ] as const;
    expect(board.models.map((rated) => rated.model)).to.deep.equal(published.map(([name]) => name));
    for (const [model, strength] of published) {
      expect(strengthOf(board, model)).to.be.closeTo(strength, 1e-3);
    }
    expect(board.clusters).to.equal(1814);
    const errors = board.models.map((rated) => Number(rated.standardError.toFixed(4)));
    // the same sandwich by an independent computation (numpy, pinv)
    expect(errors).to.deep.equal([0.0642, 0.0608, 0.05, 0.0551, 0.0615, 0.0683]);
  });

  describe("where a difference has no bound", () => {
    it("names the models that never met", () => {
      const apart = [...wins("a", "b", 1, 1), ...wins("c", "d", 1, 1)];
      expect(() => bradleyTerry(apart)).to.throw(
        DisconnectedComparisons,
        /a, b on one side and c, d on the other/,
      );
    });

    it("names the model that lost to all others without a tie", () => {
      const hopeless = [...wins("a", "b", 1, 1), ...wins("a", "z", 3, 0), ...wins("b", "z", 2, 0)];
      expect(() => bradleyTerry(hopeless))
        .to.throw(DisconnectedComparisons)
        .with.property("group");
    });

    it("refuses a model against itself and a score outside 0 to 1", () => {
      expect(() => bradleyTerry([{ first: "a", second: "a", score: 1 }])).to.throw(
        /against itself/,
      );
      expect(() => bradleyTerry([{ first: "a", second: "b", score: 2 }])).to.throw(/not between/);
    });
  });
});
