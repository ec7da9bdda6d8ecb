import { existsSync } from "node:fs";
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Wallet } from "ethers";
import { readJudgmentsFile } from "../../cli/replay/judgments-file.ts";
import type { JudgmentRow } from "../../cli/replay/judgments-file.ts";
import { unitKey } from "../../cli/replay/units.ts";
import { keccak256Text } from "../../protocol/keccak.ts";
import type { LineageReport } from "../../release/lineage/report.ts";
import { makeJudgments, writeJudgments } from "../support/judgments-file.ts";
import { scrutineer, scrutineerJson, startScrutineer } from "../support/scrutineer.ts";

interface Figures {
  items: number;
  humanValidators: number;
  aiValidators: number;
  judgments: number;
  duplicatesDropped: number;
  identical: number;
  empty: number;
  ballotVersions: number;
  alpha: number;
  leaderboard: Record<string, number>;
  aiScorePpm: number | null;
  copycatScorePpm: number | null;
  meanHumanScorePpm: number | null;
  gasPerJudgment: number;
  escrow: string;
  refund: string;
  fees: string;
  paid: string;
  rest: string;
  penalties: string;
  gold: { golds: number; valid: number; void: number; gate: boolean; failed: string[] } | null;
  models: number;
  receipts: number;
  training: { training: string; model: string };
  verify: { ok: boolean; contracts: { feedbackTasks: string }; lineage: LineageReport };
  seconds: number;
}

interface Verdict {
  ok: boolean;
  firstFailure?: { check: string; message: string; where: string };
}

function expectBooksToAddUp({ escrow, refund, fees, paid, rest }: Figures): void {
  const parts = [refund, fees, paid, rest].map(BigInt).reduce((sum, part) => sum + part, 0n);
  expect(parts).to.equal(BigInt(escrow));
}

/** Units on which at least two experts judged and all prefer the same answer, as a gold file names them. */
function whereExpertsAgree(rows: readonly JudgmentRow[]): object[] {
  const units = new Map<string, JudgmentRow[]>();
  for (const row of rows.filter(({ judge }) => judge.startsWith("expert"))) {
    units.set(unitKey(row), [...(units.get(unitKey(row)) ?? []), row]);
  }
  return [...units.values()].flatMap((votes) => {
    const [{ question_id, turn, model_a, model_b, winner }] = votes as [JudgmentRow];
    const isAgreed = votes.length > 1 && votes.every((vote) => vote.winner === winner);
    if (!isAgreed || (winner !== "model_a" && winner !== "model_b")) return [];
    return [{ question_id, turn, model_a, model_b, answer: winner === "model_a" ? "A" : "B" }];
  });
}

describe("Judgments made elsewhere, replayed", function () {
  this.timeout(600_000);
  let dir: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "scrutineer-replay-"));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  describe("given a small file of people's and one of an AI's", () => {
    const judges = ["ann", "bob", "cem", "dag", "eva"];
    const people = makeJudgments({ seed: 11, units: 30, judges, diligence: 0.9, coverage: 0.8 });
    const model = makeJudgments({
      seed: 12,
      units: 30,
      judges: ["model"],
      diligence: 0.9,
      coverage: 1,
    });
    // Says the contrary wherever there is one: the golds must find it out.
    const contrary = { model_a: "model_b", model_b: "model_a" } as const;
    const known = makeJudgments({
      ...{ seed: 13, units: 30, judges: ["zoe"], diligence: 1, coverage: 1 },
    });
    const zoe = known.map((row) => ({
      ...row,
      winner: row.winner === "model_a" || row.winner === "model_b" ? contrary[row.winner] : "tie",
    })) as typeof known;
    const golds = known.filter(({ winner }) => winner !== "tie").slice(2, 6);
    let figures: Figures;
    let chain: { ready: { rpc: string }; stop(): Promise<number | null> };
    let release: string;

    before(async () => {
      const [humans, ai] = [join(dir, "humans.jsonl.gz"), join(dir, "ai.jsonl")];
      const again = { ...people[0], winner: "tie" } as (typeof people)[0];
      const gold = join(dir, "gold.jsonl");
      await writeJudgments(humans, [...people, again, ...zoe]);
      await writeJudgments(gold, golds);
      await writeJudgments(ai, model);
      const out = join(dir, "small");
      const { status, json, stderr } = await scrutineerJson<Figures>(
        ...["replay", "--humans", humans, "--ai", ai, "--condition-on-ai", "--out", out],
        ...["--gold", gold, "--receipts", "--training"],
      );
      expect(status, stderr).to.equal(0);
      figures = json;
      release = join(out, "release");
      chain = await startScrutineer("chain", join(out, "chain.json"), "--port", "0");
    });
    after(() => chain?.stop());

    it("carries every judgment, each as a ballot version of its own", () => {
      expect(figures).to.include({
        items: 30,
        humanValidators: judges.length + 1,
        aiValidators: 1,
        judgments: people.length + zoe.length + model.length,
        ballotVersions: people.length + zoe.length + model.length,
        duplicatesDropped: 1,
        identical: 1,
        empty: 1,
      });
    });

    it("has the golds opened and judged, and finds out who missed them, and nobody else", () => {
      const { address } = new Wallet(keccak256Text("scrutineer replay Human zoe"));
      expect(figures.gold).to.deep.equal({
        ...{ golds: 4, valid: 4, void: 0, gate: true, failed: [address.toLowerCase()] },
      });
    });

    it("[G10] gives a person who copies the AI exactly nothing", () => {
      expect(figures.copycatScorePpm).to.equal(0);
      expect(figures.aiScorePpm).to.be.greaterThan(300_000);
      expect(figures.meanHumanScorePpm).to.be.greaterThan(0);
    });

    it("[G11] escrow = refund + fees + paid + rest", () => {
      expectBooksToAddUp(figures);
      expect(BigInt(figures.paid) > 0n).to.equal(true);
    });

    it("has every answer vouched for, and ends its trace in a co-signed training's model", () => {
      expect(figures).to.include({ models: 3, receipts: 60 });
      const { receipts, records, missing } = figures.verify.lineage;
      expect(receipts).to.include({ outputs: 60, receipted: 60 });
      expect(missing).to.deep.equal([]);
      expect(records.map(({ kind }) => kind)).to.deep.equal([
        ...["Release", "Training", "Model", "Evaluation"],
      ]);
      for (const record of records) {
        expect(record, record.kind).to.deep.include({ isCounted: true, wrong: [], missing: [] });
        expect(record.coSigner !== null).to.equal(record.kind === "Training");
      }
    });

    it("saves a chain on which the release and the model verify, by another process", async () => {
      const { status, json } = await scrutineerJson<Verdict>(
        ...["verify", release, "--rpc", chain.ready.rpc, "--model", figures.training.model],
      );
      expect(json.firstFailure).to.equal(undefined);
      expect(status).to.equal(0);
    });

    it("does not verify against a contract that is not the expected one", async () => {
      const { status, stdout } = await scrutineer(
        ...["verify", release, "--rpc", chain.ready.rpc, "--contract", `0x${"12".repeat(20)}`],
      );
      expect(status).to.equal(1);
      expect(stdout).to.include(figures.verify.contracts.feedbackTasks);
    });

    it("ends with 1 and names what does not hold after one verdict was changed", async () => {
      const tampered = join(dir, "tampered");
      await cp(release, tampered, { recursive: true });
      const file = join(tampered, "votes", "votes.jsonl");
      const [first = "", ...others] = (await readFile(file, "utf8")).split("\n");
      const row = JSON.parse(first) as { verdict: string };
      const changed = first.replace(
        `"verdict":"${row.verdict}"`,
        `"verdict":"${row.verdict === "a" ? "b" : "a"}"`,
      );
      expect(changed).to.not.equal(first);
      await writeFile(file, [changed, ...others].join("\n"));
      const { status, json } = await scrutineerJson<Verdict>(
        "verify",
        tampered,
        "--rpc",
        chain.ready.rpc,
      );
      expect(status).to.equal(1);
      expect(json.firstFailure?.where).to.include("votes");
      expect(json.firstFailure?.message).to.include("verdict");
    });

    it("ends with 1 where a receipt was changed, or the trace to a model has a gap", async () => {
      const changed = join(dir, "changed");
      await cp(release, changed, { recursive: true });
      const file = join(changed, "evidence", "tasks.jsonl");
      const text = await readFile(file, "utf8");
      const other = (digit: string): string => (digit === "0" ? "1" : "0");
      await writeFile(
        file,
        text.replace(/(?<="outputHash":"0x)./, (digit) => other(digit)),
      );
      const bad = await scrutineerJson<Verdict>("verify", changed, "--rpc", chain.ready.rpc);
      expect(bad.status).to.equal(1);
      expect(bad.json.firstFailure?.message).to.match(/^hash of the annex/);

      await writeFile(file, text);
      await rm(join(changed, "lineage"), { recursive: true });
      const gap = await scrutineerJson<Verdict>(
        ...["verify", changed, "--rpc", chain.ready.rpc, "--model", figures.training.model],
      );
      expect(gap.status).to.equal(1);
      expect(gap.json.firstFailure).to.deep.include({ check: "lineage" });
      expect(gap.json.firstFailure?.message).to.match(/^its manifest 0x\w+ is not here$/);
    });

    it("ends with 2 where it cannot look: no such folder, no such chain", async () => {
      const nowhere = await scrutineer("verify", join(dir, "none"), "--rpc", chain.ready.rpc);
      expect(nowhere.status).to.equal(2);
      const unreachable = await scrutineer("verify", release, "--rpc", "http://127.0.0.1:9");
      expect(unreachable.status, unreachable.stderr).to.equal(2);
      expect(unreachable.stderr).to.include("chain-unreachable");
    });

    it("refuses to write into a folder that is not empty", async () => {
      await appendFile(join(dir, "in-the-way"), "");
      const { status, stderr } = await scrutineer(
        ...["replay", "--humans", join(dir, "humans.jsonl.gz"), "--out", dir],
      );
      expect(status).to.equal(2);
      expect(stderr).to.include("not empty");
    });
  });

  describe("given MT-bench's", () => {
    const shared = (file: string): string =>
      fileURLToPath(new URL(`../../../shared/data/mtbench/${file}`, import.meta.url));
    const [humans, ai] = [shared("human.jsonl.gz"), shared("gpt4_pair.jsonl.gz")];

    before(function () {
      if (existsSync(humans) && existsSync(ai)) return;
      console.log("      skipped: MT-bench's judgments are not beside this checkout");
      this.skip();
    });

    it("[G10] [G11] gives the published figures, conditioned on GPT-4, with golds that nobody fails", async () => {
      const gold = join(dir, "experts.jsonl");
      const agreed = whereExpertsAgree(await readJudgmentsFile(humans)).slice(0, 272);
      await writeFile(gold, agreed.map((row) => `${JSON.stringify(row)}\n`).join(""));
      const { status, json } = await scrutineerJson<Figures>(
        ...[
          "replay",
          "--humans",
          humans,
          "--ai",
          ai,
          "--condition-on-ai",
          "--gold",
          gold,
          "--receipts",
          "--training",
          "--out",
          join(dir, "mt"),
        ],
      );
      expect(status).to.equal(0);
      expect(json).to.include({
        items: 1814,
        humanValidators: 65,
        judgments: 5168,
        duplicatesDropped: 1,
        ballotVersions: 5168,
        identical: 14,
        empty: 4,
        aiScorePpm: 322_103,
        copycatScorePpm: 0,
        meanHumanScorePpm: 140_066,
      });
      expect(json.alpha).to.be.closeTo(0.4855, 0.0001);
      const published = {
        "gpt-4": 1.0211,
        "claude-v1": 0.6429,
        "gpt-3.5-turbo": 0.5996,
        "vicuna-13b-v1.2": -0.0569,
        "alpaca-13b": -0.7616,
        "llama-13b": -1.4451,
      };
      expect(json.leaderboard).to.have.all.keys(Object.keys(published));
      for (const [name, strength] of Object.entries(published)) {
        expect(json.leaderboard[name]).to.be.closeTo(strength, 0.001);
      }
      expect(json).to.include({ models: 6, receipts: 2 * 1814 });
      expect(json.verify.lineage.missing).to.deep.equal([]);
      expect(json.gold).to.include({ golds: 272, gate: true });
      expect(json.gold?.failed).to.deep.equal([]);
      expect(json.verify.ok).to.equal(true);
      expectBooksToAddUp(json);
    });
  });
});
