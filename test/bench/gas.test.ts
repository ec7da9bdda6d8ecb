import { readFile } from "node:fs/promises";

import { expect } from "chai";

import { measureTask, type TaskCost } from "../../bench/gas-of-task.ts";
import { measureEas } from "../../bench/rivals/eas.ts";
import { HEADLINE, SHAPES } from "../../bench/shapes.ts";

/** By how much a step may grow before bench/gas.json has to be measured anew, and its difference read. */
const SLACK = 1.02;

interface Committed {
  readonly cells: readonly TaskCost[];
}

describe("The gas report, bench/gas.json", function () {
  this.timeout(120_000);
  let committed: readonly TaskCost[];

  before(async () => {
    const file = new URL("../../bench/gas.json", import.meta.url);
    committed = (JSON.parse(await readFile(file, "utf8")) as Committed).cells;
  });

  it("has every cell, in the order of the shapes", () => {
    expect(
      committed.map(({ judgments, validators, votes, conditionOnAi }) => ({
        judgments,
        validators,
        votes,
        conditionOnAi,
      })),
    ).to.deep.equal(SHAPES);
  });

  const SMALL_CONDITIONED = SHAPES.findIndex(
    ({ judgments, votes, conditionOnAi }) => judgments === 1_000 && votes === 3 && conditionOnAi,
  );
  for (const cell of [SHAPES.indexOf(HEADLINE), SMALL_CONDITIONED]) {
    const shape = SHAPES[cell];
    if (shape === undefined) throw new Error("no such cell");
    it(`still says what ${shape.judgments} judgments cost${shape.conditionOnAi ? ", conditioned on AI" : ""}`, async () => {
      const measured = await measureTask(shape);
      const before = committed[cell];
      expect(before, "the committed cell").to.not.equal(undefined);
      for (const step of ["commit", "reveal", "settle"] as const) {
        const limit = Math.floor((before?.steps[step].gas ?? 0) * SLACK);
        expect(
          measured.steps[step].gas,
          `${step} grew: run \`npm run bench:gas -- --json bench/gas.json\` and read the difference`,
        ).to.be.at.most(limit);
      }
    });
  }

  it("has a judgment at a hundredth of one EAS attestation or less", async () => {
    const attest = (await measureEas()).find(({ name }) => name === "EAS attest");
    const ours = committed[SHAPES.indexOf(HEADLINE)];
    expect(attest?.gasPerItem).to.be.at.least(100 * (ours?.gasPerJudgment ?? Infinity));
  });
});
