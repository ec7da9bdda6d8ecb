import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { id, recoverAddress, Wallet } from "ethers";
import { KeyedWallet__factory } from "../../bindings/index.ts";
import { fund, joinAll } from "../../cli/join.ts";
import { createOutput } from "../../cli/output.ts";
import { startStack, type Stack } from "../../cli/stack.ts";
import { outputReceiptDigest } from "../../protocol/provenance.ts";
import type { OutputReceiptJson } from "../../protocol/receipt-json.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import { lineagePath } from "../../release/paths.ts";
import { scrutineer, scrutineerJson } from "../support/scrutineer.ts";

const TOKEN = 10n ** 18n;

interface Recorded {
  readonly recordId: string;
  readonly contentHash: string;
  readonly manifestHash: string;
  readonly coSigner: string | null;
  readonly parents: { kind: string; id: string }[];
}

interface Refused {
  readonly error: { readonly code: string; readonly message: string };
}

describe("scrutineer provenance", function () {
  this.timeout(180_000);
  let stack: Stack;
  let dir: string;
  let ownerKey: string;
  let computeKey: string;
  let taskId: string;
  const owner = Wallet.createRandom();
  const compute = Wallet.createRandom();

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "scrutineer-provenance-"));
    stack = await startStack({ output: createOutput(true), port: 0, rpcPort: 0 });
    const { provider, config } = stack;
    const seats = [1, 2, 3].map(() => ({
      privateKey: Wallet.createRandom().privateKey,
      role: "Human" as const,
      stakeUnits: 100n * TOKEN,
    }));
    await joinAll(provider, config.contracts, seats);
    await fund(provider, config.contracts, owner.privateKey, 1_000n * TOKEN);
    ownerKey = await write("owner.key", `${owner.privateKey}\n`);
    computeKey = await write("compute.key", compute.privateKey);
    taskId = await createTask();
  });

  after(async () => {
    await stack?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function write(name: string, text: string): Promise<string> {
    const file = join(dir, name);
    await writeFile(file, text);
    return file;
  }

  async function createTask(): Promise<string> {
    const now = (await stack.provider.getBlock("latest"))?.timestamp ?? 0;
    const terms = await write(
      "terms.json",
      JSON.stringify({
        ...{ humanVotes: 3, humanPrice: TOKEN.toString() },
        ...{ closesAt: now + 3600, commitEndsAt: now + 7200, revealEndsAt: now + 10_800 },
      }),
    );
    const pairs = await write(
      "pairs.jsonl",
      `${JSON.stringify({ prompt: "1 + 1?", response_a: "2", response_b: "3" })}\n`,
    );
    const { json } = await scrutineerJson<{ tasks: { taskId: string }[] }>(
      ...["task", "create", pairs, "--terms", terms, "--key", ownerKey, "--api", stack.apiUrl],
    );
    return json.tasks[0]?.taskId as string;
  }

  async function run<Answer = Recorded>(what: string, ...more: string[]): Promise<Answer> {
    const { status, json, stderr } = await scrutineerJson<Answer>(
      ...["provenance", what, ...more, "--api", stack.apiUrl],
    );
    expect(status, stderr).to.equal(0);
    return json;
  }

  const refused = async (what: string, ...more: string[]): Promise<Refused["error"]> => {
    const { status, json } = await scrutineerJson<Refused>(
      ...["provenance", what, ...more, "--api", stack.apiUrl],
    );
    expect(status).to.equal(2);
    return json.error;
  };

  /** The index is a block or so behind. */
  async function show<Answer>(
    recordId: string,
    ready: (answer: Answer) => boolean,
  ): Promise<Answer> {
    for (;;) {
      const { status, json } = await scrutineerJson<Answer>(
        ...["provenance", "show", recordId, "--api", stack.apiUrl],
      );
      if (status === 0 && ready(json)) return json;
    }
  }

  it("carries a trace from the tasks to a trained model, co-signed, and shows it whole", async () => {
    const weights = await write("base.bin", "base weights");
    const about = await write("base.json", '{ "format": "scrutineer-model/1" }');
    const base = await run(
      ...["record", "--kind", "Model", "--content", weights, "--manifest", about],
      ...["--key", ownerKey, "--beside", dir],
    );
    expect(await readFile(join(dir, lineagePath(base.manifestHash)), "utf8")).to.equal(
      '{ "format": "scrutineer-model/1" }',
    );
    expect(base).to.deep.include({
      contentHash: sha256Text("base weights"),
      manifestHash: sha256Text('{ "format": "scrutineer-model/1" }'),
      coSigner: null,
      parents: [],
    });

    const folder = join(dir, "release");
    await mkdir(folder);
    const manifest = JSON.stringify({ root: id("rows"), tasks: [{ taskId }], more: 1 });
    await write("release/manifest.json", manifest);
    const release = await run("record", "--release", folder, "--key", ownerKey);
    expect(release).to.deep.include({
      contentHash: id("rows"),
      manifestHash: sha256Text(manifest),
      parents: [{ kind: "Task", id: taskId }],
    });

    const training = [
      ...["--kind", "Training", "--content", id("run"), "--manifest", id("how")],
      ...["--parent", `release:${release.recordId}`, "--parent", `Model:${base.recordId}`],
    ];
    const promised = await run<{ coSigner: string; coSignature: string }>(
      ...["co-sign", ...training, "--owner", owner.address, "--key", computeKey],
    );
    const trained = await run(
      ...["record", ...training, "--key", ownerKey],
      ...["--co-signer", promised.coSigner, "--co-signature", promised.coSignature],
    );
    expect(trained.coSigner).to.equal(compute.address.toLowerCase());
    const result = await run(
      ...["record", "--kind", "Model", "--content", id("new weights"), "--manifest", id("what")],
      ...["--parent", `Training:${trained.recordId}`, "--key", ownerKey],
    );

    type Shown = { lineage: { recordId: string; kind: string; parentId: string }[] };
    const shown = await show<Shown>(result.recordId, () => true);
    expect(
      shown.lineage.map((step) => [step.recordId, step.kind, step.parentId]),
    ).to.have.deep.members([
      [result.recordId, "Training", trained.recordId],
      [trained.recordId, "Release", release.recordId],
      [trained.recordId, "Model", base.recordId],
      [release.recordId, "Task", taskId],
    ]);

    await run("withdraw", base.recordId, "--reason", "licence\u001b[31m", "--key", ownerKey);
    await show<{ withdrawnReason: string | null }>(
      base.recordId,
      ({ withdrawnReason }) => withdrawnReason === "licence\u001b[31m",
    );
    const { stdout } = await scrutineer(
      ...["provenance", "show", trained.recordId, "--api", stack.apiUrl],
    );
    expect(stdout).to.match(new RegExp(`^Training {2}${trained.recordId}$`, "m"));
    expect(stdout).to.match(new RegExp(`^ {4}Task ${taskId}$`, "m"));
    expect(stdout).to.match(new RegExp(`^ {2}Model ${base.recordId} of 0x.*, withdrawn 20`, "m"));
    expect(stdout).to.match(new RegExp(`made from it\n {2}Model ${result.recordId} of `));
    const own = await scrutineer("provenance", "show", base.recordId, "--api", stack.apiUrl);
    expect(own.stdout).to.contain("licence").and.not.contain("\u001b");
  });

  it("co-signs for a wallet that is a contract", async () => {
    const deployer = new Wallet(Wallet.createRandom().privateKey, stack.provider);
    await fund(stack.provider, stack.config.contracts, deployer.privateKey, 0n);
    const wallet = await new KeyedWallet__factory(deployer).deploy(compute.address);
    await wallet.waitForDeployment();
    const address = (await wallet.getAddress()).toLowerCase();
    const recorded = await run(
      ...["record", "--kind", "Model", "--content", id("theirs"), "--manifest", id("how")],
      ...["--key", ownerKey, "--co-signer", address, "--co-signer-key", computeKey],
    );
    expect(recorded.coSigner).to.equal(address);
  });

  it("signs for outputs before they are imported", async () => {
    const executors = [owner.address.toLowerCase()];
    const text = JSON.stringify({ format: "scrutineer-model/1", name: "heron", executors });
    await write("heron.json", text);
    const { recordId } = await run(
      ...["record", "--kind", "Model", "--content", id("heron"), "--key", ownerKey],
      ...["--manifest", join(dir, "heron.json")],
    );
    const models = await write(
      "models.json",
      JSON.stringify({ heron: { modelId: recordId, manifest: "heron.json", key: "owner.key" } }),
    );
    const pairs = await write(
      "unsigned.jsonl",
      `${JSON.stringify({ prompt: "1 + 1?", response_a: "2", response_b: "3", model_a: "heron" })}\n`,
    );
    const signed = join(dir, "signed.jsonl");
    const done = await run<{ rows: number; signed: number }>(
      ...["receipts", pairs, "--models", models, "--out", signed],
    );
    expect(done).to.include({ rows: 1, signed: 1 });
    const [options, row] = (await readFile(signed, "utf8")).trim().split("\n");
    expect(JSON.parse(options ?? "")).to.deep.equal({
      options: { models: [{ modelId: recordId, manifest: text }] },
    });
    const { salt, receipt_a } = JSON.parse(row ?? "") as {
      salt: string;
      receipt_a: OutputReceiptJson;
    };
    expect(salt).to.match(/^0x[0-9a-f]{64}$/);
    const { signature, generatedAt, ...said } = receipt_a;
    const domain = signingDomain(
      BigInt(stack.config.chainId),
      stack.config.contracts.provenanceRegistry as string,
    );
    const digest = outputReceiptDigest(domain, { ...said, generatedAt: BigInt(generatedAt) });
    expect(recoverAddress(digest, signature)).to.equal(owner.address);
  });

  it("needs no service where chain and registry are given", async () => {
    const { rpcUrl, contracts } = stack.config;
    const { status, json } = await scrutineerJson<Recorded>(
      ...["provenance", "record", "--kind", "Model", "--content", id("alone")],
      ...["--manifest", id("how"), "--key", ownerKey, "--rpc", rpcUrl],
      ...["--registry", contracts.provenanceRegistry as string, "--api", "http://127.0.0.1:1"],
    );
    expect(status).to.equal(0);
    expect(json.parents).to.deep.equal([]);
  });

  it("says why it refuses, before sending anything where it can", async () => {
    const model = ["--kind", "Model", "--content", id("c"), "--manifest", id("m")];
    const key = ["--key", ownerKey];
    const unfinished = await refused("record", "--kind", "Model", ...key);
    expect(unfinished.code).to.equal("invalid-input");
    const bare = await refused(
      ...["record", "--kind", "Training", "--content", id("c"), "--manifest", id("m"), ...key],
    );
    expect(bare).to.deep.include({ code: "invalid-input" });
    expect(bare.message).to.contain("ParentMissing: a Training is made from a Model and a Release");
    const unknown = await refused("record", ...model, "--parent", `Model:${id("none")}`, ...key);
    expect(unknown.code).to.equal("transaction-reverted");
    expect(unknown.message).to.contain(`ParentUnknown(1, ${id("none")})`);
    const another = await refused(
      ...["record", ...model, ...key, "--co-signer", compute.address, "--co-signature", "0x12"],
    );
    expect(another.message).to.contain("BadCoSignature");
    const nobody = await refused("withdraw", id("none"), "--reason", "x", ...key);
    expect(nobody.message).to.contain("RecordUnknown");
    const poor = await refused("record", ...model, "--key", computeKey);
    expect(poor.code).to.equal("funds-insufficient");
    expect((await refused("show", id("none"))).code).to.equal("not-found");
    const nowhere = await refused(
      ...["record", ...model, ...key, "--registry", stack.config.contracts.feedbackTasks],
    );
    expect(nowhere.code).to.equal("contract-missing");
    const { status, stderr } = await scrutineer("provenance", "record", "--parent", "Model:0x12");
    expect(status).to.equal(2);
    expect(stderr).to.contain("a colon, and the id");
  });
});
