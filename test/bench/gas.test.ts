import { readFile } from "node:fs/promises";

import { expect } from "chai";

import { measureTask, type TaskCost } from "../../bench/gas-of-task.ts";
import { measureEas } from "../../bench/rivals/eas.ts";
import type { RivalCost } from "../../bench/rivals/rival-cost.ts";
import { HEADLINE, SHAPES } from "../../bench/shapes.ts";

/** By how much a figure may differ, either way, before bench/gas.json has to be measured anew, and its difference read. */
const SLACK = 0.02;

interface Committed {
  readonly cells: readonly TaskCost[];
  readonly rivals: readonly RivalCost[];
}

describe("The gas report, bench/gas.json", function () {
  this.timeout(120_000);
  let committed: readonly TaskCost[];
  let rivals: readonly RivalCost[];

  before(async () => {
    const file = new URL("../../bench/gas.json", import.meta.url);
    ({ cells: committed, rivals } = JSON.parse(await readFile(file, "utf8")) as Committed);
  });

  function expectUnchanged(
    what: string,
    measured: number | undefined,
    before: number | undefined,
  ): void {
    if (measured === undefined || before === undefined) throw new Error(`no figure of ${what}`);
    expect(
      Math.abs(measured - before) / before,
      `${what} costs ${measured}, not ${before}: run \`npm run bench:gas -- --json bench/gas.json\` and read the difference`,
    ).to.be.at.most(SLACK);
  }

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
      for (const step of ["commit", "reveal", "settle"] as const)
        expectUnchanged(step, measured.steps[step].gas, committed[cell]?.steps[step].gas);
    });
  }

  it("has a judgment at a hundredth of one EAS attestation or less", async () => {
    const attest = ({ name }: RivalCost): boolean => name === "EAS attest";
    const measured = (await measureEas()).find(attest)?.gasPerItem;
    const ours = committed[SHAPES.indexOf(HEADLINE)];
    expect(measured).to.be.at.least(100 * (ours?.gasPerJudgment ?? Infinity));
    expectUnchanged("EAS attest", measured, rivals.find(attest)?.gasPerItem);
  });
});
