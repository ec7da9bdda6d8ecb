import { readFileSync } from "node:fs";
import { expect } from "chai";
import { mostGolds } from "../../protocol/gold.ts";
import { bradleyTerry } from "../../statistics/bradley-terry.ts";

interface ExamplePair {
  prompt: string | { role: string; content: string }[];
  response_a: string;
  response_b: string;
  model_a: string;
  model_b: string;
  category: string;
  language: string;
  better: "a" | "b" | "tie";
}

const lines = readFileSync(new URL("../../examples/example-set.jsonl", import.meta.url), "utf8");
const pairs = lines
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as ExamplePair);

describe("The example set", () => {
  it("holds at least 26 prompts, each once, with two differing answers", () => {
    expect(pairs.length).to.be.at.least(26);
    expect(new Set(pairs.map((pair) => JSON.stringify(pair.prompt))).size).to.equal(pairs.length);
    for (const pair of pairs) expect(pair.response_a).to.not.equal(pair.response_b);
  });

  it("covers languages, code, maths with formulas, safety, tables and conversations", () => {
    expect(new Set(pairs.map((pair) => pair.language)).size).to.be.at.least(6);
    const categories = new Set(pairs.map((pair) => pair.category));
    for (const category of ["code", "maths", "safety"]) expect(categories).to.include(category);
    const answers = pairs.flatMap((pair) => [pair.response_a, pair.response_b]);
    expect(answers.filter((text) => text.includes("$$")).length).to.be.at.least(3);
    expect(answers.filter((text) => /\|-{3}/.test(text)).length).to.be.at.least(2);
    expect(pairs.filter((pair) => Array.isArray(pair.prompt)).length).to.be.at.least(1);
  });

  it("has a gold set as large as a task of it may have, of the pairs' better answers", () => {
    const golds = readFileSync(
      new URL("../../examples/example-gold.jsonl", import.meta.url),
      "utf8",
    )
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { itemIndex: number; answer: "A" | "B" });
    expect(golds.length).to.equal(mostGolds(pairs.length));
    for (const { itemIndex, answer } of golds) {
      expect(pairs[itemIndex]?.better).to.equal(answer.toLowerCase());
    }
  });

  it("has a better answer on either side, and every model can be compared with every other", () => {
    for (const better of ["a", "b", "tie"]) {
      expect(pairs.filter((pair) => pair.better === better).length).to.be.at.least(5);
    }
    const board = bradleyTerry(
      pairs.map((pair) => ({
        first: pair.model_a,
        second: pair.model_b,
        score: { a: 1, b: 0, tie: 0.5 }[pair.better],
      })),
    );
    expect(board.models).to.have.length(4);
  });
});
