import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readJudgmentsFile } from "../../cli/replay/judgments-file.ts";
import { groupJudgments } from "../../cli/replay/units.ts";
import { isScrutineerError } from "../../protocol/errors.ts";
import { makeJudgments, writeJudgments } from "../support/judgments-file.ts";

async function codeOf(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await work;
  } catch (error) {
    if (isScrutineerError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: "none", message: "" };
}

describe("A file of judgments already given", () => {
  let dir: string;
  const rows = makeJudgments({
    seed: 1,
    units: 9,
    judges: ["ann", "bob"],
    diligence: 0.8,
    coverage: 1,
  });

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "scrutineer-judgments-"));
  });
  after(() => rm(dir, { recursive: true }));

  it("reads the same plain and gzipped", async () => {
    await writeJudgments(join(dir, "rows.jsonl"), rows);
    await writeJudgments(join(dir, "rows.jsonl.gz"), rows);
    expect(await readJudgmentsFile(join(dir, "rows.jsonl"))).to.deep.equal(rows);
    expect(await readJudgmentsFile(join(dir, "rows.jsonl.gz"))).to.deep.equal(rows);
  });

  it("names line and field of the first malformed row", async () => {
    const file = join(dir, "bad.jsonl");
    const bad = [rows[0], { ...rows[1], winner: "model_c" }].map((row) => JSON.stringify(row));
    await writeFile(file, bad.join("\n"));
    const { code, message } = await codeOf(readJudgmentsFile(file));
    expect(code).to.equal("import-field-invalid");
    expect(message).to.include("line 2").and.to.include("winner");
  });

  it("refuses a truncated line", async () => {
    const file = join(dir, "cut.jsonl");
    await writeFile(file, JSON.stringify(rows[0]).slice(0, 40));
    expect((await codeOf(readJudgmentsFile(file))).code).to.equal("import-json-invalid");
  });

  it("says when there is no such file", async () => {
    const { code } = await codeOf(readJudgmentsFile(join(dir, "none.jsonl.gz")));
    expect(code).to.equal("file-unreadable");
  });

  describe("sorted into units", () => {
    it("keeps the first of two votes of one judge on one unit and counts the rest", () => {
      const first = { ...rows[0], winner: "model_a" } as (typeof rows)[0];
      const again = { ...first, winner: "model_b" } as (typeof rows)[0];
      const given = groupJudgments([first, again], []);
      expect(given.duplicatesDropped).to.equal(1);
      expect(given.byJudge.human.get(first.judge)).to.deep.equal([{ itemIndex: 0, verdict: 0 }]);
    });

    it("takes an inconsistent tie for a tie", () => {
      const row = { ...rows[0], winner: "tie (inconsistent)" } as (typeof rows)[0];
      const given = groupJudgments([], [row]);
      expect(given.byJudge.ai.get(row.judge)).to.deep.equal([{ itemIndex: 0, verdict: 2 }]);
    });

    it("lists units in order of first appearance and each judge's votes in item order", () => {
      const given = groupJudgments([...rows].reverse(), rows);
      expect(given.units).to.have.length(9);
      expect(given.units[0]).to.deep.equal(rows.at(-1));
      for (const votes of [...given.byJudge.human.values(), ...given.byJudge.ai.values()]) {
        const order = votes.map(({ itemIndex }) => itemIndex);
        expect(order).to.deep.equal([...order].sort((one, other) => one - other));
      }
    });
  });
});
