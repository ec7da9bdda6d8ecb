import { expect } from "chai";
import { termsSchema } from "../../protocol/terms-json.ts";
import { explainPay } from "../../web/ballots/pay-formula.ts";

const hash = (byte: string): string => `0x${byte.repeat(32)}`;
const address = (byte: string): string => `0x${byte.repeat(20)}`;

describe("the pay formula", () => {
  const terms = termsSchema.parse({
    operator: address("01"),
    operatorBond: "1",
    receiptKey: address("02"),
    itemsRoot: hash("03"),
    itemCount: 30,
    manifestHash: hash("04"),
    humanVotes: 3,
    humanPrice: "2000000000000000000",
    aiClosesAt: 1,
    closesAt: 1,
    commitEndsAt: 2,
    revealEndsAt: 3,
  });

  it("pays half at the middle between break-even and full pay", () => {
    const explained = explainPay({
      terms,
      role: "Human",
      need: 10,
      scorePpm: 150_000,
      scored: 12,
      votesOnEachItem: [3, 3, 4],
      gold: null,
      decimals: 18,
    });
    expect(explained.multiplePpm).to.equal(500_000);
    expect(explained.payUnits).to.equal(2_750_000_000_000_000_000n);
    expect(explained.lines.join("\n")).to.include("= 2 × 2.75 × 0.500 = 2.75 tokens");
  });

  it("writes amounts of a token with six decimals as that token does", () => {
    const explained = explainPay({
      terms: { ...terms, humanPrice: 2_000_000n },
      ...{ role: "Human", need: 10, scorePpm: 150_000, scored: 12 },
      ...{ votesOnEachItem: [3, 3, 4], gold: null, decimals: 6 },
    });
    expect(explained.payUnits).to.equal(2_750_000n);
    expect(explained.lines.join("\n")).to.include("= 2 × 2.75 × 0.500 = 2.75 tokens");
  });

  it("pays nothing after a failed gold gate, and says how it was failed", () => {
    const inputs = {
      ...{ terms, role: "Human" as const, need: 10, scorePpm: 150_000, scored: 12 },
      ...{ votesOnEachItem: [3, 3, 4], decimals: 18 },
    };
    const failed = explainPay({ ...inputs, gold: { right: 0, wrong: 4, failed: true } });
    expect(failed).to.include({ multiplePpm: 0, payUnits: 0n, lossUnits: 0n });
    expect(failed.lines.join("\n")).to.include("0 right, 4 wrong: failed");
    const passed = explainPay({ ...inputs, gold: { right: 1, wrong: 4, failed: false } });
    expect(passed.payUnits).to.equal(2_750_000_000_000_000_000n);
    expect(passed.lines.join("\n")).to.include("1 right, 4 wrong: passed");
  });

  it("scales down what rests on few judgments, and shows a loss as one", () => {
    const few = explainPay({
      terms,
      role: "Human",
      need: 10,
      scorePpm: 900_000,
      scored: 5,
      votesOnEachItem: [2],
      gold: null,
      decimals: 18,
    });
    expect(few.multiplePpm).to.equal(500_000);
    const loss = explainPay({
      terms,
      role: "Human",
      need: 1,
      scorePpm: -900_000,
      scored: 5,
      votesOnEachItem: [2],
      gold: null,
      decimals: 18,
    });
    expect(loss.lossUnits).to.equal(1_000_000_000_000_000_000n);
    expect(loss.lines[2]).to.match(/^loss/);
  });
});
