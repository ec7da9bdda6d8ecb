import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wallet } from "ethers";
import { expect } from "chai";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import { joinAll, fund } from "../../cli/join.ts";
import { createOutput } from "../../cli/output.ts";
import type { Stack } from "../../cli/stack.ts";
import { startStack } from "../../cli/stack.ts";
import { scrutineer, scrutineerJson } from "../support/scrutineer.ts";

const TOKEN = 10n ** 18n;

interface Created {
  rows: number;
  identical: number;
  empty: number;
  skipped: { line: number; code: string }[];
  tasks: { taskId: string; items: number; escrow: string }[];
}

describe("A model team's file", function () {
  this.timeout(120_000);
  let stack: Stack;
  let dir: string;
  let terms: string;
  let key: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "scrutineer-task-"));
    stack = await startStack({ output: createOutput(true), port: 0, rpcPort: 0 });
    const { provider, config } = stack;
    const seats = [1, 2, 3].map(() => ({
      privateKey: Wallet.createRandom().privateKey,
      role: "Human" as const,
      stakeUnits: 100n * TOKEN,
    }));
    await joinAll(provider, config.contracts, seats);
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
});
