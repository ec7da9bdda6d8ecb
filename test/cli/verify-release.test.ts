import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { createOutput } from "../../cli/output.ts";
import { recountLines } from "../../cli/show-recount.ts";
import { verifyRelease } from "../../cli/verify-release.ts";
import type { Expectations } from "../../cli/verify-release.ts";
import type { RecountReport } from "../../release/recount/report.ts";
import { RELEASE_FORMAT } from "../../release/summary.ts";

const address = (byte: string): string => `0x${byte.repeat(20)}`;
const contracts = {
  token: address("01"),
  stakeRegistry: address("02"),
  feedbackTasks: address("03"),
  provenanceRegistry: address("04"),
};

describe("A release held to the contracts that somebody knows", () => {
  let dir: string;
  // Never asked: what the manifest names is refused first.
  const provider = new JsonRpcProvider("http://127.0.0.1:9", 1, { staticNetwork: true });
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "scrutineer-verify-"));
  });
  after(async () => {
    provider.destroy();
    await rm(dir, { recursive: true });
  });

  async function verify(named: object, expected: Expectations): Promise<RecountReport> {
    const manifest = {
      ...{ format: RELEASE_FORMAT, release: "r", createdAt: "", title: "", licence: "" },
      ...{ chainId: 1, contracts: named, tasks: [{ taskId: "0x01" }], root: "0x02" },
      ...{ rows: { preference: 0, votes: 0, battles: 0 }, exclusions: [], files: [] },
    };
    await writeFile(join(dir, "manifest.json"), JSON.stringify(manifest));
    return verifyRelease(dir, provider, createOutput(true), expected);
  }

  it("does not hold where it names another contract", async () => {
    const { ok, firstFailure } = await verify(contracts, { feedbackTasks: address("99") });
    expect(ok).to.equal(false);
    expect(firstFailure).to.deep.include({
      where: "manifest.json",
      message: `the manifest names the contract ${contracts.feedbackTasks}, not ${address("99")}`,
    });
  });

  it("does not hold where it names another registry of lineage, or none", async () => {
    const expected = { provenanceRegistry: address("99") };
    const other = await verify(contracts, expected);
    expect(other.firstFailure?.message).to.match(
      /^the manifest names the registry .* 0x04\w+, not/,
    );
    const { provenanceRegistry: _, ...without } = contracts;
    const none = await verify(without, expected);
    expect(none.firstFailure?.message).to.match(/^the manifest names the registry .* none, not/);
  });

  describe("says in its last line", () => {
    const report: RecountReport = {
      ...{ ok: true, release: "r", chainId: 1, contracts, root: "0x02", tasks: 1, checks: [] },
      chainOnly: { signatures: 0, openings: 0, confirmed: 0 },
      claims: { made: 0, recomputed: 0, paid: 0 },
    };
    const lastLine = (expected: Expectations, named = report): string | undefined =>
      recountLines(named, expected).join("\n").split("\n").at(-1);
    const { feedbackTasks, provenanceRegistry } = contracts;
    const { provenanceRegistry: _, ...without } = contracts;
    const condition = `${feedbackTasks} is the contract you know (--contract ADDRESS checks it)`;
    const registry = `${provenanceRegistry} is the registry you know (--registry ADDRESS checks it)`;

    it("that everything holds, where it was held to both", () => {
      expect(lastLine({ feedbackTasks, provenanceRegistry })).to.match(/^everything holds; root/);
      expect(lastLine({ feedbackTasks }, { ...report, contracts: without })).to.match(
        /^everything holds; root/,
      );
    });

    it("on which contracts it depends, where the manifest alone names them", () => {
      expect(lastLine({})).to.equal(`everything holds, if ${condition} and ${registry}`);
      expect(lastLine({ feedbackTasks })).to.equal(`everything holds, if ${registry}`);
      expect(lastLine({}, { ...report, contracts: without })).to.equal(
        `everything holds, if ${condition}`,
      );
    });

    it("what does not hold, where something does not", () => {
      const firstFailure = { check: "chain", where: "here", message: "no" };
      expect(lastLine({}, { ...report, ok: false, firstFailure })).to.equal(
        "does not hold: here: no",
      );
    });
  });
});
