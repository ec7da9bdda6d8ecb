import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { findClaimCalls } from "../../release/claim-calldata.ts";
import { readChain } from "../../release/recount/chain-reader.ts";
import type { ChainTask } from "../../release/recount/chain-task.ts";
import { writeRelease } from "../../release/write-release.ts";
import { createStage, type Stage } from "../support/stage.ts";
import { CAST, GOLDS } from "../support/troubled-task.ts";
import { recountFolder, withTask } from "./recount-folder.ts";
import { Copy } from "./tamper.ts";
import type { Json } from "./tamper.ts";
import { drawTroubledRelease, type TroubledRelease } from "./troubled-release.ts";

type Claim = ChainTask["claims"][number];

describe("The recount of a task with gold and omissions", () => {
  let stage: Stage;
  let drawn: TroubledRelease;
  let root: string;
  let folder: string;

  before(async () => {
    stage = await createStage(CAST);
    drawn = await drawTroubledRelease(stage);
    root = mkdtempSync(join(tmpdir(), "scrutineer-omissions-"));
    folder = join(root, "release");
    await writeRelease(
      drawn.source,
      { release: "gold-1", createdAt: "2030-01-02T03:04:05Z", title: "Gold", licence: "mit" },
      folder,
    );
  });
  after(async () => {
    rmSync(root, { recursive: true, force: true });
    await stage.close();
  });

  it("holds, sees who failed the gate and does each claim that shows itself again", async () => {
    const report = await recountFolder(drawn.provider, folder);
    expect(report.firstFailure).to.equal(undefined);
    expect(report.ok).to.equal(true);
    // One is passed on as it is, one was kept by a contract: the transaction does not show it.
    expect(report.claims).to.deep.equal({ made: 3, recomputed: 2, paid: 3 });
    const counts = new Map(report.checks.map(({ name, count }) => [name, count]));
    expect(counts.get("gold")).to.equal(GOLDS.length + drawn.task.ballots.length);
    expect(counts.get("claims against operators' bonds")).to.equal(6);
  });

  it("holds where a larger claim took the place of one made before, and counts it once", async () => {
    const raised = withTask((task) => {
      const [direct, forwarded, kept] = task.claims as [Claim, Claim, Claim];
      const smaller = { ...kept, claimUnits: kept.claimUnits - 1n, logIndex: kept.logIndex - 1 };
      return { ...task, claims: [direct, forwarded, smaller, kept] };
    });
    const report = await recountFolder(drawn.provider, folder, raised);
    expect(report.firstFailure).to.equal(undefined);
    expect(report.claims).to.deep.equal({ made: 3, recomputed: 2, paid: 3 });
  });

  it("holds where the node keeps no transactions: then no claim is done again", async () => {
    const report = await recountFolder(drawn.provider, folder, () => ({
      calldata: () => Promise.resolve(undefined),
      directCalldata: () => Promise.resolve(undefined),
    }));
    expect(report.firstFailure).to.equal(undefined);
    expect(report.claims).to.deep.equal({ made: 3, recomputed: 0, paid: 3 });
  });

  describe("where a claim was sent straight to the contract", () => {
    /** The data of every transaction as somebody might have written it in its place. */
    const written = (change: (data: string) => string): Parameters<typeof recountFolder>[2] => {
      const changed = (data: string | undefined): string | undefined => data && change(data);
      return (reader) => ({
        calldata: async (transaction) => changed(await reader.calldata(transaction)),
        directCalldata: async (transaction) => changed(await reader.directCalldata(transaction)),
      });
    };
    /** Where the data says that the opening begins, counted from the first argument. */
    const OPENING_AT = 2 + 8 + 4 * 64;

    it("holds, and does not do it again, if its data are written in a way that is not read here", async () => {
      const backwards = written((data) =>
        findClaimCalls(data, drawn.task.taskId, drawn.task.omitted).length === 0
          ? data
          : `${data.slice(0, OPENING_AT)}${"f".repeat(62)}c0${data.slice(OPENING_AT + 64)}`,
      );
      const report = await recountFolder(drawn.provider, folder, backwards);
      expect(report.firstFailure).to.equal(undefined);
      expect(report.claims).to.deep.equal({ made: 3, recomputed: 1, paid: 3 });
    });

    it("is refuted by what was read of it, not by what lies behind it", async () => {
      const other = (data: string): string =>
        data.replace(drawn.task.omitted.slice(2), drawn.task.failed.slice(2)) + data.slice(2);
      const report = await recountFolder(drawn.provider, folder, written(other));
      expect(report.firstFailure?.message).to.equal(
        "the transaction has no claim for this validator",
      );
    });
  });

  it("shows gold in manifest, evidence and card", () => {
    const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
      tasks: { gold: object }[];
    };
    expect(manifest.tasks[0]?.gold).to.deep.equal({ valid: 9, void: 1, gate: true, failed: 1 });
    const card = readFileSync(join(folder, "README.md"), "utf8");
    expect(card).to.contain(`| \`${drawn.task.taskId}\` | 10 | 1 | yes | 1 |`);
    expect(card).to.contain("so no claim is in these files");
  });

  const first = <T>(list: readonly T[], change: (one: T) => T): T[] =>
    list.map((one, i) => (i === 0 ? change(one) : one));

  const chains: { name: string; disturb: (task: ChainTask) => ChainTask; says: RegExp }[] = [
    {
      name: "has other golds",
      disturb: (task) => ({ ...task, gold: { ...task.gold!, golds: "0x0000000100000201" } }),
      says: /gold hash/,
    },
    {
      name: "opened the golds late",
      disturb: (task) => ({
        ...task,
        gold: { ...task.gold!, time: task.created.terms.revealEndsAt - 1n },
      }),
      says: /golds were opened at/,
    },
    {
      name: "has malformed golds",
      disturb: (task) => ({ ...task, gold: { ...task.gold!, golds: "0x00ffff00" } }),
      says: /golds: no such item/,
    },
    {
      name: "says it opened none",
      disturb: (task) => ({ ...task, gold: undefined }),
      says: /golds were judged that were never opened/,
    },
    {
      name: "never judged the golds",
      disturb: (task) => ({ ...task, goldJudged: undefined }),
      says: /never held against the votes/,
    },
    {
      name: "judged the golds after a settlement",
      disturb: (task) => ({
        ...task,
        goldJudged: { ...task.goldJudged!, block: task.goldJudged!.block + 100n },
      }),
      says: /settled before the golds were judged/,
    },
    {
      name: "counts another void gold",
      disturb: (task) => ({ ...task, goldJudged: { ...task.goldJudged!, void: 2 } }),
      says: /void golds: 2 is said, 1 is recounted/,
    },
    {
      name: "says there is no gate",
      disturb: (task) => ({ ...task, goldJudged: { ...task.goldJudged!, gate: false } }),
      says: /gold gate: false is said, true is recounted/,
    },
    {
      name: "let the one pass who failed",
      disturb: (task) => ({ ...task, gateFailed: [] }),
      says: /failed the gold gate: false is said, true is recounted/,
    },
    {
      name: "counts fewer wrong answers",
      disturb: (task) => ({
        ...task,
        gateFailed: first(task.gateFailed, (one) => ({ ...one, wrong: one.wrong - 1 })),
      }),
      says: /golds answered wrongly: 8 is said, 9 is recounted/,
    },
    {
      name: "paid the one who failed",
      disturb: (task) => ({
        ...task,
        settled: task.settled.map((one) =>
          one.validator === drawn.task.failed ? { ...one, payUnits: 1n, multiplePpm: 1 } : one,
        ),
      }),
      says: /multiplePpm|payUnits/,
    },
    {
      name: "has a greater claim",
      disturb: (task) => ({
        ...task,
        claims: first(task.claims, (one) => ({ ...one, claimUnits: one.claimUnits + 1n })),
      }),
      says: /claim: 70000000000000000001 is said, 70000000000000000000 is recounted/,
    },
    {
      name: "has a claim for another validator",
      disturb: (task) => ({
        ...task,
        claims: first(task.claims, (one) => ({ ...one, validator: drawn.task.failed })),
      }),
      says: /the transaction has no claim for this validator/,
    },
    {
      name: "knew that the stake did not cover the version",
      disturb: (task) => ({
        ...task,
        unfunded: [{ ...task.committed[0]!, validator: drawn.task.omitted, version: 1 }],
      }),
      says: /a claim that the rules refuse: claim-unfunded/,
    },
    {
      name: "has a claim after the window",
      disturb: (task) => ({
        ...task,
        claims: first(task.claims, (one) => ({ ...one, time: one.time + 60n })),
      }),
      says: /which is not within/,
    },
    {
      name: "has the same claim twice",
      disturb: (task) => ({ ...task, claims: [...task.claims, task.claims[0]!] }),
      says: /claimed again for no more than before/,
    },
    {
      name: "took more of the bond",
      disturb: (task) => ({
        ...task,
        bondReleased: {
          ...task.bondReleased!,
          seizedUnits: task.bondReleased!.seizedUnits + 1n,
        },
      }),
      says: /taken of the bond/,
    },
    {
      name: "gave the operator a part back",
      disturb: (task) => ({ ...task, bondReleased: { ...task.bondReleased!, freedUnits: 5n } }),
      says: /bond released: 5 is said, 0 is recounted/,
    },
    {
      name: "released the bond early",
      disturb: (task) => ({
        ...task,
        bondReleased: { ...task.bondReleased!, time: task.created.terms.revealEndsAt },
      }),
      says: /released too early/,
    },
    {
      name: "paid a claim before the bond was released",
      disturb: (task) => ({ ...task, bondReleased: undefined }),
      says: /paid before the bond was released/,
    },
    {
      name: "paid another share",
      disturb: (task) => ({
        ...task,
        claimsPaid: first(task.claimsPaid, (one) => ({ ...one, paidUnits: one.paidUnits - 1n })),
      }),
      says: /share of the bond/,
    },
    {
      name: "kept what rounding left",
      disturb: (task) => ({
        ...task,
        claimsPaid: task.claimsPaid.map((one) => ({ ...one, dustUnits: 0n })),
      }),
      says: /left of the bond to the commons: 0 is said, 1 is recounted/,
    },
    {
      name: "paid a claim twice",
      disturb: (task) => ({ ...task, claimsPaid: [...task.claimsPaid, task.claimsPaid[0]!] }),
      says: /paid twice/,
    },
    {
      name: "paid a claim that nobody made",
      disturb: (task) => ({
        ...task,
        claimsPaid: first(task.claimsPaid, (one) => ({ ...one, validator: drawn.task.failed })),
      }),
      says: /paid for a claim that nobody made/,
    },
  ];
  for (const { name, disturb, says } of chains) {
    it(`does not hold on a chain that ${name}`, async () => {
      const report = await recountFolder(drawn.provider, folder, withTask(disturb));
      expect(report.ok).to.equal(false);
      expect(report.firstFailure?.message).to.match(says);
    });
  }

  it("does not hold where a share of the bond or the commons' part was never credited", async () => {
    for (const account of [drawn.task.unopened, stage.commons.address]) {
      const report = await recountFolder(drawn.provider, folder, (reader) => ({
        credits: async (accounts, since) => {
          const credits = await reader.credits(accounts, since);
          const credit = credits.get(account)!;
          return credits.set(account, { ...credit, creditUnits: credit.creditUnits - 1n });
        },
      }));
      expect(report.firstFailure?.where).to.equal(`account ${account}`);
    }
  });

  const files: { name: string; change: (copy: Copy) => void; says: RegExp }[] = [
    {
      name: "one gold in the evidence",
      change: (copy) =>
        copy.editLines("evidence/tasks.jsonl", (lines) => {
          const gold = lines[0]!["gold"] as Json;
          gold["golds"] = (gold["golds"] as string).replace(/01$/, "00");
        }),
      says: /gold\.golds/,
    },
    {
      name: "who failed the gate",
      change: (copy) =>
        copy.editLines("evidence/ballots.jsonl", (lines) => {
          const failed = lines.find((line) => line["goldFailed"] === true)!;
          failed["goldFailed"] = false;
        }),
      says: /goldFailed/,
    },
    {
      name: "the void golds of the manifest",
      change: (copy) =>
        copy.editManifest((manifest) => {
          const [task] = manifest["tasks"] as { gold: Json }[];
          task!.gold["void"] = 0;
        }),
      says: /0 is said, 1 is recounted/,
    },
  ];
  for (const { name, change, says } of files) {
    it(`finds ${name} changed, every checksum made to agree`, async () => {
      const copy = new Copy(folder);
      try {
        change(copy);
        copy.coverUp();
        const { ok, firstFailure } = await recountFolder(drawn.provider, copy.folder);
        expect(ok).to.equal(false);
        expect(`${firstFailure?.where} ${firstFailure?.message}`).to.match(says);
      } finally {
        copy.remove();
      }
    });
  }

  describe("reads a claim", () => {
    it("off a direct call and one passed on, and nothing off what merely begins like one", async () => {
      const { taskId, omitted, unopened } = drawn.task;
      const reader = readChain(drawn.provider, drawn.source.contracts);
      const { claims } = (await reader.task(taskId))!;
      const [direct, forwarded, kept] = await Promise.all(
        claims.map(async ({ transaction }) => (await reader.calldata(transaction)) ?? "0x"),
      );
      expect(findClaimCalls(direct!, taskId, omitted)).to.have.length(1);
      expect(findClaimCalls(direct!, taskId, unopened)).to.have.length(0);
      expect(findClaimCalls(forwarded!, taskId, unopened)[0]?.ballot).to.include({
        validator: unopened,
        version: 1,
      });
      expect(findClaimCalls(kept!, taskId, drawn.task.dodged)).to.have.length(0);
      for (const cut of [10, 74, 200, 1_000]) {
        expect(findClaimCalls(direct!.slice(0, cut), taskId, omitted)).to.have.length(0);
      }
      expect(await reader.directCalldata(claims[0]!.transaction)).to.equal(direct);
      expect(await reader.directCalldata(claims[1]!.transaction)).to.equal(undefined);
    });
  });
});
