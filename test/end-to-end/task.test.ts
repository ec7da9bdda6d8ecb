import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toQuantity, Wallet } from "ethers";
import { expect } from "chai";
import type { BallotStateJson } from "../../api/schemas/ballots.ts";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import { IFeedbackTasks__factory } from "../../bindings/index.ts";
import type { ApiClient } from "../../cli/api-client.ts";
import { createApiClient } from "../../cli/api-client.ts";
import { readDeployment } from "../../cli/deployment.ts";
import { joinAll, fund } from "../../cli/join.ts";
import { readExampleSet } from "../../cli/local/example-set.ts";
import { seededRandom } from "../../cli/local/seeded-random.ts";
import { judgeTask } from "../../cli/local/simulated-validator.ts";
import { createOutput } from "../../cli/output.ts";
import type { Stack } from "../../cli/stack.ts";
import { liveThrough, moveTimeTo, waitForTask } from "../../cli/replay/live-through.ts";
import { startStack } from "../../cli/stack.ts";
import { encodeGolds, goldHashOf } from "../../protocol/gold.ts";
import type { Content } from "../../protocol/item.ts";
import { keccak256Text } from "../../protocol/keccak.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import type { CanonicalVerdict } from "../../protocol/words.ts";
import type { LiveChain } from "../support/live-task.ts";
import { createLiveTask, walletOf } from "../support/live-task.ts";
import { deployEas } from "../support/eas.ts";
import { FUNDED_KEY } from "../support/local-chain.ts";
import { scrutineer, scrutineerJson } from "../support/scrutineer.ts";

const TOKEN = 10n ** 18n;

interface Created {
  rows: number;
  identical: number;
  empty: number;
  skipped: { line: number; code: string }[];
  tasks: { taskId: string; items: number; golds: number; escrow: string }[];
}

const SILENT = { update: () => undefined, stop: () => undefined };

describe("A model team's file", function () {
  this.timeout(120_000);
  const people = [1, 2, 3, 4].map((i) => walletOf(`person ${i}`));
  let stack: Stack;
  let dir: string;
  let terms: string;
  let key: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "scrutineer-task-"));
    stack = await startStack({ output: createOutput(true), port: 0, rpcPort: 0 });
    const { provider, config } = stack;
    await joinAll(
      provider,
      config.contracts,
      people.map(({ privateKey }) => ({
        ...{ privateKey, role: "Human" as const, stakeUnits: 100n * TOKEN },
      })),
    );
    const requester = Wallet.createRandom();
    await fund(provider, config.contracts, requester.privateKey, 1_000n * TOKEN);
    key = await write("requester.key", `${requester.privateKey}\n`);
    const now = (await provider.getBlock("latest"))?.timestamp ?? 0;
    terms = await write(
      "terms.json",
      JSON.stringify({
        ...{ humanVotes: 3, humanPrice: TOKEN.toString(), operatorFee: (TOKEN / 10n).toString() },
        ...{ closesAt: now + 3600, commitEndsAt: now + 7200, revealEndsAt: now + 10_800 },
      }),
    );
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

  /** Which imported answer the author of the examples prefers: A and B were drawn at the import. */
  async function betterAnswers(api: ApiClient, task: TaskJson): Promise<CanonicalVerdict[]> {
    const { lines, better } = await readExampleSet();
    const { items } = await api.get<Manifest>(`/tasks/${task.taskId}/manifest`);
    return Promise.all(
      items.map(async ({ outputA }, index) => {
        const content = (await (await api.download(`/content/${outputA}`)).json()) as Content;
        const row = JSON.parse(lines[index] as string) as { response_a: string };
        const isAsGiven = content.messages.at(-1)?.content === row.response_a;
        const verdict = better[index] as CanonicalVerdict;
        return isAsGiven || verdict === 2 ? verdict : verdict === 0 ? 1 : 0;
      }),
    );
  }

  /** All people have an attestation, and one more address that has no seat. */
  async function listByAttestation(): Promise<string> {
    const attester = new Wallet(FUNDED_KEY, stack.provider);
    const eas = await deployEas(attester);
    const recipients = [...people, Wallet.createRandom()].map(({ address }) => address);
    const { block } = await eas.attest(attester, recipients);
    const { status, stdout, stderr } = await scrutineer(
      ...["admission", "draw", "--rule", "eas", "--contract", eas.contract, "--schema", eas.schema],
      ...["--attester", attester.address, "--block", `${block}`, "--api", stack.apiUrl],
    );
    expect(status, stderr).to.equal(0);
    return write("people.json", stdout);
  }

  /** The same chain, and a task of an operator whom no service of ours serves. */
  async function playWithoutOperator(): Promise<LiveChain> {
    const { provider, config } = stack;
    const [operator, requester] = [walletOf("operator"), walletOf("requester")];
    await joinAll(provider, config.contracts, [
      {
        ...{ privateKey: operator.privateKey, role: "Operator", stakeUnits: 1_000_000n * TOKEN },
      },
    ]);
    await fund(provider, config.contracts, requester.privateKey, 1_000n * TOKEN);
    const deployment = await readDeployment(provider, config.contracts.feedbackTasks);
    return {
      ...{ provider, deployment, humans: people.slice(0, 3), ais: [] },
      now: async () => BigInt((await provider.getBlock("latest"))?.timestamp ?? 0),
      moveTo: (time) => moveTimeTo(provider, Number(time)),
      mine: async (blocks) => void (await provider.send("anvil_mine", [toQuantity(blocks)])),
      chain: undefined as never,
      stop: () => Promise.resolve(),
    };
  }

  const pair = (i: number): object => ({
    prompt: `What is ${i} + 1?`,
    response_a: `${i + 1}`,
    response_b: i === 0 ? "1" : "no idea",
  });
  const create = (file: string, ...more: string[]): string[] => [
    "task",
    "create",
    file,
    "--terms",
    terms,
    "--key",
    key,
    "--api",
    stack.apiUrl,
    ...more,
  ];
  const tasksListed = async (): Promise<number> => {
    const answer = await fetch(`${stack.apiUrl}/tasks`);
    return ((await answer.json()) as { tasks: TaskJson[] }).tasks.length;
  };

  it("with a bad row names its line and reason, and nothing is half done", async () => {
    const file = await write(
      "bad.jsonl",
      [
        JSON.stringify(pair(1)),
        '{"prompt": "no answers"}',
        JSON.stringify(pair(2)).slice(0, 30),
      ].join("\n"),
    );
    const { status, stderr } = await scrutineer(...create(file));
    expect(status).to.equal(2);
    expect(stderr)
      .to.include("import-rows-bad")
      .and.to.match(/line 2/);
    expect(await tasksListed()).to.equal(0);
  });

  it("becomes a funded task, which anybody can be shown", async () => {
    const rows = Array.from({ length: 12 }, (_, i) => JSON.stringify(pair(i)));
    const file = await write("good.jsonl", `${rows.join("\n")}\n{"prompt": "no answers"}\n`);
    const { status, json, stderr } = await scrutineerJson<Created>(...create(file, "--skip-bad"));
    expect(status, stderr).to.equal(0);
    expect(json).to.include({ identical: 1, empty: 0 });
    expect(json.skipped.map(({ line, code }) => [line, code])).to.deep.equal([
      [13, "import-field-missing"],
    ]);
    const [task] = json.tasks;
    expect(task?.items).to.equal(12);
    expect(BigInt(task?.escrow ?? 0)).to.equal(12n * 3n * ((TOKEN * 11n) / 10n));

    const shown = await scrutineer("task", "show", task?.taskId ?? "", "--api", stack.apiUrl);
    expect(shown.status, shown.stderr).to.equal(0);
    expect(shown.stdout).to.include(task?.taskId).and.to.include("0 of 36 by people");
  });

  it("is not released before its task is settled", async () => {
    const answer = await fetch(`${stack.apiUrl}/tasks`);
    const [task] = ((await answer.json()) as { tasks: TaskJson[] }).tasks;
    const out = join(dir, "early");
    const { status, stderr } = await scrutineer(
      ...["release", task?.taskId ?? "", "--out", out, "--api", stack.apiUrl],
    );
    expect(status).to.equal(2);
    expect(stderr).to.include("task-not-settled");
  });

  it("without the money says how much is missing", async () => {
    const poor = await write("poor.key", Wallet.createRandom().privateKey);
    const good = await readFile(join(dir, "good.jsonl"), "utf8");
    const file = await write("again.jsonl", good.split("\n").slice(0, 3).join("\n"));
    const { status, stderr } = await scrutineer(
      ...["task", "create", file, "--terms", terms, "--key", poor, "--api", stack.apiUrl],
    );
    expect(status).to.equal(2);
    expect(stderr).to.include("escrow-unfunded");
  });

  it("with golds that the operator is not to have is not taken by one that must open them", async () => {
    const { status, stderr } = await scrutineer(
      ...create("examples/example-set.jsonl", "--gold", "examples/example-gold.jsonl"),
      ...["--keep-gold", "--gold-out", join(dir, "own.json")],
    );
    expect(status).to.equal(2);
    expect(stderr).to.include("gold-unknown");
  });

  it("with terms out of bounds names each fault", async () => {
    const bad = JSON.parse(await readFile(terms, "utf8")) as Record<string, unknown>;
    const wrong = await write(
      "wrong.json",
      JSON.stringify({ ...bad, humanVotes: 1, minJudgments: 0 }),
    );
    const { status, stderr } = await scrutineer(
      ...["task", "create", join(dir, "good.jsonl"), "--skip-bad", "--terms", wrong],
      ...["--key", key, "--api", stack.apiUrl],
    );
    expect(status).to.equal(2);
    expect(stderr).to.include("humanVotes").and.to.include("minJudgments");
  });

  it("with golds and a list drawn by attestations becomes a task whose gate a careless validator fails, and whose release verifies", async () => {
    const { provider, config, apiUrl } = stack;
    const goldOut = join(dir, "golds.json");
    // As many votes as people: every item is everybody's, so that all meet every gold.
    const agreed = JSON.parse(await readFile(terms, "utf8")) as object;
    const everybody = await write("all.json", JSON.stringify({ ...agreed, humanVotes: 4 }));
    const made = await scrutineerJson<Created & { goldOut: string }>(
      ...create("examples/example-set.jsonl", "--gold", "examples/example-gold.jsonl"),
      ...["--gold-out", goldOut, "--human-admission", await listByAttestation()],
      ...["--terms", everybody],
    );
    expect(made.status, made.stderr).to.equal(0);
    expect(made.json).to.include({ goldOut });
    const [{ taskId, golds } = { taskId: "", golds: 0 }] = made.json.tasks;
    expect(golds).to.equal(5);
    const api = createApiClient(apiUrl);
    await provider.send("anvil_mine", ["0x4"]);
    const task = await waitForTask(api, taskId, ({ state }) => state === "Open");
    expect(task.gold).to.deep.equal({ stage: "Sealed", golds: null, valid: null, void: null });

    const better = await betterAnswers(api, task);
    await Promise.all(
      people.map((key, index) =>
        judgeTask(task, {
          ...{ api, config, better, noise: index === 3 ? 1 : 0, random: seededRandom(index + 1) },
          key: { privateKey: key.privateKey, address: key.address.toLowerCase() },
        }),
      ),
    );
    const { closesAt, commitEndsAt } = task.terms;
    await moveTimeTo(provider, closesAt);
    await waitForTask(api, taskId, (now) => now.progress.ballotsCommitted === people.length);
    await moveTimeTo(provider, commitEndsAt);
    await waitForTask(api, taskId, ({ gold }) => gold?.stage === "Opened");
    const again = await scrutineer(
      ...["task", "open-gold", taskId, "--gold", goldOut, "--key", key, "--api", apiUrl],
    );
    expect(again.stderr, "opened by the operator already").to.include("GoldAlreadyOpened");

    const ballots = { human: people.length, ai: 0 };
    const settled = await liveThrough(provider, api, task, ballots, SILENT);
    expect(settled.gold).to.deep.equal({ stage: "Gate", golds: 5, valid: 5, void: 0 });
    const scored = async (key: Wallet) =>
      (await api.get<BallotStateJson>(`/tasks/${taskId}/ballots/${key.address}`)).scored;
    for (const [index, key] of people.entries()) {
      const { gold, multiplePpm } = await scored(key);
      expect(gold).to.include({ failed: index === 3 });
      expect(gold?.[index === 3 ? "right" : "wrong"]).to.equal(0);
      if (index === 3) expect(multiplePpm).to.be.at.most(0);
      else expect(multiplePpm).to.be.greaterThan(0);
    }
    const shown = await scrutineer("task", "show", taskId, "--api", apiUrl);
    expect(shown.stdout).to.include("a gate of 5; 0 of 5 contradicted by people");

    const out = join(dir, "release");
    const released = await scrutineer("release", taskId, "--out", out, "--api", apiUrl);
    expect(released.status, released.stderr).to.equal(0);
    const verified = await scrutineer("verify", out, "--rpc", config.rpcUrl);
    expect(verified.status, verified.stdout + verified.stderr).to.equal(0);
    expect(verified.stdout).to.match(/^holds +admission lists \(4\)$/m);
  });

  it("[G14] whose operator is gone is brought to its end by anybody", async () => {
    const { provider, config } = stack;
    const live = await playWithoutOperator();
    const golds = encodeGolds([{ itemIndex: 4, answer: 1 }], 12);
    const salt = keccak256Text("salt");
    const goldHash = goldHashOf(salt, golds);
    const { taskId, terms: agreed } = await createLiveTask(live, { goldHash });
    const kept = await write(
      "kept.json",
      JSON.stringify([{ goldHash, manifestHash: agreed.manifestHash, itemCount: 12, salt, golds }]),
    );
    const place = ["--key", key, "--rpc", config.rpcUrl];
    const contract = ["--contract", config.contracts.feedbackTasks];
    const finish = async (...more: string[]): Promise<string[]> => {
      const { status, json, stderr } = await scrutineerJson<{ done: { step: string }[] }>(
        ...["task", "finish", taskId, ...place, ...contract, ...more],
      );
      expect(status, stderr).to.equal(0);
      return json.done.map(({ step }) => step);
    };
    await provider.send("anvil_mine", ["0x3"]);
    expect(await finish()).to.deep.equal(["open-task"]);
    await live.moveTo(agreed.commitEndsAt);
    const opened = await scrutineer(
      ...["task", "open-gold", taskId, "--gold", kept, ...place, ...contract],
    );
    expect(opened.status, opened.stderr).to.equal(0);
    await live.moveTo(agreed.revealEndsAt + 60n);
    expect(await finish()).to.deep.equal(["judge-gold", "settle", "release-bond"]);
    // The other operator's service pays anybody's credit out: it may have been quicker.
    await finish("--withdraw");
    const tasks = IFeedbackTasks__factory.connect(config.contracts.feedbackTasks, provider);
    expect(await tasks.creditOf(walletOf("requester").address)).to.equal(0n);
  });
});
