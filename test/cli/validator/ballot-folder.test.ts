import { appendFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { openBallotFolder, openingOf } from "../../../cli/validator/ballot-folder.ts";
import type { SignedVersion } from "../../../cli/validator/ballot-folder.ts";
import { keccak256Text } from "../../../protocol/keccak.ts";
import type { Hex } from "../../../protocol/words.ts";
import { ZERO_HASH } from "../../../protocol/words.ts";

const slot = {
  chainId: 31_337n,
  tasks: `0x${"a2".repeat(20)}`,
  taskId: keccak256Text("task"),
  validator: `0x${"b1".repeat(20)}`,
};

function signed(version: number, entries: Hex): SignedVersion {
  const { taskId, validator } = slot;
  const judgments = (entries.length - 2) / 8;
  const commitment = keccak256Text(`commitment ${version}`);
  return {
    ballot: { taskId, validator, version, judgments, commitment },
    signature: `0x${"11".repeat(65)}`,
    opening: { entries, salt: keccak256Text(`salt ${version}`), notesHash: ZERO_HASH },
  };
}

describe("The folder in which a validator keeps its ballots", () => {
  let path: string;
  const file = (): string =>
    join(path, "31337", slot.tasks, slot.validator, `${slot.taskId}.jsonl`);

  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "scrutineer-folder-"));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  it("gives back every version with its opening, receipt or refusal, and the place on the list", async () => {
    const folder = openBallotFolder(path);
    const admission = { admissionIndex: 3, admissionProof: [keccak256Text("proof")] };
    await folder.begin(slot, admission);
    await folder.keep(slot, signed(1, "0x00000100"), "0x");
    await folder.keepReceipt(slot, 1, "0xaa");
    await folder.keep(slot, signed(2, "0x0000010000000201"), "0x00000100");
    await folder.keepRefusal(slot, 2);
    await folder.keep(slot, signed(3, "0x0000010000000302"), "0x0000010000000201");

    const kept = await openBallotFolder(path).read(slot);
    expect(kept).to.deep.include({ slot, ...admission });
    expect(
      kept?.versions.map(({ version, receipted, refused }) => [version, receipted, refused]),
    ).to.deep.equal([
      [1, true, false],
      [2, false, true],
      [3, false, false],
    ]);
    for (const one of [
      signed(1, "0x00000100"),
      signed(2, "0x0000010000000201"),
      signed(3, "0x0000010000000302"),
    ]) {
      expect(kept && openingOf(kept, one.ballot.version)).to.deep.equal(one.opening);
    }
    expect(kept?.versions[2]?.ballot).to.deep.equal(signed(3, "0x0000010000000302").ballot);
    expect(await folder.list()).to.deep.equal([slot]);
  });

  it("loses only the line that a crash cut off, and takes the next one whole", async () => {
    const folder = openBallotFolder(path);
    await folder.begin(slot, { admissionIndex: 0, admissionProof: [] });
    await folder.keep(slot, signed(1, "0x00000100"), "0x");
    await appendFile(file(), '\n{"version":2,"judgments":2,"comm');
    await folder.keep(slot, signed(2, "0x0000010000000201"), "0x00000100");
    const kept = await folder.read(slot);
    expect(kept?.versions.map(({ version }) => version)).to.deep.equal([1, 2]);
    expect(kept && openingOf(kept, 2)?.entries).to.equal("0x0000010000000201");
  });

  it("is for its owner's eyes, and empty where nothing was kept", async () => {
    const folder = openBallotFolder(path);
    expect(await folder.read(slot)).to.equal(undefined);
    expect(await folder.list()).to.deep.equal([]);
    await folder.begin(slot, { admissionIndex: 0, admissionProof: [] });
    expect((await stat(file())).mode & 0o077).to.equal(0);
  });
});
