import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readGoldsFile } from "../../cli/golds-file.ts";
import type { ImportedPart } from "../../cli/create-task.ts";
import {
  readSealedGolds,
  refuseGoldsFile,
  sealGolds,
  writeSealedGolds,
} from "../../cli/sealed-golds.ts";
import { decodeGolds, goldHashOf } from "../../protocol/gold.ts";
import { MAX_ITEMS } from "../../protocol/terms.ts";

function part(itemCount: number, swapped: readonly number[] = []): ImportedPart {
  const manifestHash = `0x${itemCount.toString(16).padStart(64, "0")}`;
  return { itemCount, swapped, manifestHash } as unknown as ImportedPart;
}

const codeOf = (run: () => unknown): unknown => {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as { code: unknown }).code;
  }
};

describe("Golds of a file of pairs", () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "scrutineer-golds-"));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  async function fileOf(name: string, text: string): Promise<string> {
    const file = join(dir, name);
    await writeFile(file, text);
    return file;
  }

  describe("when read", () => {
    it("are one a line, blank lines aside", async () => {
      const file = await fileOf(
        "good.jsonl",
        '{"itemIndex": 4, "answer": "B"}\n\n{"itemIndex": 0, "answer": "A"}\n',
      );
      expect(await readGoldsFile(file)).to.deep.equal([
        { itemIndex: 4, answer: 1 },
        { itemIndex: 0, answer: 0 },
      ]);
    });

    for (const [what, line] of [
      ["no JSON", "{"],
      ["a tie", '{"itemIndex": 1, "answer": "tie"}'],
      ["no item", '{"answer": "A"}'],
      ["a word that is not of the format", '{"itemIndex": 1, "answer": "A", "why": "so"}'],
    ] as const) {
      it(`name the line that has ${what}`, async () => {
        const file = await fileOf("bad.jsonl", `{"itemIndex": 0, "answer": "A"}\n${line}\n`);
        const error = await readGoldsFile(file).catch((caught: unknown) => caught);
        expect(error).to.include({ code: "gold-invalid" });
        expect((error as Error).message).to.include("line 2");
      });
    }
  });

  describe("when sealed", () => {
    it("follow answers that changed places at the import, in ascending order", () => {
      const [sealed] = sealGolds(
        [
          { itemIndex: 9, answer: 0 },
          { itemIndex: 2, answer: 0 },
        ],
        [part(20, [1, 9])],
      );
      expect(decodeGolds(sealed?.golds ?? "0x", 20)).to.deep.equal([
        { itemIndex: 2, answer: 0 },
        { itemIndex: 9, answer: 1 },
      ]);
      expect(sealed?.goldHash).to.equal(goldHashOf(sealed?.salt ?? "", sealed?.golds ?? ""));
    });

    it("are each part's own, under a salt of its own", () => {
      const parts = [part(MAX_ITEMS), part(100), part(50)];
      const [first, second, third] = sealGolds(
        [
          { itemIndex: 7, answer: 1 },
          { itemIndex: MAX_ITEMS + 7, answer: 1 },
        ],
        parts,
      );
      expect(first?.golds).to.equal(second?.golds);
      expect(first?.goldHash).not.to.equal(second?.goldHash);
      expect(second?.manifestHash).to.equal(parts[1]?.manifestHash);
      expect(third).to.equal(undefined);
    });

    it("are refused beyond the items, twice, or where there are too many", () => {
      const gold = (itemIndex: number) => ({ itemIndex, answer: 0 as const });
      expect(codeOf(() => sealGolds([gold(20)], [part(20)]))).to.equal("gold-invalid");
      expect(codeOf(() => sealGolds([gold(3), gold(3)], [part(20)]))).to.equal("gold-invalid");
      const many = [0, 1, 2, 3].map(gold);
      expect(codeOf(() => sealGolds(many, [part(20)]))).to.equal("gold-too-many");
    });
  });

  describe("when kept", () => {
    it("come back as they were, readable by their owner alone, and are never overwritten", async () => {
      const sealed = sealGolds([{ itemIndex: 1, answer: 1 }], [part(20)]).filter(
        (one) => one !== undefined,
      );
      const file = join(dir, "sealed.json");
      await refuseGoldsFile(file);
      await writeSealedGolds(file, sealed);
      expect(await readSealedGolds(file)).to.deep.equal(sealed);
      expect((await stat(file)).mode & 0o077).to.equal(0);
      const error = await refuseGoldsFile(file).catch((caught: unknown) => caught);
      expect(error).to.include({ code: "file-exists" });
    });
  });
});
