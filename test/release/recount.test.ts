import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { fileWriter } from "hyparquet-writer";
import { isScrutineerError } from "../../protocol/errors.ts";
import { admittedBy } from "../../protocol/admission.ts";
import { columnsOf } from "../../release/columns.ts";
import { evidenceTaskSchema } from "../../release/evidence.ts";
import { writeParquetRows } from "../../release/parquet.ts";
import type { Row } from "../../release/rows.ts";
import { readChain } from "../../release/recount/chain-reader.ts";
import { checkAdmissionLists } from "../../release/recount/check-admission.ts";
import type { OpenedTask } from "../../release/recount/check-task.ts";
import { folderReader } from "../../release/recount/folder-reader.ts";
import { recount } from "../../release/recount/recount.ts";
import type { RecountProgress } from "../../release/recount/report.ts";
import { writeRelease } from "../../release/write-release.ts";
import { deployLocally } from "../../cli/deployment.ts";
import { recoverAddress } from "../../runtime/signatures.ts";
import { startLocalChain } from "../support/local-chain.ts";
import { recountFolder, withTask, type Disturbance } from "./recount-folder.ts";
import { settleOnChain } from "./settled-chain.ts";
import type { SettledChain } from "./settled-chain.ts";
import { Copy } from "./tamper.ts";
import type { Json } from "./tamper.ts";

describe("The recount", () => {
  let settled: SettledChain;
  let root: string;
  let folder: string;

  before(async function () {
    this.timeout(180_000);
    root = mkdtempSync(join(tmpdir(), "scrutineer-recount-"));
    settled = await settleOnChain(join(root, "chain.json"));
    folder = join(root, "release");
    await writeRelease(
      settled.source,
      { release: "recount-1", createdAt: "2026-01-02T03:04:05Z", title: "Pairs", licence: "mit" },
      folder,
    );
  });

  after(async () => {
    rmSync(root, { recursive: true, force: true });
    await settled.stop();
  });

  describe("of a release as it was written", () => {
    it("holds, from logs, block headers and the latest state alone", async () => {
      const report = await recountFolder(settled.provider, folder);
      expect(report.firstFailure).to.equal(undefined);
      expect(report).to.include({ ok: true, release: "recount-1", chainId: 31337, tasks: 2 });
      expect(report.checks.map(({ name }) => name)).to.deep.equal([
        "manifest",
        "chain",
        "evidence",
        "tasks and terms",
        "content hashes and item proofs",
        "output receipts",
        "seeds and draws",
        "admission lists",
        "ballots",
        "signatures and sessions",
        "seats, admission and pools",
        "commits before anything was public",
        "openings",
        "seen on the chain only",
        "tickets, flips and votes",
        "gold",
        "scores and pay",
        "refund, fees, rest and penalties [G11]",
        "claims against operators' bonds",
        "credits",
        "rows",
        "figures and root of the manifest",
        "dataset card",
        "sizes and sha-256",
        "lineage",
      ]);
      for (const check of report.checks) expect(check.ok, check.name).to.equal(true);
    });

    it("tells how far it is", async () => {
      const seen: RecountProgress[] = [];
      await recount(await folderReader(folder), {
        openChain: (addresses) => readChain(settled.provider, addresses),
        onProgress: (progress) => seen.push(progress),
      });
      expect(new Set(seen.map(({ check }) => check)).size).to.equal(25);
      expect(seen).to.deep.include({ check: "sizes and sha-256", done: 10, total: 10 });
    });

    it("tells every ballot's signer by the way it is given", async () => {
      const told = new Set<string>();
      const report = await recount(await folderReader(folder), {
        openChain: (addresses) => readChain(settled.provider, addresses),
        recover: (digest, signature) => {
          told.add(digest);
          return recoverAddress(digest, signature);
        },
      });
      expect(report.firstFailure).to.equal(undefined);
      const ballots = report.checks.find(({ name }) => name === "ballots");
      expect(told.size).to.equal(ballots?.count);
    });

    it("imports nothing that a browser lacks", () => {
      const seen = new Set<string>();
      const visit = (path: string): void => {
        if (seen.has(path) || path.includes("/bindings/")) return;
        seen.add(path);
        for (const [, from] of readFileSync(path, "utf8").matchAll(/from "([^"]+)"/g)) {
          expect(from, path).to.not.match(/^node:/);
          if (from!.startsWith(".")) visit(resolve(dirname(path), from!));
        }
      };
      visit(resolve(import.meta.dirname, "../../release/recount/recount.ts"));
      visit(resolve(import.meta.dirname, "../../release/recount/chain-reader.ts"));
      visit(resolve(import.meta.dirname, "../../release/lineage/registry-reader.ts"));
      expect(seen.size).to.be.greaterThan(20);
    });
  });

  describe("of a task with an admission list", () => {
    const firstLine = (path: string): string =>
      readFileSync(join(folder, path), "utf8").split("\n", 1)[0] ?? "";

    async function failureWhereDrawn(change: (drawn: string[]) => string[]): Promise<string> {
      const { ok, firstFailure } = await recountFolder(settled.provider, folder, (reader) => ({
        drawAdmission: async (rule, role) => change(await reader.drawAdmission(rule, role)),
      }));
      expect(ok).to.equal(false);
      return `${firstFailure?.check}: ${firstFailure?.where}: ${firstFailure?.message}`;
    }

    it("compares it, address by address, with the attestations on the chain", async () => {
      const { checks } = await recountFolder(settled.provider, folder);
      expect(checks).to.deep.include({ name: "admission lists", ok: true, count: 8 });
    });

    it("names one that stands on it without an attestation", async () => {
      const [, padded] = settled.seats as [string, string];
      const found = await failureWhereDrawn((drawn) => drawn.filter((each) => each !== padded));
      expect(found).to.match(
        new RegExp(
          `^admission lists: task 0x\\w+, admission of role Human: ${padded} is on the admission list without a seat`,
        ),
      );
    });

    it("names one that was left out", async () => {
      const leftOut = "0x00000000000000000000000000000000000000a1";
      const found = await failureWhereDrawn((drawn) => [leftOut, ...drawn]);
      expect(found).to.match(
        new RegExp(`${leftOut} has a seat as Human and an attestation .* and is not on the`),
      );
    });

    it("does not hold where the list was drawn in the task's own block or later", async () => {
      const task = evidenceTaskSchema.parse(JSON.parse(firstLine("evidence/tasks.jsonl")));
      const { human } = task.manifest.admission;
      const drawnAt = BigInt((human as { block: number }).block);
      const draw = async (): Promise<readonly string[]> => admittedBy(human) ?? [];
      const check = (snapshotBlock: bigint): Promise<number> =>
        checkAdmissionLists(task, { created: { snapshotBlock } } as OpenedTask, draw);
      expect(await check(drawnAt + 1n)).to.equal(8);
      const error: unknown = await check(drawnAt).catch((thrown: unknown) => thrown);
      expect(String(error)).to.match(/drawn at block (\d+), not before the task's own block \1$/);
    });
  });

  const tamperings: { name: string; change: (copy: Copy) => void; names: RegExp }[] = [
    {
      name: "one verdict changed in the votes file",
      change: (copy) =>
        copy.editLines("votes/votes.jsonl", (lines) => {
          const [line] = lines;
          line!["verdict"] = line!["verdict"] === "a" ? "b" : "a";
        }),
      names: /^votes\/votes\.jsonl:1, row .*verdict: "[ab]" is said, "(a|b|tie)" is recounted$/,
    },
    {
      name: "one character changed in an answer",
      change: (copy) =>
        copy.editLines("evidence/items.jsonl", (lines) => {
          const output = lines[3]!["outputA"] as { messages: { content: string }[] };
          output.messages[0]!.content = output.messages[0]!.content.replace("e", "a");
        }),
      names: /evidence\/items\.jsonl:4, task 0x\w+, item 3, outputA the text hashes to/,
    },
    {
      name: "one character changed in an answer of the preference file",
      change: (copy) =>
        copy.editLines("preference/preference.jsonl", (lines) => {
          const chosen = lines[2]!["chosen"] as { content: string }[];
          chosen[0]!.content = `${chosen[0]!.content}!`;
        }),
      names: /^preference\/preference\.jsonl:3, row .*chosen\[0\]\.content/,
    },
    {
      name: "a row dropped",
      change: (copy) => copy.editLines("votes/votes.jsonl", (lines) => lines.slice(0, -1)),
      names: /^votes\/votes\.jsonl:\d+ a line is missing: row 0x/,
    },
    {
      name: "a row dropped from the middle",
      change: (copy) =>
        copy.editLines("preference/preference.jsonl", (lines) => lines.filter((_, i) => i !== 4)),
      names: /^preference\/preference\.jsonl:5 row \S+ is there, row \S+ is recounted/,
    },
    {
      name: "a row added",
      change: (copy) =>
        copy.editLines("battles/battles.jsonl", (lines) => [
          ...lines,
          { ...lines[0]!, id: "0x00-0-added" },
        ]),
      names: /^battles\/battles\.jsonl:\d+ a line that nothing on the chain accounts for/,
    },
    {
      name: "another validator's signature pasted in",
      change: (copy) =>
        copy.editLines("evidence/ballots.jsonl", (lines) => {
          lines[1]!["signature"] = lines[3]!["signature"];
        }),
      names: /ballot of 0x\w+ the signature is by 0x\w+, the chain accepted one by 0x\w+/,
    },
    {
      name: "another validator's signature pasted into the votes",
      change: (copy) =>
        copy.editLines("votes/votes.jsonl", (lines) => {
          lines[0]!["signature"] = lines[1]!["signature"];
        }),
      names: /^votes\/votes\.jsonl:1, row .*signature: /,
    },
    {
      name: "a wrong pay figure in the manifest",
      change: (copy) =>
        copy.editManifest((manifest) => {
          const [task] = manifest["tasks"] as { money: Json }[];
          task!.money["paid"] = (BigInt(task!.money["paid"] as string) + 1n).toString();
        }),
      names: /^manifest\.json, tasks\[0\]\.money\.paid "\d+" is said, "\d+" is recounted/,
    },
    {
      name: "a model's name changed in the evidence",
      change: (copy) =>
        copy.editLines("evidence/tasks.jsonl", (lines) => {
          const annex = lines[0]!["annex"] as { items: Json[] };
          annex.items[0]!["modelA"] = "another";
        }),
      names: /hash of the annex/,
    },
    {
      name: "a ballot left out of the evidence",
      change: (copy) => copy.editLines("evidence/ballots.jsonl", (lines) => lines.slice(1)),
      names: /the chain has this ballot, the file has not/,
    },
    {
      name: "an opening changed",
      change: (copy) =>
        copy.editLines("evidence/ballots.jsonl", (lines) => {
          const opening = lines[1]!["opening"] as { entries: string };
          opening.entries = opening.entries.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
        }),
      names: /what the opening seals/,
    },
    {
      name: "a figure of the leaderboard changed",
      change: (copy) =>
        copy.editManifest((manifest) => {
          const figures = manifest["figures"] as { leaderboard: { strength: number }[] };
          figures.leaderboard[0]!.strength += 0.001;
        }),
      names: /figures\.leaderboard\[0\]\.strength/,
    },
    {
      name: "an exclusion hidden",
      change: (copy) =>
        copy.editManifest((manifest) => void (manifest["exclusions"] as unknown[]).shift()),
      names: /^manifest\.json, exclusions/,
    },
  ];

  for (const { name, change, names } of tamperings) {
    describe(`after ${name}`, () => {
      for (const thorough of [false, true]) {
        const how = thorough ? "even with Parquet, root and every checksum made to agree" : "";
        it(`does not hold and says where ${how}`.trimEnd(), async () => {
          const copy = new Copy(folder);
          try {
            change(copy);
            if (thorough) copy.coverUp();
            const { ok, firstFailure, checks } = await recountFolder(settled.provider, copy.folder);
            expect(ok).to.equal(false);
            expect(`${firstFailure?.where} ${firstFailure?.message}`).to.match(names);
            expect(checks.at(-1)).to.include({ name: firstFailure?.check, ok: false });
          } finally {
            copy.remove();
          }
        });
      }
    });
  }

  describe("of files that disagree with each other", () => {
    async function failureAfter(change: (copy: Copy) => void): Promise<string> {
      const copy = new Copy(folder);
      try {
        change(copy);
        const { ok, firstFailure } = await recountFolder(settled.provider, copy.folder);
        expect(ok).to.equal(false);
        return `${firstFailure?.check}: ${firstFailure?.where} ${firstFailure?.message}`;
      } finally {
        copy.remove();
      }
    }

    it("finds a verdict changed in the Parquet file alone", async () => {
      const found = await failureAfter((copy) => {
        const rows = writeParquetRows(
          fileWriter(join(copy.folder, "votes/votes.parquet")),
          columnsOf.votes,
        );
        for (const [i, row] of copy.lines("votes/votes.jsonl").entries()) {
          rows.write((i === 7 ? { ...row, verdict: "tie" } : row) as Row, 100);
        }
        rows.finish();
      });
      expect(found).to.match(/votes\.parquet, row 8, row .*verdict: "tie" is said/);
    });

    it("finds a Parquet file with another column, and one that is none", async () => {
      const columns = [...columnsOf.votes.slice(0, -1), { name: "margin", type: "int32" } as const];
      const another = await failureAfter((copy) => {
        const rows = writeParquetRows(
          fileWriter(join(copy.folder, "votes/votes.parquet")),
          columns,
        );
        for (const row of copy.lines("votes/votes.jsonl")) {
          rows.write({ ...row, margin: 1 }, 100);
        }
        rows.finish();
      });
      expect(another).to.match(/votes\.parquet the columns differ: .*margin/);
      const none = await failureAfter((copy) => copy.write("votes/votes.parquet", "PAR1 no PAR1"));
      expect(none).to.match(/votes\.parquet not readable as Parquet/);
    });

    it("finds a missing file, a cut one, broken UTF-8 and broken JSON", async () => {
      const rm = (path: string) => (copy: Copy) => rmSync(join(copy.folder, path));
      expect(await failureAfter(rm("votes/votes.parquet"))).to.match(/the file is missing/);
      expect(await failureAfter(rm("manifest.json"))).to.match(/^manifest: manifest.json/);
      expect(
        await failureAfter((copy) =>
          copy.write("votes/votes.jsonl", copy.text("votes/votes.jsonl").slice(0, -40)),
        ),
      ).to.match(/votes\.jsonl:\d+ the last line has no end/);
      expect(
        await failureAfter((copy) =>
          copy.write("evidence/items.jsonl", Buffer.from([0x22, 0xff, 0x22, 0x0a])),
        ),
      ).to.match(/items\.jsonl:1 not valid UTF-8/);
      expect(await failureAfter((copy) => copy.write("evidence/tasks.jsonl", "{\n"))).to.match(
        /tasks\.jsonl:1 not JSON/,
      );
    });

    it("finds a line that says the same in another way", async () => {
      const found = await failureAfter((copy) =>
        copy.editLines("votes/votes.jsonl", ([first, ...rest]) => [
          Object.fromEntries(Object.entries(first!).reverse()),
          ...rest,
        ]),
      );
      expect(found).to.match(/votes\.jsonl:1 the line is not in canonical form/);
    });

    it("finds a changed card and a wrong checksum", async () => {
      const card = await failureAfter((copy) =>
        copy.write("README.md", copy.text("README.md").replace("| pairs | 28 |", "| pairs | 29 |")),
      );
      expect(card).to.match(/^dataset card: README\.md:\d+/);
      const sum = await failureAfter((copy) =>
        copy.editManifest((manifest) => {
          (manifest["files"] as Json[])[2]!["sha256"] = `0x${"00".repeat(32)}`;
        }),
      );
      expect(sum).to.match(/^sizes and sha-256: preference\/preference\.jsonl sha-256/);
    });
  });

  describe("on a chain where the task differs", () => {
    it("does not hold where the same contracts know no such task", async function () {
      this.timeout(120_000);
      const other = await startLocalChain();
      const provider = new JsonRpcProvider(other.rpcUrl, undefined, { staticNetwork: true });
      try {
        const { feedbackTasks } = await deployLocally(other.rpcUrl);
        expect(feedbackTasks.toLowerCase()).to.equal(settled.source.contracts.feedbackTasks);
        const { ok, firstFailure } = await recountFolder(provider, folder);
        expect(ok).to.equal(false);
        expect(firstFailure?.check).to.equal("tasks and terms");
        expect(firstFailure?.message).to.equal("there is no such task on this chain");
      } finally {
        provider.destroy();
        await other.stop();
      }
    });

    const differing: {
      name: string;
      disturb: Disturbance;
      names: RegExp;
    }[] = [
      {
        name: "another chain id",
        disturb: () => ({ chainId: () => Promise.resolve(1n) }),
        names: /^chain: manifest\.json chain id: 31337 is said, 1 is recounted/,
      },
      {
        name: "another price",
        disturb: withTask((task) => ({
          ...task,
          created: { ...task.created, terms: { ...task.created.terms, humanPrice: 1n } },
        })),
        names: /terms\.humanPrice the file says "\d+", the chain "1"/,
      },
      {
        name: "another block at the seed",
        disturb: () => ({ blockHash: () => Promise.resolve(`0x${"11".repeat(32)}`) }),
        names: /^seeds and draws: task 0x\w+ seed/,
      },
      {
        name: "other seats at the snapshot",
        disturb: () => ({ activeSeatsAt: () => Promise.resolve(5) }),
        names: /^seeds and draws: task 0x\w+ Human seats/,
      },
      {
        name: "one ballot fewer in its log",
        disturb: withTask((task) => ({ ...task, committed: task.committed.slice(1) })),
        names: /^ballots: task 0x\w+ ballots in the chain's log and in its count/,
      },
      {
        name: "another effective vote",
        disturb: withTask((task) => ({
          ...task,
          revealed: task.revealed.map((reveal, i) =>
            i === 0 ? { ...reveal, entries: reveal.entries?.replace(/.$/, "2") } : reveal,
          ),
        })),
        names: /^tickets, flips and votes: .*effective entries on the chain/,
      },
      {
        name: "another score",
        disturb: withTask((task) => ({
          ...task,
          settled: task.settled.map((ballot) => ({ ...ballot, scorePpm: ballot.scorePpm + 1 })),
        })),
        names: /^scores and pay: .*scorePpm on the chain/,
      },
      {
        name: "another rest",
        disturb: withTask((task) => ({
          ...task,
          taskSettled: task.taskSettled && { ...task.taskSettled, restUnits: 1n },
        })),
        names: /^refund, fees, rest and penalties \[G11\]: .*restUnits on the chain/,
      },
      {
        name: "a credit that was never given",
        disturb: (reader) => ({
          credits: async (accounts, since) =>
            new Map(
              [...(await reader.credits(accounts, since))].map(([account, credit]) => [
                account,
                { ...credit, creditUnits: 0n },
              ]),
            ),
        }),
        names: /^credits: account 0x\w+ credit and withdrawals/,
      },
      {
        name: "a task not settled yet",
        disturb: withTask((task) => ({ ...task, taskSettled: undefined })),
        names: /not settled on this chain/,
      },
      {
        name: "a commit after the time for it",
        disturb: withTask((task) => {
          const [first, ...rest] = task.committed;
          const time = task.created.terms.commitEndsAt;
          return { ...task, committed: [{ ...first!, time }, ...rest] };
        }),
        names: /^commits before anything was public: .*commits of its role had ended at/,
      },
      {
        // In the block of the opening and behind it, at a time that would do.
        name: "a commit after the first opening",
        disturb: withTask((task) => {
          const { validator, block, logIndex } = task.revealed[0]!;
          const committed = task.committed.map((commit) =>
            commit.validator === validator ? { ...commit, block, logIndex: logIndex + 1 } : commit,
          );
          return { ...task, committed };
        }),
        names: /^commits before anything was public: .*after 0x\w+ was opened in block/,
      },
      {
        name: "a session revoked before the commit",
        disturb: (reader) => ({
          sessionOf: async (validator, key) => ({
            ...(await reader.sessionOf(validator, key)),
            revokedAt: 1n,
          }),
        }),
        names: /^signatures and sessions: .*may not sign: session-revoked/,
      },
      {
        name: "a session that was never authorised",
        disturb: () => ({
          sessionOf: () =>
            Promise.resolve({ authorizedAt: 0n, expiresAt: 0n, revokedAt: 0n, number: 0 }),
        }),
        names: /^signatures and sessions: .*was not authorised/,
      },
      {
        name: "a seat of another role",
        disturb: () => ({ roleAt: () => Promise.resolve("Operator" as const) }),
        names: /^seats, admission and pools: .*role at the snapshot/,
      },
    ];
    for (const { name, disturb, names } of differing) {
      it(`does not hold where it has ${name}`, async () => {
        const { ok, firstFailure } = await recountFolder(settled.provider, folder, disturb);
        expect(ok).to.equal(false);
        expect(`${firstFailure?.check}: ${firstFailure?.where} ${firstFailure?.message}`).to.match(
          names,
        );
      });
    }
  });

  describe("on a chain that was saved and is served again", () => {
    it("holds: blocks, logs, receipts and the latest state are all it asks for", async () => {
      await settled.stop();
      const again = await startLocalChain({ loadFile: join(root, "chain.json") });
      const provider = new JsonRpcProvider(again.rpcUrl, undefined, { staticNetwork: true });
      try {
        const report = await recountFolder(provider, folder);
        expect(report.firstFailure).to.equal(undefined);
        expect(report.ok).to.equal(true);
      } finally {
        provider.destroy();
        await again.stop();
      }
    });
  });

  describe("that cannot look", () => {
    it("throws where the chain does not answer, and says nothing about the release", async () => {
      const provider = new JsonRpcProvider("http://127.0.0.1:9", 31337, { staticNetwork: true });
      try {
        await recountFolder(provider, folder);
        expect.fail("it answered");
      } catch (error) {
        expect(isScrutineerError(error, "chain-unreachable"), String(error)).to.equal(true);
      } finally {
        provider.destroy();
      }
    });

    it("throws where there is no folder", async () => {
      try {
        await folderReader(join(root, "nowhere"));
        expect.fail("there is a folder");
      } catch (error) {
        expect(isScrutineerError(error, "file-unreadable")).to.equal(true);
      }
    });
  });
});
