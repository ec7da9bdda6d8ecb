import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet, ZeroHash } from "ethers";
import { openPlace } from "../../cli/admission/open-place.ts";
import { openProvider } from "../../cli/deployment.ts";
import { scrutineer } from "../support/scrutineer.ts";

/** The port of the discard service: nothing answers there. */
const NOWHERE = "http://127.0.0.1:9";
const CONTRACT = `0x${"7a".repeat(20)}`;

describe("A command whose node does not answer", function () {
  this.timeout(30_000);
  let dir: string;
  before(async () => (dir = await mkdtemp(join(tmpdir(), "scrutineer-unanswered-"))));
  after(() => rm(dir, { recursive: true }));

  it("ends with 2 and says so, once and on stderr alone", async () => {
    const key = join(dir, "any.key");
    await writeFile(key, Wallet.createRandom().privateKey);
    const place = ["--rpc", NOWHERE, "--contract", CONTRACT, "--key", key];
    const { status, stdout, stderr } = await scrutineer("task", "finish", ZeroHash, ...place);
    expect({ status, stdout }).to.deep.equal({ status: 2, stdout: "" });
    expect(stderr).to.match(/^chain-unreachable: [^\n]+\n$/);
  });

  it("gets no provider that would ask for ever", async () => {
    const code = (opening: Promise<unknown>): Promise<unknown> =>
      opening.then(
        () => "opened",
        (error: unknown) => (error as { code?: unknown }).code,
      );
    expect(await code(openProvider(NOWHERE))).to.equal("chain-unreachable");
    expect(await code(openProvider("no URL"))).to.equal("chain-unreachable");
    const place = { api: NOWHERE, rpc: NOWHERE, tasks: CONTRACT };
    expect(await code(openPlace(place))).to.equal("chain-unreachable");
  });
});
