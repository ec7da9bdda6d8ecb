import { expect } from "chai";
import { multipleOf, payOf, weightOf } from "../../protocol/pay.ts";
import { readVectors } from "../vectors/read-vectors.ts";

interface PayVector {
  scorePpm: number;
  scored: number;
  fullPayScore: number;
  breakEven: number;
  maxPenalty: number;
  need: number;
  votes: number;
  votesOnEachItem: number[];
  priceUnits: string;
  multiplePpm: number;
  weight: string;
  payUnits: string;
  lossUnits: string;
}

const defaults = { fullPayScore: 250_000, breakEven: 50_000, maxPenalty: 500_000 };

describe("pay", () => {
  it("is the golden vectors', multiple, weight and units", () => {
    for (const vector of readVectors<PayVector[]>("pay")) {
      const multiplePpm = multipleOf(vector, vector, vector.need);
      const weight = weightOf(vector.votesOnEachItem, vector.votes);
      const { payUnits, lossUnits } = payOf(BigInt(vector.priceUnits), weight, multiplePpm);
      expect({
        multiplePpm,
        weight: weight.toString(),
        payUnits: payUnits.toString(),
        lossUnits: lossUnits.toString(),
      }).to.deep.equal({
        multiplePpm: vector.multiplePpm,
        weight: vector.weight,
        payUnits: vector.payUnits,
        lossUnits: vector.lossUnits,
      });
    }
  });

  it("is half at a score halfway from break-even to full pay", () => {
    const multiple = multipleOf({ scorePpm: 150_000, scored: 40 }, defaults, 40);
    expect(multiple).to.equal(500_000);
    expect(payOf(1000n, weightOf([2, 3], 3), multiple)).to.deep.equal({
      payUnits: 1000n,
      lossUnits: 0n,
    });
  });

  it("shares an item's pay where more voted than were wanted", () => {
    expect(payOf(900n, weightOf([9], 3), 1_000_000).payUnits).to.equal(300n);
    expect(payOf(900n, weightOf([3], 3), 1_000_000).payUnits).to.equal(900n);
    expect(payOf(900n, weightOf([], 3), 1_000_000).payUnits).to.equal(0n);
  });

  it("truncates what is earned and rounds up what is lost", () => {
    expect(payOf(1n, weightOf([2], 2), 999_999)).to.deep.equal({ payUnits: 0n, lossUnits: 0n });
    expect(payOf(1n, weightOf([2], 2), -1)).to.deep.equal({ payUnits: 0n, lossUnits: 1n });
  });

  it("is nothing where nothing was scored, and at most nothing where a gate was failed", () => {
    expect(multipleOf({ scorePpm: 0, scored: 0 }, defaults, 40)).to.equal(0);
    expect(multipleOf({ scorePpm: 1_000_000, scored: 40 }, defaults, 40, true)).to.equal(0);
    expect(multipleOf({ scorePpm: -1_000_000, scored: 40 }, defaults, 40, true)).to.equal(-500_000);
  });

  it("never yields a negative zero, which would not compare as zero in JSON and tests", () => {
    const tiny = multipleOf({ scorePpm: 49_999, scored: 1 }, { ...defaults, maxPenalty: 1 }, 40);
    expect(Object.is(tiny, 0)).to.equal(true);
  });
});
