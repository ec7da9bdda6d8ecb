import { expect } from "chai";
import { createRandom } from "../support/random.ts";
import { differences } from "./outcome.ts";
import { simulatePath } from "./path.ts";
import { planKills, VICTIMS } from "./plan-kills.ts";

describe("a replay whose processes are killed", function () {
  this.timeout(600_000);

  it("comes to the same votes, scores, money and rows as an undisturbed one", async () => {
    const report = await simulatePath({
      seed: 1,
      runs: 2,
      say: (line) => console.log(`      ${line}`),
    });
    expect(report.runs.flatMap((run) => run.differences)).to.deep.equal([]);
    expect(report.runs).to.have.length(2);
  });
});

describe("the plan of kills", () => {
  it("is the same for the same seed, and kills every process", () => {
    const plan = planKills(createRandom(7), 40, 5);
    expect(planKills(createRandom(7), 40, 5)).to.deep.equal(plan);
    expect(new Set(plan.map(({ victim }) => victim))).to.deep.equal(new Set(VICTIMS));
    expect(planKills(createRandom(8), 40, 5)).not.to.deep.equal(plan);
  });
});

describe("the comparison of outcomes", () => {
  it("names each place where two differ", () => {
    expect(differences({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).to.deep.equal([]);
    expect(differences({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }], c: 0 })).to.deep.equal([
      "/a/1/b: 2 and 3",
      "/c: undefined and 0",
    ]);
  });
});
