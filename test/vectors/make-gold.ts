/** Gold: packings, voids and gates, by the text of docs/protocol.md in exact fractions. */
import { concat, keccak256, toBeHex } from "ethers";
import type { Fraction } from "./fraction.ts";
import { fraction, isAtLeast } from "./fraction.ts";
import { abi, hashOf, numbers } from "./ingredients.ts";

type GoldVector = { itemIndex: number; answer: number };
type Counts = [number, number, number];

const packGolds = (golds: GoldVector[]): string =>
  golds.length === 0
    ? "0x"
    : concat(golds.flatMap((g) => [toBeHex(g.itemIndex, 3), toBeHex(g.answer, 1)]));

const everyNth = (count: number, step: number): GoldVector[] =>
  Array.from({ length: count }, (_, i) => ({ itemIndex: i * step, answer: i % 2 }));

function packings(): object {
  const valid = [
    { itemCount: 1, golds: [] },
    { itemCount: 7, golds: [{ itemIndex: 6, answer: 1 }] },
    { itemCount: 1814, golds: [{ itemIndex: 258, answer: 1 }] },
    { itemCount: 20, golds: everyNth(3, 8) },
    { itemCount: 419, golds: everyNth(62, 6) },
    { itemCount: 4096, golds: everyNth(614, 6) },
  ].map(({ itemCount, golds }, i) => {
    const salt = hashOf(`gold salt ${i}`);
    const packed = packGolds(golds);
    const goldHash = keccak256(abi.encode(["bytes32", "bytes"], [salt, packed]));
    return { itemCount, golds, packed, salt, goldHash };
  });
  const invalid = [
    { itemCount: 100, packed: "0x000000", code: "gold-invalid", why: "three bytes" },
    { itemCount: 100, packed: "0x0000000100", code: "gold-invalid", why: "five bytes" },
    { itemCount: 100, packed: "0x00000002", code: "gold-invalid", why: "a tie" },
    { itemCount: 100, packed: "0x000000ff", code: "gold-invalid", why: "answer 255" },
    { itemCount: 100, packed: "0x0000010000000101", code: "gold-invalid", why: "an item twice" },
    { itemCount: 100, packed: "0x0000020000000101", code: "gold-invalid", why: "descending" },
    { itemCount: 100, packed: "0x00006400", code: "gold-invalid", why: "an item too far" },
    { itemCount: 6, packed: "0x00000000", code: "gold-too-many", why: "one of 6" },
    {
      itemCount: 100,
      packed: packGolds(everyNth(16, 6)),
      code: "gold-too-many",
      why: "16 of 100",
    },
    {
      itemCount: 419,
      packed: packGolds(everyNth(63, 6)),
      code: "gold-too-many",
      why: "63 of 419",
    },
  ];
  return { valid, invalid };
}

/** At least 3 votes, and at least two thirds of them against. */
function isVoid(answer: number, human: Counts): boolean {
  const votes = human[0] + human[1] + human[2];
  if (votes < 3) return false;
  const against = fraction(BigInt(votes - (human[answer] as number)), BigInt(votes));
  return isAtLeast(against, fraction(2n, 3n));
}

function voids(): object[] {
  const made: object[] = [];
  for (let votes = 0; votes <= 15; votes++) {
    for (let agreeing = 0; agreeing <= votes; agreeing++) {
      for (const answer of [0, 1]) {
        const ties = Math.floor((votes - agreeing) / 2);
        const others = votes - agreeing - ties;
        const human: Counts = answer === 0 ? [agreeing, others, ties] : [others, agreeing, ties];
        made.push({ answer, human, void: isVoid(answer, human) });
      }
    }
  }
  return made;
}

const ONE_IN_49 = fraction(1n, 49n);

/** (p1/p0)^right · ((1 − p1)/(1 − p0))^wrong ≤ 1/49 with p1 = .85, p0 = .60. */
function fails(right: number, wrong: number): boolean {
  const ratio: Fraction = fraction(
    17n ** BigInt(right) * 3n ** BigInt(wrong),
    12n ** BigInt(right) * 8n ** BigInt(wrong),
  );
  return isAtLeast(ONE_IN_49, ratio);
}

/** By number of right answers: the least wrong ones that fail, or -1 where 60 golds hold too few. */
function leastWrongToFail(): number[] {
  return Array.from({ length: 61 }, (_, right) => {
    const room = Array.from({ length: 61 - right }, (_, wrong) => wrong);
    return room.find((wrong) => fails(right, wrong)) ?? -1;
  });
}

/** `human`: an item's votes for A, B and tie, a digit each. */
function tasks(): object[] {
  const random = numbers(85_60);
  return Array.from({ length: 16 }, (_, round) => {
    const itemCount = 20 + random(round % 4 === 0 ? 900 : 200);
    const most = Math.floor((itemCount * 15) / 100);
    const contradicted = [5, 10, 20][round % 3] as number;
    const golds: GoldVector[] = [];
    const human: Counts[] = [];
    for (let itemIndex = 0; itemIndex < itemCount; itemIndex++) {
      const answer = random(2);
      const isGold = golds.length < most && random(100) < 20;
      if (isGold) golds.push({ itemIndex, answer });
      const people = random(100) < contradicted ? 1 - answer : answer;
      const counts: Counts = [0, 0, 0];
      for (let votes = random(6); votes > 0; votes--) {
        const vote = random(10) < 8 ? people : random(3);
        counts[vote] = (counts[vote] as number) + 1;
      }
      human.push(counts);
    }
    const contradictedGolds = golds.filter(({ itemIndex, answer }) =>
      isVoid(answer, human[itemIndex] as Counts),
    );
    const valid = golds.filter((gold) => !contradictedGolds.includes(gold));
    const gate = contradictedGolds.length * 10 <= golds.length;
    const validators = [95, 80, 65, 50, 20].map((accuracy) => {
      const entries: { itemIndex: number; verdict: number }[] = [];
      let right = 0;
      let wrong = 0;
      for (let itemIndex = 0; itemIndex < itemCount; itemIndex++) {
        if (random(10) < 2) continue;
        const known = golds.find((gold) => gold.itemIndex === itemIndex);
        const truth = known === undefined ? random(2) : known.answer;
        const verdict = random(100) < accuracy ? truth : random(2) === 0 ? 2 : 1 - truth;
        entries.push({ itemIndex, verdict });
        if (!gate || known === undefined || !valid.includes(known) || right + wrong === 60)
          continue;
        if (verdict === known.answer) right += 1;
        else wrong += 1;
      }
      return {
        entries: packGolds(
          entries.map(({ itemIndex, verdict }) => ({ itemIndex, answer: verdict })),
        ),
        right,
        wrong,
        failed: gate && fails(right, wrong),
      };
    });
    return {
      itemCount,
      golds: packGolds(golds),
      human: human.map((counts) => counts.join("")).join(" "),
      void: contradictedGolds.map(({ itemIndex }) => itemIndex),
      gate,
      validators,
    };
  });
}

export function goldVectors(): object {
  return {
    packings: packings(),
    voids: voids(),
    leastWrongToFail: leastWrongToFail(),
    tasks: tasks(),
  };
}
