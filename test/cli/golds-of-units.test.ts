import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { readGoldsOfUnits } from "../../cli/replay/golds-of-units.ts";
import { groupJudgments } from "../../cli/replay/units.ts";
import { makeJudgments } from "../support/judgments-file.ts";

describe("Golds of judgments made elsewhere", () => {
  const { units } = groupJudgments(
    makeJudgments({ seed: 1, units: 20, judges: ["ann"], diligence: 1, coverage: 1 }),
    [],
  );
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "scrutineer-golds-"));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  async function read(rows: readonly object[], name = "gold.jsonl"): Promise<unknown> {
    const text = rows.map((row) => JSON.stringify(row)).join("\n");
    const file = join(dir, name);
    await writeFile(file, name.endsWith(".gz") ? gzipSync(text) : text);
    return readGoldsOfUnits(file, units).catch((error: unknown) => error);
  }
  const keyOf = (itemIndex: number): object => {
    const { question_id, turn, model_a, model_b } = units[itemIndex]!;
    return { question_id, turn, model_a, model_b };
  };

  it("name their unit as the judgments do, or by its place", async () => {
    const rows = [
      { ...keyOf(7), answer: "B" },
      { itemIndex: 3, answer: "A" },
    ];
    const golds = [
      { itemIndex: 7, answer: 1 },
      { itemIndex: 3, answer: 0 },
    ];
    expect(await read(rows)).to.deep.equal(golds);
    expect(await read(rows, "gold.jsonl.gz")).to.deep.equal(golds);
  });

  it("may be rows of the judgments' own layout", async () => {
    expect(await read([{ ...units[5], judge: "expert", winner: "model_b" }])).to.deep.equal([
      { itemIndex: 5, answer: 1 },
    ]);
  });

  it("may name the two models the other way round", async () => {
    const { question_id, turn, model_a, model_b } = units[6]!;
    const exchanged = { question_id, turn, model_a: model_b, model_b: model_a, answer: "A" };
    expect(await read([exchanged])).to.deep.equal([{ itemIndex: 6, answer: 1 }]);
  });

  for (const [what, row] of [
    ["a tie", { itemIndex: 1, winner: "tie" }],
    ["no answer", { itemIndex: 1 }],
    ["no unit", { answer: "A" }],
    [
      "a unit nobody judged",
      { question_id: 999, turn: 1, model_a: "a", model_b: "b", answer: "A" },
    ],
  ] as const) {
    it(`are refused with ${what}`, async () => {
      expect(await read([row])).to.include({ code: "gold-invalid" });
    });
  }
});
