import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import type { Entry } from "../../protocol/ballot.ts";
import type { Message } from "../../protocol/item.ts";
import { isEmpty, isIdentical, splitConversations } from "../../protocol/item.ts";
import { scoreOf } from "../../protocol/peer-score.ts";
import type { Tally } from "../../protocol/tally.ts";
import { emptyTally, totalOf } from "../../protocol/tally.ts";
import type { CanonicalVerdict } from "../../protocol/words.ts";

const folder = new URL("../../../shared/data/mtbench/", import.meta.url);

interface Battle {
  question_id: number;
  turn: number;
  model_a: string;
  model_b: string;
  winner: string;
  judge: string;
  conversation_a: Message[];
  conversation_b: Message[];
}

function readBattles(name: string): Battle[] {
  return gunzipSync(readFileSync(new URL(name, folder)))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Battle);
}

const unitOf = (battle: Battle): string =>
  [battle.question_id, battle.turn, battle.model_a, battle.model_b].join("|");

function verdictOf({ winner }: Battle): CanonicalVerdict {
  return winner === "model_a" ? 0 : winner === "model_b" ? 1 : 2;
}

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe("the score on MT-bench's real judges (Zheng et al. 2023)", () => {
  const tallies: Tally[] = [];
  const peopleEntries = new Map<string, Entry[]>();
  const gpt4Entries: Entry[] = [];
  let units: Battle[] = [];
  let people: Battle[] = [];

  before(function () {
    if (!existsSync(folder)) {
      console.log(`      (skipped: no ${folder.pathname})`);
      this.skip();
    }
    units = readBattles("gpt4_pair.jsonl.gz");
    people = readBattles("human.jsonl.gz");
    const itemOf = new Map(units.map((battle, itemIndex) => [unitOf(battle), itemIndex]));

    units.forEach((battle, itemIndex) => {
      const tally = emptyTally();
      tally.ai[verdictOf(battle)] += 1;
      tallies.push(tally);
      gpt4Entries.push({ itemIndex, verdict: verdictOf(battle) });
    });
    const seen = new Set<string>();
    for (const battle of people) {
      const itemIndex = itemOf.get(unitOf(battle)) as number;
      const vote = `${battle.judge}|${itemIndex}`;
      if (seen.has(vote)) continue;
      seen.add(vote);
      const entries = peopleEntries.get(battle.judge) ?? [];
      entries.push({ itemIndex, verdict: verdictOf(battle) });
      peopleEntries.set(battle.judge, entries);
      (tallies[itemIndex] as Tally).human[verdictOf(battle)] += 1;
    }
  });

  const tallyOf = (itemIndex: number): Tally => tallies[itemIndex] as Tally;
  const scoresOfPeople = (conditionOnAi: boolean): number[] =>
    [...peopleEntries.values()]
      .map((entries) => ({
        // The same 59 people with and without strata: 20 or more items with a peer's vote.
        counts:
          entries.filter(({ itemIndex }) => totalOf(tallyOf(itemIndex).human) > 1).length >= 20,
        score: scoreOf("Human", entries, tallyOf, conditionOnAi).scorePpm,
      }))
      .filter(({ counts }) => counts)
      .map(({ score }) => score);

  it("has 1,814 units, 65 people and 5,168 judgments beside one repeat", () => {
    expect(units.length).to.equal(1814);
    expect(peopleEntries.size).to.equal(65);
    const judgments = [...peopleEntries.values()].reduce((sum, list) => sum + list.length, 0);
    expect(judgments + units.length).to.equal(5168);
    expect(people.length - judgments).to.equal(1);
  });

  it("is 322,103 ppm for GPT-4 as an AI validator, conditioned or not", () => {
    for (const conditionOnAi of [false, true]) {
      expect(scoreOf("Ai", gpt4Entries, tallyOf, conditionOnAi).scorePpm).to.equal(322103);
    }
  });

  it("averages 301,006 ppm over the 59 people with 20 or more scored items, 126,559 at least", () => {
    const scores = scoresOfPeople(false);
    expect(scores.length).to.equal(59);
    expect(Math.trunc(mean(scores))).to.equal(301006);
    expect(Math.min(...scores)).to.equal(126559);
  });

  it("averages 140,066 ppm where people are conditioned on GPT-4", () => {
    expect(Math.trunc(mean(scoresOfPeople(true)))).to.equal(140066);
  });

  it("[G10] is exactly zero for a person who gives GPT-4's answers on everything it judged, if conditioned", () => {
    const withCopycat = tallies.map((tally, itemIndex): Tally => {
      const human: Tally["human"] = [...tally.human];
      human[(gpt4Entries[itemIndex] as Entry).verdict] += 1;
      return { human, ai: tally.ai };
    });
    const copycat = (conditionOnAi: boolean): number =>
      scoreOf("Human", gpt4Entries, (i) => withCopycat[i] as Tally, conditionOnAi).scorePpm;
    expect(copycat(true)).to.equal(0);
    expect(copycat(false)).to.equal(322103);
  });

  it("finds 14 identical pairs and 4 with an empty answer", () => {
    const pairs = units.map((battle) =>
      splitConversations(battle.conversation_a, battle.conversation_b),
    );
    expect(pairs.filter(({ outputA, outputB }) => isIdentical(outputA, outputB)).length).to.equal(
      14,
    );
    expect(pairs.filter(({ outputA, outputB }) => isEmpty(outputA, outputB)).length).to.equal(4);
  });
});
