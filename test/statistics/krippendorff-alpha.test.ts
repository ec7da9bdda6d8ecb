import { expect } from "chai";
import { krippendorffAlpha } from "../../statistics/krippendorff-alpha.ts";
import { byUnit, readMtBenchVotes } from "./mtbench.ts";
import { readVector } from "./vectors.ts";

interface AlphaVectors {
  cases: {
    name: string;
    source: string;
    codersByUnits: (number | null)[][];
    publishedNominal: number;
    expectedNominal: { fraction: string; value: number };
  }[];
}

describe("Krippendorff's alpha, nominal", () => {
  for (const vector of readVector<AlphaVectors>("krippendorff-alpha").cases) {
    it(`gives ${vector.publishedNominal} on ${vector.source}`, () => {
      const [first = []] = vector.codersByUnits;
      const units = first.map((_, unit) =>
        vector.codersByUnits
          .map((coder) => coder[unit])
          .filter((label) => label !== null && label !== undefined),
      );
      const { alpha } = krippendorffAlpha(units);
      expect(alpha).to.be.closeTo(vector.expectedNominal.value, 1e-12);
      expect(alpha).to.be.closeTo(vector.publishedNominal, 5.1e-4);
    });
  }

  it("gives 0.4855 on MT-Bench's 3,355 votes as given, one judge's second vote on a unit included", function () {
    const units = byUnit(readMtBenchVotes(this)).map((votes) => votes.map((vote) => vote.winner));
    const { alpha, units: pairable, labels } = krippendorffAlpha(units);
    expect(alpha).to.be.closeTo(0.4855, 1e-4);
    expect(pairable).to.equal(961);
    expect(labels).to.equal(2502);
  });

  it("is 1 where all agree, and not a number where there is nothing to disagree about", () => {
    expect(krippendorffAlpha([["a", "a"], ["b", "b"]]).alpha).to.equal(1); // prettier-ignore
    expect(krippendorffAlpha([["a", "a"], ["a", "a"]]).alpha).to.be.NaN; // prettier-ignore
    expect(krippendorffAlpha([["a"], []]).alpha).to.be.NaN;
  });

  it("gives the worked example of its docstring, 4/9", () => {
    const { alpha } = krippendorffAlpha([["a", "a"], ["a", "b"], ["b", "b"]]); // prettier-ignore
    expect(alpha).to.be.closeTo(4 / 9, 1e-15);
  });
});
