import { expect } from "chai";
import fc from "fast-check";
import type { Entry } from "../../protocol/ballot.ts";
import type { Gold } from "../../protocol/gold.ts";
import { decodeGolds, mostGolds } from "../../protocol/gold.ts";
import {
  failsGate,
  goldResultOf,
  isGoldVoid,
  judgeGolds,
  MAX_GOLDS_COUNTED,
} from "../../protocol/gold-gate.ts";
import { decodeEntries } from "../../protocol/ballot.ts";
import type { Settlement, SettlementTerms } from "../../protocol/settlement.ts";
import { settleTask } from "../../protocol/settlement.ts";
import type { Counts, Tally } from "../../protocol/tally.ts";
import type { CanonicalVerdict } from "../../protocol/words.ts";
import { readVectors } from "../vectors/read-vectors.ts";
import { addressOf, ballotOf, everyTicket, seed } from "./made-ballot.ts";

const vectors = readVectors<{
  voids: { answer: 0 | 1; human: Counts; void: boolean }[];
  leastWrongToFail: number[];
  tasks: {
    itemCount: number;
    golds: string;
    human: string;
    void: number[];
    gate: boolean;
    validators: { entries: string; right: number; wrong: number; failed: boolean }[];
  }[];
}>("gold");

const tallyOf = (human: Counts): Tally => ({ human, ai: [0, 0, 0] });

describe("a gold", () => {
  it("is void where the golden vectors have it void, for every count of votes up to 15", () => {
    for (const vector of vectors.voids) {
      expect(isGoldVoid(vector, vector.human), JSON.stringify(vector)).to.equal(vector.void);
    }
  });

  const cases: [Counts, boolean, string][] = [
    [[0, 2, 0], false, "two people are too few to contradict it"],
    [[1, 2, 0], true, "two of three say otherwise"],
    [[2, 1, 0], false, "one of three says otherwise"],
    [[1, 1, 1], true, "a tie is no agreement"],
    [[2, 3, 0], false, "three of five are less than two thirds"],
  ];
  cases.forEach(([human, expected, why]) => {
    it(`answered A is ${expected ? "void" : "valid"} at ${human.join("/")}: ${why}`, () => {
      expect(isGoldVoid({ answer: 0 }, human)).to.equal(expected);
    });
  });
});

describe("the gate", () => {
  it("is the golden vectors' on whole tasks", () => {
    for (const { itemCount, golds, human, gate, validators, ...vector } of vectors.tasks) {
      const tallies = human
        .split(" ")
        .map((digits) => tallyOf([...digits].map(Number) as unknown as Counts));
      const judgment = judgeGolds(decodeGolds(golds, itemCount), tallies);
      expect(judgment.gate).to.equal(gate);
      expect(judgment.void.map(({ itemIndex }) => itemIndex)).to.deep.equal(vector.void);
      for (const { entries, ...result } of validators) {
        expect(goldResultOf(decodeEntries(entries), judgment)).to.deep.equal(result);
      }
    }
  });

  it("stands while a tenth of the golds are void, and falls with one more", () => {
    const golds = Array.from({ length: 20 }, (_, itemIndex): Gold => ({ itemIndex, answer: 0 }));
    const withVoid = (count: number): boolean =>
      judgeGolds(
        golds,
        golds.map((_, i) => tallyOf(i < count ? [0, 3, 0] : [3, 0, 0])),
      ).gate;
    expect([0, 1, 2, 3, 20].map(withVoid)).to.deep.equal([true, true, true, false, false]);
  });

  it("counts a tie as wrong, and skips what was not judged", () => {
    const golds: Gold[] = [
      { itemIndex: 1, answer: 0 },
      { itemIndex: 4, answer: 1 },
      { itemIndex: 5, answer: 1 },
    ];
    const entries: Entry[] = [
      { itemIndex: 0, verdict: 0 },
      { itemIndex: 1, verdict: 2 },
      { itemIndex: 4, verdict: 1 },
    ];
    const judgment = judgeGolds(
      golds,
      Array.from({ length: 6 }, () => tallyOf([0, 0, 0])),
    );
    expect(goldResultOf(entries, judgment)).to.deep.equal({ right: 1, wrong: 1, failed: false });
    expect(goldResultOf(entries, undefined)).to.include({ right: 0, wrong: 0, failed: false });
  });

  it(`counts the first ${MAX_GOLDS_COUNTED} valid golds alone, so that later mistakes cost nothing`, () => {
    const golds = Array.from({ length: 90 }, (_, itemIndex): Gold => ({ itemIndex, answer: 1 }));
    const judgment = judgeGolds(
      golds,
      golds.map(({ itemIndex }) => tallyOf(itemIndex === 0 ? [3, 0, 0] : [0, 3, 0])),
    );
    const entries = golds.map(({ itemIndex }): Entry => ({
      itemIndex,
      verdict: itemIndex <= 60 ? 1 : 0,
    }));
    expect(goldResultOf(entries, judgment)).to.deep.equal({ right: 60, wrong: 0, failed: false });
  });

  describe("is Wald's test of .85 against .60 at 49 to 1", () => {
    it("with the boundary of exact fractions for every count up to 60", () => {
      vectors.leastWrongToFail.forEach((least, right) => {
        for (let wrong = 0; right + wrong <= MAX_GOLDS_COUNTED; wrong++) {
          expect(failsGate(right, wrong)).to.equal(least !== -1 && wrong >= least);
        }
      });
    });

    it("so that one more right answer never fails it, and one more wrong one never passes it", () => {
      for (let right = 0; right <= 60; right++) {
        for (let wrong = 0; right + wrong < 60; wrong++) {
          if (!failsGate(right, wrong)) expect(failsGate(right + 1, wrong)).to.equal(false);
          else expect(failsGate(right, wrong + 1)).to.equal(true);
        }
      }
    });

    it("on integers below 2^256, as the contract has them", () => {
      expect(49n * 17n ** 60n < 2n ** 256n && 12n ** 60n < 2n ** 256n).to.equal(true);
    });

    interface Sprt {
      truncated: Record<
        string,
        Record<string, { fail: number; passed: number; undecided: number; expected_gold: number }>
      >;
    }
    const { truncated } = readVectors<Sprt>("gold-sprt");
    Object.entries(truncated).forEach(([length, byAccuracy]) => {
      it(`with the published chances of failing within ${length} golds, by accuracy`, () => {
        for (const [accuracy, published] of Object.entries(byAccuracy)) {
          const [num, den] = accuracy.split("/").map(Number) as [number, number];
          const walked = walk(Number(length), num / den);
          expect(walked.fail).to.be.closeTo(published.fail, 1e-12);
          expect(walked.passed).to.be.closeTo(published.passed, 1e-12);
          expect(walked.undecided).to.be.closeTo(published.undecided, 1e-12);
          expect(walked.steps).to.be.closeTo(published.expected_gold, 1e-9);
        }
      });
    });

    it("seldom fails a validator at .85, and nearly always one that guesses", () => {
      expect(chanceOfFailing(60, 0.85)).to.be.below(0.005);
      expect(chanceOfFailing(60, 0.5)).to.be.above(0.98);
    });
  });
});

/** Golds one after the other at this accuracy, stopped where either boundary is met. */
function walk(
  length: number,
  accuracy: number,
): { fail: number; passed: number; undecided: number; steps: number } {
  const passes = (right: number, wrong: number): boolean =>
    17n ** BigInt(right) * 3n ** BigInt(wrong) >= 49n * 12n ** BigInt(right) * 8n ** BigInt(wrong);
  let [fail, passed, steps] = [0, 0, 0];
  let chances = [1]; // by right answers so far
  for (let step = 1; step <= length; step++) {
    const next = new Array<number>(step + 1).fill(0);
    chances.forEach((chance, right) => {
      steps += chance;
      next[right + 1] = (next[right + 1] as number) + chance * accuracy;
      next[right] = (next[right] as number) + chance * (1 - accuracy);
    });
    chances = next.map((chance, right) => {
      if (failsGate(right, step - right)) fail += chance;
      else if (passes(right, step - right)) passed += chance;
      else return chance;
      return 0;
    });
  }
  return { fail, passed, undecided: chances.reduce((a, b) => a + b, 0), steps };
}

/** Held against the boundary once, after all golds, as the contract does. */
function chanceOfFailing(golds: number, accuracy: number): number {
  let chance = (1 - accuracy) ** golds; // of no right answer, then of one more each
  let fails = 0;
  for (let right = 0; right <= golds; right++) {
    if (failsGate(right, golds - right)) fails += chance;
    chance *= ((golds - right) / (right + 1)) * (accuracy / (1 - accuracy));
  }
  return fails;
}

describe("a settlement with gold", () => {
  const itemCount = 40;
  const terms: SettlementTerms = {
    itemCount,
    humanVotes: 3,
    aiVotes: 1,
    humanPrice: 1_000n,
    aiPrice: 100n,
    operatorFee: 10n,
    fullPayScore: 250_000,
    breakEven: 50_000,
    maxPenalty: 500_000,
    conditionOnAi: false,
  };
  const draw = { threshold: everyTicket, need: 2 };
  const truth = Array.from({ length: itemCount }, (_, i) => (i % 2) as 0 | 1);
  const golds = truth
    .map((answer, itemIndex): Gold => ({ itemIndex, answer }))
    .filter(({ itemIndex }) => itemIndex % 7 === 0);
  const missesGold = truth.map((verdict, i): CanonicalVerdict =>
    i % 7 === 0 ? (verdict === 0 ? 1 : 0) : verdict,
  );
  const people = ["ann", "bob", "cyd"].map((name) => ballotOf(name, "Human", truth));
  const settle = (gold: readonly Gold[] | undefined, ais = [missesGold]): Settlement =>
    settleTask({
      terms,
      seed,
      human: draw,
      ai: draw,
      ballots: [...people, ...ais.map((verdicts, i) => ballotOf(`ai ${i}`, "Ai", verdicts))],
      gold,
    });

  it("pays nothing to an AI that agrees with people everywhere but on the golds", () => {
    const [without, gated] = [settle(undefined), settle(golds)].map(({ ballots }) => ballots[3]);
    expect(without).to.include({ goldRight: 0, goldWrong: 0, goldFailed: false });
    expect(without?.payUnits).to.not.equal(0n);
    expect(gated).to.include({
      goldRight: 0,
      goldWrong: 6,
      goldFailed: true,
      multiplePpm: 0,
      payUnits: 0n,
      lossUnits: 0n,
    });
  });

  it("changes nothing for those who pass, and leaves the unearned pay to the commons", () => {
    const [without, gated] = [settle(undefined), settle(golds)];
    expect(gated.gold).to.deep.equal({ valid: golds, void: [], gate: true });
    people.forEach((_, i) => {
      expect(gated.ballots[i]).to.deep.equal({ ...without.ballots[i], goldRight: 6 });
    });
    const lost = without.ballots[3]?.payUnits ?? 0n;
    expect(gated.restUnits - without.restUnits).to.equal(lost);
  });

  it("holds void golds against nobody", () => {
    const wrongKey = golds.map(({ itemIndex, answer }) => ({
      itemIndex,
      answer: (1 - answer) as 0 | 1,
    }));
    const result = settle(wrongKey);
    expect(result.gold).to.deep.include({ valid: [], void: wrongKey, gate: false });
    expect(result.ballots.map(({ goldFailed }) => goldFailed)).to.deep.equal(Array(4).fill(false));
  });

  it("gates people as it does AIs", () => {
    const ballots = [...people, ballotOf("dan", "Human", missesGold)];
    const result = settleTask({ terms, seed, human: draw, ai: draw, ballots, gold: golds });
    expect(result.ballots[3]).to.include({ goldFailed: true, multiplePpm: 0, payUnits: 0n });
  });

  it("never pays for gold, it only gates: no multiple, no pay and no vote is ever more than without", () => {
    const verdict = fc.option(fc.constantFrom<CanonicalVerdict>(0, 1, 2), { nil: undefined });
    const arbitrary = fc.record({
      ballots: fc.array(
        fc.record({
          role: fc.constantFrom<"Human" | "Ai">("Human", "Ai"),
          noise: fc.array(verdict, { minLength: itemCount, maxLength: itemCount }),
          accuracy: fc.integer({ min: 0, max: 10 }),
        }),
        { minLength: 2, maxLength: 8 },
      ),
      golds: fc.uniqueArray(fc.integer({ min: 0, max: itemCount - 1 }), {
        maxLength: mostGolds(itemCount),
      }),
      wrongKey: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    });
    fc.assert(
      fc.property(arbitrary, ({ ballots, golds: items, wrongKey }) => {
        const made = ballots.map(({ role, noise, accuracy }, i) =>
          ballotOf(
            `v${i}`,
            role,
            noise.map((said, item) =>
              said !== undefined && (item * 7 + i) % 10 < accuracy
                ? (truth[item] as CanonicalVerdict)
                : said,
            ),
          ),
        );
        const gold = items
          .sort((a, b) => a - b)
          .map((itemIndex): Gold => {
            const answer = truth[itemIndex] as 0 | 1;
            return { itemIndex, answer: wrongKey ? ((1 - answer) as 0 | 1) : answer };
          });
        const input = { terms, seed, human: draw, ai: draw, ballots: made };
        const [without, gated] = [settleTask(input), settleTask({ ...input, gold })];
        expect(gated.tallies).to.deep.equal(without.tallies);
        expect(gated.refundUnits).to.equal(without.refundUnits);
        expect(gated.feeUnits).to.equal(without.feeUnits);
        const { refundUnits, feeUnits, paidUnits, restUnits } = gated;
        expect(refundUnits + feeUnits + paidUnits + restUnits).to.equal(gated.escrowUnits);
        gated.ballots.forEach((ballot, i) => {
          const free = without.ballots[i] as (typeof without.ballots)[number];
          const { scorePpm, scored, weight, lossUnits } = free;
          expect(ballot).to.include({ scorePpm, scored, weight, lossUnits });
          expect(ballot.goldRight + ballot.goldWrong).to.be.at.most(gold.length);
          expect(ballot.payUnits).to.equal(ballot.goldFailed ? 0n : free.payUnits);
          expect(ballot.multiplePpm).to.equal(
            ballot.goldFailed ? Math.min(free.multiplePpm, 0) : free.multiplePpm,
          );
        });
      }),
      { numRuns: 150 },
    );
  });

  it("gives a forfeited and a void ballot no golds", () => {
    const silent = { ...ballotOf("silent", "Human", truth), entries: undefined };
    const bad = { ...ballotOf("bad", "Human", truth), judgments: 3 };
    const result = settleTask({
      terms,
      seed,
      human: draw,
      ai: draw,
      ballots: [silent, bad],
      gold: golds,
    });
    for (const ballot of result.ballots) {
      expect(ballot).to.include({ goldRight: 0, goldWrong: 0, goldFailed: false });
    }
    expect(result.ballots[0]?.validator).to.equal(addressOf("silent"));
  });
});
