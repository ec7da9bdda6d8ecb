import { expect } from "chai";
import fc from "fast-check";
import type { Entry } from "../../protocol/ballot.ts";
import { L, scoreOf } from "../../protocol/peer-score.ts";
import type { Counts, Tally } from "../../protocol/tally.ts";
import { aiLabelOf, emptyTally, totalOf } from "../../protocol/tally.ts";
import type { CanonicalVerdict, Role } from "../../protocol/words.ts";
import { readVectors } from "../vectors/read-vectors.ts";

interface ScoreVector {
  conditionOnAi: boolean;
  tallies: Tally[];
  validators: { role: Role; entries: Entry[]; scorePpm: number; scored: number }[];
}

/** votes[item][person]: a verdict, or undefined where that person did not judge. */
type Votes = (CanonicalVerdict | undefined)[][];

const verdictArbitrary = fc.constantFrom<CanonicalVerdict>(0, 1, 2);
const votesArbitrary = (people: number): fc.Arbitrary<Votes> =>
  fc.array(
    fc.array(fc.option(verdictArbitrary, { nil: undefined }), {
      minLength: people,
      maxLength: people,
    }),
    { minLength: 1, maxLength: 14 },
  );
const aiCountsArbitrary = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3));

function tallyVotes(votes: Votes, ai: Counts[] = []): Tally[] {
  return votes.map((onItem, item) => {
    const tally = emptyTally();
    for (const verdict of onItem) if (verdict !== undefined) tally.human[verdict] += 1;
    return { human: tally.human, ai: ai[item] ?? [0, 0, 0] };
  });
}

function entriesOf(votes: Votes, person: number): Entry[] {
  return votes.flatMap((onItem, itemIndex) => {
    const verdict = onItem[person];
    return verdict === undefined ? [] : [{ itemIndex, verdict }];
  });
}

const read =
  (tallies: Tally[]) =>
  (itemIndex: number): Tally =>
    tallies[itemIndex] as Tally;

/**
 * Dasgupta and Ghosh's payment, played out: over all of a person's ordered pairs of items, the mean chance of agreeing with
 * a random peer on the one minus that of agreeing across the two. In units of 1 / L^1, so that it is exact.
 */
function playedOut(votes: Votes, person: number): { sumOverL: bigint; n: number } {
  const items = votes.flatMap((onItem, item) => {
    const own = onItem[person];
    const peers = onItem.filter((verdict, p) => p !== person && verdict !== undefined);
    return own === undefined || peers.length === 0 ? [] : [{ own, peers, item }];
  });
  let sumOverL = 0n;
  for (const bonus of items) {
    for (const other of items) {
      if (other === bonus) continue;
      for (const peer of bonus.peers) {
        if (peer === bonus.own) sumOverL += BigInt(L / bonus.peers.length);
      }
      for (const peer of other.peers) {
        if (peer === bonus.own) sumOverL -= BigInt(L / other.peers.length);
      }
    }
  }
  return { sumOverL, n: items.length };
}

describe("the score", () => {
  it("is the golden vectors', each a brute-force mean in exact fractions", () => {
    for (const { conditionOnAi, tallies, validators } of readVectors<ScoreVector[]>("scores")) {
      for (const { role, entries, scorePpm, scored } of validators) {
        expect(scoreOf(role, entries, read(tallies), conditionOnAi)).to.deep.equal({
          scorePpm,
          scored,
        });
      }
    }
  });

  it("is the published covariance payment of five people on eight items", () => {
    const { judgments, expected } = readVectors<{
      judgments: Record<string, Record<string, CanonicalVerdict>>;
      expected: Record<string, { n: number; score: string }>;
    }>("peer-prediction");
    const people = Object.keys(expected);
    const votes = Object.values(judgments).map((onItem) => people.map((name) => onItem[name]));
    const tallies = tallyVotes(votes);
    people.forEach((name, person) => {
      const { n, score } = expected[name] as { n: number; score: string };
      const [num, den] = score.split("/").map(Number) as [number, number];
      const ours = scoreOf("Human", entriesOf(votes, person), read(tallies), false);
      expect(ours.scored).to.equal(n);
      // Truncated once at 10^6 D / (L (n - 1)), once at the division by n.
      expect(ours.scorePpm).to.equal(Math.trunc(Math.trunc((num * n * 1e6) / den) / n));
    });
  });

  it("equals Dasgupta and Ghosh's payments played out pair by pair", () => {
    fc.assert(
      fc.property(votesArbitrary(5), (votes) => {
        const tallies = tallyVotes(votes);
        for (let person = 0; person < 5; person++) {
          const { sumOverL, n } = playedOut(votes, person);
          const expected =
            n < 2
              ? { scorePpm: 0, scored: 0 }
              : {
                  scorePpm: Number((1_000_000n * sumOverL) / BigInt(L * (n - 1)) / BigInt(n)),
                  scored: n,
                };
          expect(scoreOf("Human", entriesOf(votes, person), read(tallies), false)).to.deep.equal(
            expected,
          );
        }
      }),
    );
  });

  it("[G10] is exactly zero for any constant answer, of a person or an AI, conditioned or not", () => {
    fc.assert(
      fc.property(
        votesArbitrary(6),
        fc.array(aiCountsArbitrary, { minLength: 14, maxLength: 14 }),
        verdictArbitrary,
        fc.boolean(),
        (votes, ai, constant, conditionOnAi) => {
          const own = votes.map((onItem) => [
            ...onItem.slice(0, 5),
            onItem[5] === undefined ? undefined : constant,
          ]);
          const tallies = tallyVotes(own, ai);
          const entries = entriesOf(own, 5);
          expect(scoreOf("Human", entries, read(tallies), conditionOnAi).scorePpm).to.equal(0);
          expect(scoreOf("Ai", entries, read(tallies), conditionOnAi).scorePpm).to.equal(0);
        },
      ),
    );
  });

  it("[G10] is exactly zero for a person who copies the AIs, where people are conditioned on them", () => {
    fc.assert(
      fc.property(
        votesArbitrary(6),
        fc.array(aiCountsArbitrary, { minLength: 14, maxLength: 14 }),
        verdictArbitrary,
        (votes, ai, otherwise) => {
          const copied = votes.map((onItem, item) => {
            const label = aiLabelOf({ human: [0, 0, 0], ai: ai[item] as Counts });
            const verdict = label === "none" ? otherwise : label;
            return [...onItem.slice(0, 5), onItem[5] === undefined ? undefined : verdict];
          });
          const tallies = tallyVotes(copied, ai);
          expect(scoreOf("Human", entriesOf(copied, 5), read(tallies), true).scorePpm).to.equal(0);
        },
      ),
    );
  });

  it("does not depend on the names of the labels", () => {
    fc.assert(
      fc.property(votesArbitrary(4), (votes) => {
        const renamed = votes.map((onItem) =>
          onItem.map((v) => (v === undefined ? v : (((v + 1) % 3) as CanonicalVerdict))),
        );
        for (let person = 0; person < 4; person++) {
          expect(
            scoreOf("Human", entriesOf(renamed, person), read(tallyVotes(renamed)), false),
          ).to.deep.equal(
            scoreOf("Human", entriesOf(votes, person), read(tallyVotes(votes)), false),
          );
        }
      }),
    );
  });

  it("lies between -1 and 1 and rests on no more judgments than were made", () => {
    fc.assert(
      fc.property(votesArbitrary(4), (votes) => {
        const entries = entriesOf(votes, 0);
        const { scorePpm, scored } = scoreOf("Human", entries, read(tallyVotes(votes)), false);
        return Math.abs(scorePpm) <= 1_000_000 && scored <= entries.length;
      }),
    );
  });

  it("stays exact at the largest ballot", () => {
    const items = 4096;
    const votes: Votes = Array.from({ length: items }, (_, i) => [
      (i % 2) as CanonicalVerdict,
      (i % 2) as CanonicalVerdict,
    ]);
    // Full agreement on two even labels: 1 - (n/2 - 1)/(n - 1) = n / (2(n - 1)).
    expect(scoreOf("Human", entriesOf(votes, 0), read(tallyVotes(votes)), false)).to.deep.equal({
      scorePpm: Math.trunc((1e6 * items) / (2 * (items - 1))),
      scored: items,
    });
  });

  it("is nothing for a lone judgment, or where nobody else judged", () => {
    const alone: Votes = [[0], [1], [2]];
    expect(scoreOf("Human", entriesOf(alone, 0), read(tallyVotes(alone)), false)).to.deep.equal({
      scorePpm: 0,
      scored: 0,
    });
    const once: Votes = [[0, 0]];
    expect(scoreOf("Human", entriesOf(once, 0), read(tallyVotes(once)), false).scored).to.equal(0);
    // An AI needs people, not peers of its own.
    expect(scoreOf("Ai", entriesOf(alone, 0), read(tallyVotes(alone)), false).scored).to.equal(3);
  });
});

describe("an item's AI label", () => {
  it("is the verdict with strictly most AI votes, or none", () => {
    const label = (...ai: Counts): string => String(aiLabelOf({ human: [9, 9, 9], ai }));
    expect(label(1, 0, 0)).to.equal("0");
    expect(label(1, 2, 1)).to.equal("1");
    expect(label(1, 1, 2)).to.equal("2");
    expect(label(0, 0, 0)).to.equal("none");
    expect(label(1, 1, 0)).to.equal("none");
    expect(label(2, 1, 2)).to.equal("none");
    expect(totalOf([1, 2, 3])).to.equal(6);
  });
});
