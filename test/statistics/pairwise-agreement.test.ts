import { expect } from "chai";
import { pairwiseAgreement } from "../../statistics/pairwise-agreement.ts";
import { byUnit, readMtBenchVotes } from "./mtbench.ts";

describe("Pairwise agreement", () => {
  it("counts each pair of votes of a unit once", () => {
    expect(pairwiseAgreement([["a", "a", "b"], ["b"]])).to.deep.equal({ agreed: 1, pairs: 3 });
  });

  for (const [turn, withTies, without] of [
    [1, [454, 721], [388, 479]],
    [2, [471, 707], [388, 474]],
  ] as const) {
    it(`of two experts in turn ${turn} is ${withTies.join(" of ")}, without ties ${without.join(" of ")} (Zheng et al. 2023)`, function () {
      const votes = readMtBenchVotes(this).filter(
        (vote) => vote.turn === turn && vote.judge.startsWith("expert"),
      );
      const all = pairwiseAgreement(byUnit(votes).map((unit) => unit.map((vote) => vote.winner)));
      expect([all.agreed, all.pairs]).to.deep.equal(withTies);
      const decided = byUnit(votes.filter((vote) => vote.winner !== "tie"));
      const clear = pairwiseAgreement(decided.map((unit) => unit.map((vote) => vote.winner)));
      expect([clear.agreed, clear.pairs]).to.deep.equal(without);
    });
  }
});
