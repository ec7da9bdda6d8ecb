import { expect } from "chai";
import fc from "fast-check";
import { decodeEntries } from "../../protocol/ballot.ts";
import type {
  CommittedBallot,
  SettlementInput,
  SettlementTerms,
} from "../../protocol/settlement.ts";
import { settleTask } from "../../protocol/settlement.ts";
import type { Counts } from "../../protocol/tally.ts";
import { totalOf } from "../../protocol/tally.ts";
import { eligibleItems } from "../../protocol/ticket.ts";
import type { CanonicalVerdict, Role } from "../../protocol/words.ts";
import { addressOf, ballotOf, everyTicket, seed } from "./made-ballot.ts";

const terms: SettlementTerms = {
  itemCount: 6,
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

const settle = (
  ballots: CommittedBallot[],
  change: Partial<SettlementInput> = {},
): ReturnType<typeof settleTask> =>
  settleTask({ terms, seed, human: draw, ai: draw, ballots, ...change });

describe("a settlement", () => {
  const truth: CanonicalVerdict[] = [0, 1, 2, 0, 1, 2];

  describe("of three people who agree and an AI", () => {
    const result = settle([
      ...["ann", "bob", "cyd"].map((name) => ballotOf(name, "Human", truth)),
      ballotOf("model", "Ai", truth),
    ]);

    it("tallies canonical verdicts, people and AIs apart", () => {
      expect(result.tallies[0]).to.deep.equal({ human: [3, 0, 0], ai: [1, 0, 0] });
      expect(result.tallies[5]).to.deep.equal({ human: [0, 0, 3], ai: [0, 0, 1] });
    });

    it("keeps the effective entries, canonical", () => {
      const [ann] = result.ballots;
      expect(decodeEntries(ann?.entries ?? "0x")).to.deep.equal(
        truth.map((verdict, itemIndex) => ({ itemIndex, verdict })),
      );
    });

    it("pays each in full and leaves no rest", () => {
      expect(result.ballots.map(({ payUnits }) => payUnits)).to.deep.equal([
        6_000n,
        6_000n,
        6_000n,
        600n,
      ]);
      expect(result).to.include({
        refundUnits: 0n,
        feeUnits: 240n,
        paidUnits: 18_600n,
        restUnits: 0n,
        penaltyUnits: 0n,
        escrowUnits: 18_840n,
        paidVotesHuman: 18,
        paidVotesAi: 6,
      });
    });
  });

  it("forfeits the whole lock of a ballot never opened", () => {
    const silent: CommittedBallot = {
      validator: addressOf("silent"),
      role: "Human",
      judgments: 3,
      entries: undefined,
    };
    const result = settle([silent]);
    expect(result.ballots[0]).to.include({
      outcome: "forfeited",
      lossUnits: 1_500n,
      payUnits: 0n,
    });
    expect(result.refundUnits).to.equal(result.escrowUnits);
    expect(result.commonsUnits).to.equal(1_500n);
  });

  const whole: [string, string, Partial<CommittedBallot>][] = [
    ["out of order", "entries-order-invalid", { judgments: 2, entries: "0x0000010000000000" }],
    ["with a verdict above 2", "entries-verdict-invalid", { judgments: 1, entries: "0x00000003" }],
    ["of a broken length", "entries-length-invalid", { judgments: 1, entries: "0x0000000000" }],
    ["of another count", "judgments-mismatch", { judgments: 2, entries: "0x00000000" }],
  ];
  whole.forEach(([what, voidedBy, change]) => {
    it(`gives a ballot ${what} no votes, no pay and its lock back`, () => {
      const ballot = { ...ballotOf("ann", "Human", truth), ...change };
      const result = settle([ballot, ballotOf("bob", "Human", truth)]);
      expect(result.ballots[0]).to.include({
        outcome: "voided",
        voidedBy,
        entries: "0x",
        payUnits: 0n,
        lossUnits: 0n,
      });
      expect(result.tallies.map(({ human }) => totalOf(human))).to.deep.equal([1, 1, 1, 1, 1, 1]);
    });
  });

  it("drops an entry out of range alone", () => {
    const ballot = ballotOf("ann", "Human", [...truth, 0]);
    const [settled] = settle([ballot]).ballots;
    expect(settled?.voidEntries).to.deep.equal([{ itemIndex: 6, fault: "entry-out-of-range" }]);
    expect(settled?.votes.length).to.equal(6);
  });

  it("drops an entry without a ticket alone", () => {
    const validator = addressOf("ann");
    const threshold = everyTicket / 2n;
    const eligible = eligibleItems(seed, validator, threshold, 6);
    const ballot = ballotOf("ann", "Human", truth);
    const [settled] = settle([ballot], { human: { threshold, need: 2 } }).ballots;
    expect(settled?.votes.map(({ itemIndex }) => itemIndex)).to.deep.equal(eligible);
    expect(settled?.voidEntries.length).to.equal(6 - eligible.length);
    expect(settled?.voidEntries[0]?.fault).to.equal("item-not-eligible");
  });

  it("counts 15 people and 7 AIs on an item, in the order of their openings", () => {
    const people = Array.from({ length: 17 }, (_, i) => ballotOf(`p${i}`, "Human", [0, 1]));
    const ais = Array.from({ length: 9 }, (_, i) => ballotOf(`m${i}`, "Ai", [0, 1]));
    const result = settle([...ais, ...people]);
    expect(result.tallies[0]).to.deep.equal({ human: [15, 0, 0], ai: [7, 0, 0] });
    const full = result.ballots.filter(({ voidEntries }) => voidEntries.length > 0);
    expect(full.map(({ validator }) => validator)).to.deep.equal(
      ["m7", "m8", "p15", "p16"].map(addressOf),
    );
    expect(full[0]).to.include({ outcome: "scored", entries: "0x", payUnits: 0n, multiplePpm: 0 });
    expect(full[0]?.voidEntries[0]?.fault).to.equal("item-full");
  });

  it("[G11] adds up exactly: escrow = refund + fees + pay + rest, and no loss passes its lock", () => {
    const verdict = fc.option(fc.constantFrom<CanonicalVerdict>(0, 1, 2), { nil: undefined });
    const ballotArbitrary = fc.record({
      role: fc.constantFrom<Role>("Human", "Ai"),
      verdicts: fc.array(verdict, { minLength: 6, maxLength: 7 }),
      opened: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
      honest: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
    });
    const arbitrary = fc.record({
      ballots: fc.array(ballotArbitrary, { maxLength: 24 }),
      humanVotes: fc.integer({ min: 2, max: 15 }),
      aiVotes: fc.integer({ min: 1, max: 3 }),
      humanPrice: fc.bigInt(1n, 2n ** 96n - 1n),
      aiPrice: fc.bigInt(1n, 10n ** 6n),
      operatorFee: fc.bigInt(0n, 10n ** 20n),
      fullPayScore: fc.integer({ min: 10_000, max: 1_000_000 }),
      maxPenalty: fc.integer({ min: 0, max: 1_000_000 }),
      conditionOnAi: fc.boolean(),
      threshold: fc.bigInt(0n, everyTicket),
      need: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ ballots, threshold, need, ...change }) => {
        const made = ballots.map(({ role, verdicts, opened, honest }, i) => {
          const said = verdicts.map((v, item) =>
            v !== undefined && honest ? (truth[item] ?? v) : v,
          );
          const ballot = ballotOf(`v${i}`, role, said);
          return opened ? ballot : { ...ballot, entries: undefined };
        });
        const result = settle(made, {
          terms: { ...terms, ...change, breakEven: Math.floor(change.fullPayScore / 5) },
          human: { threshold, need },
          ai: { threshold: everyTicket, need },
        });
        const { refundUnits, feeUnits, paidUnits, restUnits } = result;
        expect(refundUnits + feeUnits + paidUnits + restUnits).to.equal(result.escrowUnits);
        for (const amount of [refundUnits, feeUnits, paidUnits, restUnits]) {
          expect(amount >= 0n).to.equal(true);
        }
        for (const ballot of result.ballots) {
          expect(ballot.lossUnits <= ballot.lockUnits).to.equal(true);
          expect(ballot.payUnits === 0n || ballot.lossUnits === 0n).to.equal(true);
        }
        const counted: Counts[] = result.tallies.map(({ human }) => human);
        const votes = counted.reduce((sum, counts) => sum + totalOf(counts), 0);
        const humanVotes = result.ballots
          .filter(({ role }) => role === "Human")
          .reduce((sum, ballot) => sum + ballot.votes.length, 0);
        expect(votes).to.equal(humanVotes);
      }),
      { numRuns: 300 },
    );
  });
});
