import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { UploadJson } from "../../../api/schemas/uploads.ts";
import { checkLists, readListsInFile } from "../../../cli/admission/upload-options.ts";
import type { AdmissionLists } from "../../../cli/admission/upload-options.ts";
import type { AdmissionRule } from "../../../protocol/admission.ts";
import { isScrutineerError } from "../../../protocol/errors.ts";
import { admissionTree } from "../../../protocol/manifest.ts";
import { ZERO_HASH } from "../../../protocol/words.ts";

const address = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;
const people: AdmissionRule = { rule: "list", validators: [1, 2, 3].map(address) };
const drawn: AdmissionRule = {
  ...{ rule: "settled", minimum: 2, block: 7, validators: [4, 5].map(address) },
};
const PAIR = { prompt: "1 + 1?", response_a: "2", response_b: "3" };

describe("Admission lists of a file that is imported", () => {
  let dir: string;
  before(async () => (dir = await mkdtemp(join(tmpdir(), "scrutineer-lists-"))));
  after(() => rm(dir, { recursive: true }));

  async function listsIn(...lines: readonly object[]): Promise<AdmissionLists> {
    const file = join(dir, "pairs.jsonl");
    await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    return readListsInFile(file);
  }
  /** The service's answer, binding these lists. */
  const binding = (human: AdmissionRule, ai: AdmissionRule): UploadJson["parts"] =>
    [
      {
        humanAdmissionRoot: admissionTree(human)?.root ?? ZERO_HASH,
        aiAdmissionRoot: admissionTree(ai)?.root ?? ZERO_HASH,
      },
    ] as unknown as UploadJson["parts"];
  const OPEN: AdmissionRule = { rule: "open" };

  it("are those its own first line names, by addresses or by rule", async () => {
    const options = { humans: people.validators, aiAdmission: drawn };
    const lists = await listsIn({ options }, PAIR);
    expect(lists).to.deep.equal({ humanAdmission: people, aiAdmission: drawn });
    checkLists(lists, binding(people, drawn));
  });

  it("are none where the first line is a pair, the options are of no known form, or come later", async () => {
    const options = { humans: people.validators };
    expect(await listsIn(PAIR, { options })).to.deep.equal({});
    expect(await listsIn({ options: { ...options, unknown: 1 } }, PAIR)).to.deep.equal({});
    expect(await listsIn({ options: { title: "Sums" } }, PAIR)).to.deep.equal({});
    expect(await listsIn()).to.deep.equal({});
  });

  it("are refused where the service bound others, or none", async () => {
    const lists = await listsIn({ options: { humans: people.validators } }, PAIR);
    for (const answer of [binding(OPEN, OPEN), binding(drawn, OPEN), binding(people, drawn)]) {
      expect(() => checkLists(lists, answer))
        .to.throw()
        .and.satisfy(isMismatch);
    }
    checkLists(lists, binding(people, OPEN));
  });

  function isMismatch(error: unknown): boolean {
    return isScrutineerError(error, "manifest-mismatch");
  }
});
