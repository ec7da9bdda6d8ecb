import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { getAddress, keccak256 } from "ethers";
import { createApi } from "../../api/api.ts";
import type { Api } from "../../api/api.ts";
import { releaseRequest } from "../../api/schemas/releases.ts";
import { buildRelease } from "../../api/services/build-release.ts";
import { openCalldata } from "../../cli/read-calldata.ts";
import { startIndexer } from "../../indexer/main.ts";
import { decodeEntries, encodeEntries } from "../../protocol/ballot.ts";
import { fingerprintOf } from "../../protocol/commitment.ts";
import { isScrutineerError } from "../../protocol/errors.ts";
import { canonicalJson } from "../../protocol/item.ts";
import type { Hash } from "../../protocol/words.ts";
import type { RecountReport } from "../../release/recount/report.ts";
import type { SourceBallot } from "../../release/source.ts";
import type { ReleaseManifest } from "../../release/summary.ts";
import { silentLogger } from "../../runtime/logger.ts";
import { recoverAddress } from "../../runtime/signatures.ts";
import { openBlobs } from "../../store/blobs.ts";
import type { Blobs } from "../../store/blobs.ts";
import { openDatabase } from "../../store/database.ts";
import type { OpenDatabase } from "../../store/database.ts";
import { ballotVersions } from "../../store/schema/submissions.ts";
import { findHead } from "../../store/submissions/tasks.ts";
import { recountFolder, type Disturbance } from "./recount-folder.ts";
import { settleOnChain, WAYS } from "./settled-chain.ts";
import type { SettledChain } from "./settled-chain.ts";
import { Copy } from "./tamper.ts";
import type { Json } from "./tamper.ts";

describe("A release of ballots that never came through the service [G7] [G14]", () => {
  let settled: SettledChain;
  let database: OpenDatabase;
  let root: string;
  let blobs: Blobs;
  let api: Api;
  let folder: string;
  let nodeLacks: Hash | undefined;

  before(async function () {
    this.timeout(240_000);
    root = mkdtempSync(join(tmpdir(), "scrutineer-chain-only-"));
    settled = await settleOnChain();
    database = await openDatabase();
    blobs = openBlobs(join(root, "blobs"));
    await index();
    await keepContent();
    await keepSubmissions();
    api = openApi();
    folder = await release({ taskIds: settled.source.tasks.map(({ taskId }) => taskId) });
  });

  after(async () => {
    await database.close();
    await settled.stop();
    rmSync(root, { recursive: true, force: true });
  });

  /** The indexer follows the chain to its end. */
  async function index(): Promise<void> {
    const { stakeRegistry, feedbackTasks } = settled.source.contracts;
    const indexer = startIndexer(
      { rpcUrl: settled.chain.rpcUrl, stakeRegistry, feedbackTasks, pollMs: 20 },
      { database },
    );
    const head = BigInt(await settled.provider.getBlockNumber());
    while (((await findHead(database.db))?.number ?? -1n) < head) await wait(20);
    await indexer.stop();
  }

  async function keepContent(): Promise<void> {
    const put = (value: unknown): Promise<Hash> =>
      blobs.put(new TextEncoder().encode(canonicalJson(value)));
    for (const task of settled.source.tasks) {
      await put(task.manifest);
      await put(task.annex);
      for await (const { prompt, outputA, outputB } of task.items()) {
        for (const content of [prompt, outputA, outputB]) await put(content);
      }
    }
  }

  /** What the service was handed: all of the first task, of the second only what went in the batches. */
  async function keepSubmissions(): Promise<void> {
    for (const [i, { taskId, ballots }] of settled.source.tasks.entries()) {
      for (const ballot of ballots) {
        if (i === 1 && settled.seats.indexOf(ballot.validator) in WAYS) continue;
        const { opening, digest, signature, signer, validator, role, version } = ballot;
        await database.db.insert(ballotVersions).values({
          ...{ digest, taskId, validator, role, version, signature, signer },
          ...{ judgments: ballot.judgments, commitment: ballot.commitment },
          admissionIndex: ballot.admissionIndex,
          ...(opening ?? { entries: "0x", salt: digest, notesHash: digest }),
          receiptSignature: signature,
          receivedAt: 0n,
        });
      }
    }
  }

  /** Addresses as wallets and explorers show them, with checksums. */
  function openApi(): Api {
    const { contracts, tasks } = settled.source;
    const [first] = tasks;
    const read = openCalldata(settled.chain.rpcUrl);
    return createApi({
      db: database.db,
      blobs,
      logger: silentLogger(),
      now: () => 0n,
      random: (bytes) => new Uint8Array(bytes),
      publicConfig: {
        chainId: 31_337,
        rpcUrl: settled.chain.rpcUrl,
        graphqlUrl: "",
        contracts: {
          token: getAddress(contracts.token),
          stakeRegistry: getAddress(contracts.stakeRegistry),
          feedbackTasks: getAddress(contracts.feedbackTasks),
        },
        operator: first!.terms.operator,
        receiptKey: first!.terms.receiptKey,
        localChain: true,
        anchorSeconds: 30,
      },
      constants: {
        ...{ minStake: 0n, unbonding: 0n, seedDelay: 2n, minPool: 40 },
        ...{ minCommit: 5n, minReveal: 10n, claimWindow: 60n },
      },
      signers: {
        operator: first!.terms.operator,
        receiptKey: first!.terms.receiptKey,
        signAcceptance: () => "0x",
        signReceipt: () => "0x",
        recoverAddress,
      },
      releaseFolder: join(root, "releases"),
      readCalldata: async (hash) => (hash === nodeLacks ? undefined : read(hash)),
    });
  }

  async function release(body: unknown): Promise<string> {
    const stored = await buildRelease(api, releaseRequest.parse(body));
    return join(root, "releases", stored.release.releaseId);
  }

  /** Of the second task's validator in this seat, as the release has it. */
  function evidenceOf(seat: number, copy: Copy): SourceBallot & { chainOnly: string[] } {
    const { taskId } = settled.source.tasks[1]!;
    const line = copy
      .lines("evidence/ballots.jsonl")
      .find((ballot) => ballot["taskId"] === taskId && ballot["validator"] === settled.seats[seat]);
    return line as unknown as SourceBallot & { chainOnly: string[] };
  }

  function truthOf(seat: number): SourceBallot {
    const { ballots } = settled.source.tasks[1]!;
    return ballots.find(({ validator }) => validator === settled.seats[seat])!;
  }

  function inCopy<T>(body: (copy: Copy) => T): T {
    const copy = new Copy(folder);
    const done = (): void => copy.remove();
    const result = body(copy);
    if (result instanceof Promise) return result.finally(done) as T;
    done();
    return result;
  }

  it("verifies, with what no transaction shows counted in the report", async () => {
    const report = await recountFolder(settled.provider, folder);
    expect(report.firstFailure).to.equal(undefined);
    expect(report.ok).to.equal(true);
    expect(report.chainOnly).to.deep.equal({ signatures: 3, openings: 3, confirmed: 6 });
    expect(report.checks.find(({ name }) => name === "seen on the chain only")?.count).to.equal(6);
  });

  it("reads signature and opening off the validator's own transactions, direct or forwarded", () => {
    inCopy((copy) => {
      for (const seat of [1, 4]) {
        const { signature, opening, chainOnly } = evidenceOf(seat, copy);
        expect(signature).to.equal(truthOf(seat).signature);
        expect(opening).to.deep.equal(truthOf(seat).opening);
        expect(chainOnly).to.deep.equal([]);
      }
      // Its signature went to the chain in the batch, which the store of this service knows nothing of.
      expect(evidenceOf(2, copy).signature).to.equal(truthOf(2).signature);
    });
  });

  it("says what was seen on the chain only, and leaves the votes' signature empty", () => {
    inCopy((copy) => {
      const parts: Record<number, string[]> = {
        0: [],
        2: ["opening"],
        3: ["signature", "opening"],
        5: ["signature", "opening"],
        6: [],
        7: ["signature"],
      };
      for (const [seat, chainOnly] of Object.entries(parts)) {
        const ballot = evidenceOf(Number(seat), copy);
        expect(ballot.chainOnly, `seat ${seat}`).to.deep.equal(chainOnly);
        expect(ballot.signature === "").to.equal(chainOnly.includes("signature"));
        expect(ballot.effectiveEntries).to.equal(truthOf(Number(seat)).effectiveEntries);
      }
      const { taskId } = settled.source.tasks[1]!;
      const votes = copy.lines("votes/votes.jsonl").filter((vote) => vote["task_id"] === taskId);
      const unsigned = new Set(
        votes.filter((vote) => vote["signature"] === "").map((vote) => vote["judge"]),
      );
      expect([...unsigned].sort()).to.deep.equal([settled.seats[3], settled.seats[7]].sort());
    });
  });

  it("[G9] has every judgment that counts, whoever brought it", () => {
    inCopy((copy) => {
      const counted = settled.source.tasks
        .flatMap(({ ballots }) => ballots)
        .reduce((sum, { effectiveEntries }) => sum + (effectiveEntries.length - 2) / 8, 0);
      expect(copy.lines("votes/votes.jsonl")).to.have.length(counted);
    });
  });

  it("counts them in the manifest, and names each among the exclusions", () => {
    inCopy((copy) => {
      const manifest = JSON.parse(copy.text("manifest.json")) as ReleaseManifest;
      const [conditioned, open] = manifest.tasks;
      expect(conditioned?.ballots).to.include({ chainOnlySignatures: 0, chainOnlyOpenings: 0 });
      expect(open?.ballots).to.include({ chainOnlySignatures: 3, chainOnlyOpenings: 3 });
      const named = (code: string): string[] =>
        manifest.exclusions
          .filter((exclusion) => exclusion.code === code)
          .map(({ validator }) => validator)
          .sort();
      const seats = (...indexes: number[]): string[] =>
        indexes.map((i) => settled.seats[i]!).sort();
      expect(named("signature-on-chain-only")).to.deep.equal(seats(3, 5, 7));
      expect(named("opening-on-chain-only")).to.deep.equal(seats(2, 3, 5));
      const { judgments, effectiveEntries } = truthOf(2);
      const lost = judgments - (effectiveEntries.length - 2) / 8;
      expect(lost).to.be.greaterThan(0);
      const reasons = manifest.exclusions.map(({ reason }) => reason).join("\n");
      expect(reasons).to.include(`${lost} of its ${judgments} judgments do not.`);
      expect(copy.text("README.md")).to.match(/the chain alone saw .* \| 3, 3 \|/);
    });
  });

  it("needs logs, receipts and the latest state alone: without transactions it only confirms nothing", async () => {
    const report = await recountFolder(settled.provider, folder, () => ({
      calldata: () => Promise.resolve(undefined),
    }));
    expect(report.firstFailure).to.equal(undefined);
    expect(report.chainOnly).to.deep.equal({ signatures: 3, openings: 3, confirmed: 0 });
  });

  describe("after an ordinary ballot was turned into one that the chain alone saw", () => {
    /** All files agree again: evidence, votes, Parquet, exclusions, figures, card, root and checksums. */
    function hide(copy: Copy, seat: number, part: "signature" | "opening"): void {
      const { taskId } = settled.source.tasks[1]!;
      const validator = settled.seats[seat]!;
      copy.editLines("evidence/ballots.jsonl", (lines) => {
        const line = lines.find((l) => l["taskId"] === taskId && l["validator"] === validator)!;
        line[part] = part === "signature" ? "" : null;
        line["chainOnly"] = [part];
      });
      if (part === "signature") {
        copy.editLines("votes/votes.jsonl", (lines) => {
          for (const line of lines) {
            if (line["task_id"] === taskId && line["judge"] === validator) line["signature"] = "";
          }
        });
      }
    }

    /** The manifest, too, says what is missing: without a transaction to look at, nothing else can be told. */
    function ownUp(copy: Copy, seat: number, part: "signature" | "opening"): void {
      const { taskId } = settled.source.tasks[1]!;
      const validator = settled.seats[seat]!;
      const code = `${part}-on-chain-only`;
      const { judgments } = truthOf(seat);
      copy.editManifest((manifest) => {
        const { ballots } = (manifest["tasks"] as { ballots: Record<string, number> }[])[1]!;
        ballots[part === "signature" ? "chainOnlySignatures" : "chainOnlyOpenings"]! += 1;
        const exclusions = manifest["exclusions"] as Record<string, string | number>[];
        const reason = (
          exclusions.find((exclusion) => exclusion["code"] === code)!["reason"] as string
        ).replace(/\d+ of its \d+/, `0 of its ${judgments}`);
        const after = exclusions.findIndex(
          (exclusion) => exclusion["taskId"] === taskId && exclusion["validator"]! > validator,
        );
        const place = after < 0 ? exclusions.length : after;
        exclusions.splice(place, 0, { taskId, validator, itemIndex: -1, code, reason });
      });
    }

    for (const part of ["signature", "opening"] as const) {
      it(`does not hold where the node keeps transactions: they show the ${part}`, async () =>
        inCopy(async (copy) => {
          hide(copy, 1, part);
          copy.coverUp();
          const { ok, firstFailure } = await recountFolder(settled.provider, copy.folder);
          expect(ok).to.equal(false);
          expect(firstFailure?.check).to.equal("seen on the chain only");
          expect(firstFailure?.message).to.match(
            new RegExp(
              `^the ${part} is said to be on the chain only, but transaction 0x\\w+ shows it$`,
            ),
          );
          expect(firstFailure?.where).to.include(settled.seats[1]);
        }));

      it(`is counted by the recount where the node keeps none (${part})`, async () =>
        inCopy(async (copy) => {
          hide(copy, 1, part);
          copy.coverUp();
          const withoutTransactions = (): Promise<RecountReport> =>
            recountFolder(settled.provider, copy.folder, () => ({
              calldata: () => Promise.resolve(undefined),
            }));
          const counts = { [part === "signature" ? "signatures" : "openings"]: 4, confirmed: 0 };
          const silent = await withoutTransactions();
          expect(silent.firstFailure?.where).to.match(
            /^manifest\.json, tasks\[1\]\.ballots\.chainOnly/,
          );
          expect(silent.chainOnly).to.include(counts);

          ownUp(copy, 1, part);
          copy.coverUp();
          const open = await withoutTransactions();
          expect(open.firstFailure).to.equal(undefined);
          expect(open.chainOnly).to.include(counts);
        }));
    }

    it("does not hold if the file keeps what it says it lacks, or lacks what it does not say", async () => {
      await inCopy(async (copy) => {
        hide(copy, 1, "signature");
        copy.editLines("evidence/ballots.jsonl", (lines) => {
          for (const line of lines) if (line["signature"] === "") line["chainOnly"] = [];
        });
        const { firstFailure } = await recountFolder(settled.provider, copy.folder);
        expect(firstFailure?.message).to.equal("the signature is malformed");
      });
      await inCopy(async (copy) => {
        copy.editLines("evidence/ballots.jsonl", (lines) => {
          lines[0]!["chainOnly"] = ["signature"];
        });
        const { firstFailure } = await recountFolder(settled.provider, copy.folder);
        expect(firstFailure?.message).to.equal(
          "a signature said to be on the chain only is in the file",
        );
      });
      await inCopy(async (copy) => {
        copy.editLines("evidence/ballots.jsonl", (lines) => {
          for (const line of lines) line["chainOnly"] = [];
        });
        const { firstFailure } = await recountFolder(settled.provider, copy.folder);
        expect(firstFailure?.message).to.match(/the signature is malformed|the file has none/);
      });
    });
  });

  const differing: {
    name: string;
    disturb: Disturbance;
    names: RegExp;
  }[] = [
    {
      name: "another hash in the record",
      disturb: (reader) => ({
        recordOf: async (...asked) => ({
          ...(await reader.recordOf(...asked)),
          fingerprint: `0x${"11".repeat(22)}`,
        }),
      }),
      names: /^seen on the chain only: .*hash of the effective entries/,
    },
    {
      name: "another session in the record",
      disturb: (reader) => ({
        recordOf: async (...asked) => ({ ...(await reader.recordOf(...asked)), session: 9 }),
      }),
      names: /^seen on the chain only: .*session in the contract's record/,
    },
    {
      name: "a vote in the log for which there is no ticket",
      disturb: withVotes((seat, entries) => (seat === 2 ? lostEntryOf(2) : entries)),
      names: /^tickets, flips and votes: .*effective entries on the chain/,
    },
    {
      name: "a vote in the log on an item that does not exist",
      disturb: withVotes((seat, entries) =>
        seat === 3 ? `${entries.slice(0, -8)}00ffff01` : entries,
      ),
      names: /^tickets, flips and votes: .*effective entries on the chain/,
    },
  ];

  /** An entry that was opened and does not count. */
  function lostEntryOf(seat: number): string {
    const { opening, effectiveEntries } = truthOf(seat);
    const counted = decodeEntries(effectiveEntries).map(({ itemIndex }) => itemIndex);
    return encodeEntries(
      decodeEntries(opening!.entries)
        .filter(({ itemIndex }) => !counted.includes(itemIndex))
        .slice(0, 1),
    );
  }

  /** A chain whose log and record both tell other votes: only the rules can refuse them. */
  function withVotes(change: (seat: number, entries: string) => string): Disturbance {
    return (reader) => ({
      task: async (...asked) => {
        const task = await reader.task(...asked);
        if (task?.created.terms.conditionOnAi !== false) return task;
        const revealed = task.revealed.map((reveal) => {
          const seat = settled.seats.indexOf(reveal.validator);
          return { ...reveal, entries: reveal.entries && change(seat, reveal.entries) };
        });
        return { ...task, revealed };
      },
      recordOf: async (taskId, validator) => {
        const record = await reader.recordOf(taskId, validator);
        const { effectiveEntries } = truthOf(settled.seats.indexOf(validator));
        const entries = change(settled.seats.indexOf(validator), effectiveEntries);
        return record.isVoid
          ? record
          : { ...record, fingerprint: fingerprintOf(keccak256(entries)) };
      },
    });
  }

  for (const { name, disturb, names } of differing) {
    it(`does not hold on a chain with ${name}`, async () => {
      const { ok, firstFailure } = await recountFolder(settled.provider, folder, disturb);
      expect(ok).to.equal(false);
      expect(`${firstFailure?.check}: ${firstFailure?.where} ${firstFailure?.message}`).to.match(
        names,
      );
    });
  }

  describe("asked for anew", () => {
    it("is the one there is for the same tasks, and another with another licence or title", async () => {
      const taskIds = settled.source.tasks.map(({ taskId }) => taskId).reverse();
      expect(await release({ taskIds })).to.equal(folder);
      expect(await release({ taskIds, licence: "other" })).to.equal(folder);
      const other = await release({ taskIds, licence: "cc-by-4.0", title: "Chosen" });
      expect(other).to.not.equal(folder);
      const read = async (path: string): Promise<Json> => {
        const copy = new Copy(path);
        try {
          return JSON.parse(copy.text("manifest.json")) as Json;
        } finally {
          copy.remove();
        }
      };
      expect(await read(folder)).to.include({ licence: "other" });
      expect(await read(other)).to.include({ licence: "cc-by-4.0", title: "Chosen" });
      expect((await recountFolder(settled.provider, other)).firstFailure).to.equal(undefined);
    });

    it("is refused for now by a node that lacks a transaction, rather than said to be on the chain only", async () => {
      nodeLacks = truthOf(1).transactions.commit;
      try {
        await release({ taskIds: [settled.source.tasks[1]!.taskId] });
        expect.fail("it was drawn");
      } catch (error) {
        expect(isScrutineerError(error, "chain-unreachable"), String(error)).to.equal(true);
      } finally {
        nodeLacks = undefined;
      }
    });
  });
});
