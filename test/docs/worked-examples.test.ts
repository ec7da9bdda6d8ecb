import { readFileSync } from "node:fs";

import { expect } from "chai";

import { encodeEntries } from "../../protocol/ballot.ts";
import { multipleOf, payOf, weightOf } from "../../protocol/pay.ts";
import { scoreOf } from "../../protocol/peer-score.ts";
import type { Counts, Tally } from "../../protocol/tally.ts";

const text = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
const [A, B, TIE] = [0, 1, 2] as const;

describe("the worked examples of docs/protocol.md", () => {
  it("pack item 258, a tie", () => {
    expect(encodeEntries([{ itemIndex: 258, verdict: TIE }])).to.equal("0x00010202");
    expect(text).to.contain("Item 258 judged a tie is `0x00010202`");
  });

  it("score four items with two peers each", () => {
    const own = [A, B, A, TIE];
    const peers = [
      [A, A],
      [B, B],
      [A, B],
      [B, TIE],
    ];
    const tallies = own.map((verdict, item): Tally => {
      const human: Counts = [0, 0, 0];
      for (const vote of [verdict, ...(peers[item] ?? [])]) human[vote] += 1;
      return { human, ai: [0, 0, 0] };
    });
    const entries = own.map((verdict, itemIndex) => ({ itemIndex, verdict }));
    const score = scoreOf("Human", entries, (itemIndex) => tallies[itemIndex] as Tally, false);
    expect(score).to.deep.equal({ scorePpm: 541_666, scored: 4 });
    expect(text).to.contain("`score = trunc(2166666/4) = 541666`");
  });

  it("pay a quarter of the price for a score of 150,000 from half the judgments needed", () => {
    const defaults = { fullPayScore: 250_000, breakEven: 50_000, maxPenalty: 500_000 };
    const multiplePpm = multipleOf({ scorePpm: 150_000, scored: 20 }, defaults, 40);
    expect(multiplePpm).to.equal(250_000);
    const token = 10n ** 18n;
    expect(payOf(token, weightOf(Array<number>(20).fill(3), 3), multiplePpm).payUnits).to.equal(
      5n * token,
    );
    expect(text).to.contain("times 20/40 is 250,000 ppm");
    expect(text).to.contain("5 tokens in all");
  });
});
