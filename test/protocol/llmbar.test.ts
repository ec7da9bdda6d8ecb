import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import type { Gold } from "../../protocol/gold.ts";
import { drawOf } from "../../protocol/pool.ts";
import type { CommittedBallot, SettledBallot, SettlementTerms } from "../../protocol/settlement.ts";
import { settleTask } from "../../protocol/settlement.ts";
import { ticketsOf } from "../../protocol/ticket.ts";
import type { Entry } from "../../protocol/ballot.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import type { Address } from "../../protocol/words.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import { addressOf, ballotOf, everyTicket, seed } from "./made-ballot.ts";

const file = new URL("../../../shared/data/llmbar/llmbar.jsonl", import.meta.url);

interface Pair {
  readonly label: 1 | 2;
  /** By judge: the verdict with output 1 shown first, and with output 2 first; null where it gave none. */
  readonly judges: Record<string, readonly [string | null, string | null]>;
}

/** Five prompts each, as one task each: an item has room for 7 AIs. */
const families = ["ChatGPT", "ChatGPT-0301", "Falcon", "GPT-4", "LLaMA2", "PaLM2"];

describe("gold on LLMBar, whose right answers are known (Zeng et al. 2024)", () => {
  const settled = new Map<string, SettledBallot>();
  let pairs: Pair[] = [];

  const terms = (): SettlementTerms & { minJudgments: number; oversubscription: number } => ({
    itemCount: pairs.length,
    humanVotes: 3,
    aiVotes: 3,
    humanPrice: 1_000n,
    aiPrice: 100n,
    operatorFee: 0n,
    fullPayScore: 250_000,
    breakEven: 50_000,
    maxPenalty: 500_000,
    conditionOnAi: false,
    minJudgments: 40,
    oversubscription: 1_000_000,
  });
  const answerOf = ({ label }: Pair): 0 | 1 => (label === 1 ? 0 : 1);

  /** What the judge said of each item it has a ticket for, in the order in which the ticket shows the two. */
  function ballotOfJudge(judge: string, threshold: bigint): CommittedBallot {
    const validator: Address = addressOf(judge);
    const ticket = ticketsOf(seed, validator, threshold);
    const entries = pairs.flatMap(({ judges }, itemIndex): Entry[] => {
      const { eligible, flip } = ticket(itemIndex);
      const said = judges[judge]?.[flip ? 1 : 0] ?? null;
      if (!eligible || said === null) return [];
      const saidLeft = (said === "1") !== flip;
      return [{ itemIndex, verdict: saidLeft ? 0 : 1 }];
    });
    return { validator, role: "Ai", judgments: entries.length, entries: encodeEntries(entries) };
  }

  before(function () {
    if (!existsSync(file)) {
      console.log(`      (skipped: no ${file.pathname})`);
      this.skip();
    }
    pairs = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Pair);
    const right = pairs.map(answerOf);
    const gold = right
      .map((answer, itemIndex): Gold => ({ itemIndex, answer }))
      .filter(({ itemIndex }) => itemIndex % 7 === 3);
    const people = ["ann", "bob", "cyd"].map((name) => ballotOf(name, "Human", right));
    const open = {
      humanAdmissionRoot: ZERO_HASH,
      aiAdmissionRoot: ZERO_HASH,
      humanSeats: 0,
      aiSeats: 0,
    };

    for (const family of families) {
      const judges = Object.keys(pairs[0]?.judges ?? {}).filter((judge) =>
        judge.startsWith(`${family}/`),
      );
      const ai = drawOf({ ...terms(), ...open }, "Ai", judges.length, 40);
      const ais = judges.map((judge) => ballotOfJudge(judge, ai.threshold));
      const result = settleTask({
        terms: terms(),
        seed,
        human: { threshold: everyTicket, need: 40 },
        ai,
        ballots: [...people, ...ais],
        gold,
      });
      expect(result.gold).to.deep.equal({ valid: gold, void: [], gate: true });
      judges.forEach((judge, i) =>
        settled.set(judge, result.ballots[people.length + i] as SettledBallot),
      );
    }
  });

  const of = (judge: string): SettledBallot => settled.get(judge) as SettledBallot;

  it("lets GPT-4, most of PaLM 2 and one that is lucky pass, of 30 AI judges", () => {
    for (const [judge, ballot] of settled) {
      const { goldRight, goldWrong, goldFailed, scorePpm, payUnits } = ballot;
      console.log(
        `      ${goldFailed ? "fails " : "passes"} ${judge.padEnd(30)} ${goldRight} right, ${goldWrong} wrong; score ${scorePpm}, paid ${payUnits}`,
      );
    }
    const passed = [...settled.keys()].filter((judge) => !of(judge).goldFailed);
    expect(passed).to.deep.equal([
      "Falcon/Swap", // 52 % right over all, lucky on these golds
      "GPT-4/CoT",
      "GPT-4/Metrics_Reference",
      "GPT-4/Swap",
      "GPT-4/Vanilla",
      "GPT-4/Vanilla_NoRules",
      "PaLM2/Metrics_Reference",
      "PaLM2/Swap",
      "PaLM2/Vanilla",
      "PaLM2/Vanilla_NoRules",
    ]);
    expect(of("PaLM2/CoT")).to.include({ goldFailed: true, goldRight: 20, goldWrong: 15 });
  });

  it("asks each about 3 in 5 of the 60 golds, as its tickets have it", () => {
    for (const { goldRight, goldWrong } of settled.values()) {
      expect(goldRight + goldWrong).to.be.within(25, 47);
    }
  });

  it("leaves whoever fails without pay, whatever it scored", () => {
    const failed = [...settled.values()].filter(({ goldFailed }) => goldFailed);
    for (const ballot of failed) {
      expect(ballot.payUnits).to.equal(0n);
      expect(ballot.multiplePpm).to.be.at.most(0);
    }
  });
});
