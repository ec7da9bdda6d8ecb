import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { fileWriter } from "hyparquet-writer";
import { isScrutineerError } from "../../protocol/errors.ts";
import { columnsOf, configNames } from "../../release/columns.ts";
import type { ConfigName } from "../../release/columns.ts";
import { writeParquetRows } from "../../release/parquet.ts";
import type { ReleaseSource } from "../../release/source.ts";
import type { ReleaseManifest, ReleaseOptions } from "../../release/summary.ts";
import { writeRelease } from "../../release/write-release.ts";
import { madeSource } from "./made-source.ts";
import { sha256 } from "./tamper.ts";

type Json = Record<string, unknown>;

const options: ReleaseOptions = {
  release: "test-1",
  createdAt: "2026-01-02T03:04:05Z",
  title: "Pairs for tests",
  licence: "mit",
};

/** product.md, "Model teams", 5: every column of `preference` with its type. */
const PREFERENCE_COLUMNS: Record<string, string> = {
  id: "VARCHAR",
  prompt: 'STRUCT("role" VARCHAR, "content" VARCHAR)[]',
  chosen: 'STRUCT("role" VARCHAR, "content" VARCHAR)[]',
  rejected: 'STRUCT("role" VARCHAR, "content" VARCHAR)[]',
  score_chosen: "DOUBLE",
  score_rejected: "DOUBLE",
  preference_strength: "DOUBLE",
  agreement: "DOUBLE",
  n_votes: "INTEGER",
  n_human: "INTEGER",
  n_ai: "INTEGER",
  chosen_model: "VARCHAR",
  rejected_model: "VARCHAR",
  category: "VARCHAR",
  language: "VARCHAR",
  source: "VARCHAR",
  aggregation: "VARCHAR",
  task_id: "VARCHAR",
  pair_id: "VARCHAR",
  chain_id: "BIGINT",
  contract: "VARCHAR",
  ballot_digests: "VARCHAR[]",
  tx_hashes: "VARCHAR[]",
  content_hash: "VARCHAR",
  release: "VARCHAR",
  created_at: "VARCHAR",
};

describe("A release, written", () => {
  const source = madeSource({ items: 40, humans: 7, ais: 1 });
  let root: string;
  let folder: string;
  let manifest: ReleaseManifest;
  let duckdb: DuckDBConnection;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), "scrutineer-release-"));
    folder = join(root, "release");
    manifest = await writeRelease(source, options, folder);
    duckdb = await (await DuckDBInstance.create()).connect();
  });

  after(() => rmSync(root, { recursive: true, force: true }));

  function parquet(config: ConfigName): string {
    return `'${join(folder, config, `${config}.parquet`)}'`;
  }

  function lines(config: ConfigName): Json[] {
    return readFileSync(join(folder, config, `${config}.jsonl`), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Json);
  }

  async function ask(sql: string): Promise<Json[]> {
    return (await duckdb.runAndReadAll(sql)).getRowObjectsJson();
  }

  describe("read by DuckDB", () => {
    it("has in preference exactly the columns and types of the specification", async () => {
      const described = await ask(`DESCRIBE SELECT * FROM ${parquet("preference")}`);
      const columns = described.map((row) => [row["column_name"], row["column_type"]]);
      expect(columns).to.deep.equal(Object.entries(PREFERENCE_COLUMNS));
    });

    for (const config of configNames) {
      it(`has the same rows in ${config}.parquet as in ${config}.jsonl, and no null`, async () => {
        const integers = columnsOf[config].filter(({ type }) => type === "int64");
        const rows = await ask(`SELECT * FROM ${parquet(config)}`);
        // DuckDB's JSON writes 64-bit integers as text.
        for (const row of rows) for (const { name } of integers) row[name] = Number(row[name]);
        expect(rows).to.deep.equal(lines(config));
        expect(JSON.stringify(rows)).to.not.include("null");
        expect(rows.length).to.equal(manifest.rows[config]).and.to.be.greaterThan(0);
      });
    }

    it("has in preference what a majority of human votes gives, by SQL over votes alone", async () => {
      const decided = await ask(`
        WITH counted AS (
          SELECT pair_id, any_value(model_a) AS model_a, any_value(model_b) AS model_b,
            count(*) FILTER (role = 'human' AND verdict = 'a') AS a,
            count(*) FILTER (role = 'human' AND verdict = 'b') AS b,
            count(*) FILTER (role = 'human' AND verdict = 'tie') AS tie,
            count(*) FILTER (role = 'ai') AS ais
          FROM ${parquet("votes")} WHERE NOT identical AND NOT empty GROUP BY pair_id)
        SELECT pair_id, CASE WHEN a > b THEN model_a ELSE model_b END AS chosen_model,
          greatest(a, b)::DOUBLE / (a + b + tie) AS agreement,
          (a + b + tie)::INT AS n_human, ais::INT AS n_ai
        FROM counted WHERE a <> b AND greatest(a, b) > tie ORDER BY pair_id`);
      const rows = await ask(`
        SELECT pair_id, chosen_model, agreement, n_human, n_ai
        FROM ${parquet("preference")} ORDER BY pair_id`);
      expect(rows).to.deep.equal(decided);
    });

    it("closes a row group every thousand rows, so that nothing is held whole", async () => {
      const path = join(root, "many.parquet");
      const rows = writeParquetRows(fileWriter(path), [{ name: "n", type: "int32" }]);
      for (let n = 0; n < 2_500; n++) rows.write({ n }, 10);
      rows.finish();
      const [groups] = await ask(
        `SELECT count(DISTINCT row_group_id)::INT AS groups, any_value(created_by) AS by
         FROM parquet_metadata('${path}'), parquet_file_metadata('${path}')`,
      );
      const [sum] = await ask(`SELECT sum(n)::INT AS sum FROM '${path}'`);
      expect(groups).to.deep.equal({ groups: 3, by: "scrutineer" });
      expect(sum).to.deep.equal({ sum: (2_499 * 2_500) / 2 });
    });
  });

  it("keeps ties, identical and empty answers out of preference and in votes and battles", () => {
    const preferred = new Set(lines("preference").map((row) => row["pair_id"]));
    for (const flag of ["identical", "empty"]) {
      const voted = lines("votes").filter((row) => row[flag] === true);
      expect(voted.length).to.be.greaterThan(0);
      expect(voted.filter((row) => preferred.has(row["pair_id"]))).to.deep.equal([]);
    }
    const { figures } = manifest;
    expect(figures.identical).to.equal(1);
    expect(figures.empty).to.equal(1);
    const { identical, empty, unjudged, tie } = figures.keptOut;
    expect(tie).to.be.greaterThan(0);
    expect(figures.decided + identical + empty + unjudged + tie).to.equal(figures.items);
    expect(lines("battles")).to.have.length(lines("votes").length);
  });

  it("gives battles their arena layout", () => {
    const [battle] = lines("battles");
    const [vote] = lines("votes");
    expect(battle).to.include({ judge: vote!["judge"], turn: 1, language: "en" });
    expect(battle!["winner"]).to.be.oneOf(["model_a", "model_b", "tie"]);
    expect((battle!["conversation_a"] as Json[]).map((message) => message["role"])).to.deep.equal([
      "user",
      "assistant",
    ]);
  });

  it("lists every file with its size and sha-256", () => {
    const found = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
    expect(manifest.files.map(({ path }) => path)).to.have.members(
      found.filter((path) => path !== "manifest.json"),
    );
    for (const { path, bytes, sha256: said } of manifest.files) {
      expect(statSync(join(folder, path)).size).to.equal(bytes);
      expect(sha256(readFileSync(join(folder, path)))).to.equal(said);
    }
    const written = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as unknown;
    expect(written).to.deep.equal(manifest);
  });

  it("has the root that OpenZeppelin's own library builds over the lines of JSONL", () => {
    const leaves = configNames.flatMap((config) =>
      readFileSync(join(folder, config, `${config}.jsonl`), "utf8")
        .trimEnd()
        .split("\n")
        .map((line): [string] => [sha256(Buffer.from(line))]),
    );
    expect(StandardMerkleTree.of(leaves, ["bytes32"]).root).to.equal(manifest.root);
  });

  it("[G11] says each task's money, adding up exactly", () => {
    for (const { money } of manifest.tasks) {
      const [refund, fees, paid, rest] = [money.refund, money.fees, money.paid, money.rest];
      const sum = BigInt(refund) + BigInt(fees) + BigInt(paid) + BigInt(rest);
      expect(sum).to.equal(BigInt(money.escrow));
    }
  });

  it("has a card that pins configs and features, with live figures", () => {
    const card = readFileSync(join(folder, "README.md"), "utf8");
    expect(card).to.match(/^---\npretty_name: "Pairs for tests"\nlicense: "mit"\n/);
    for (const config of configNames) {
      expect(card).to.include(`- config_name: ${config}\n`);
      expect(card).to.include(`    path: ${config}/${config}.parquet\n`);
    }
    for (const { name } of columnsOf.preference) expect(card).to.include(`  - name: ${name}\n`);
    expect(card).to.include(manifest.figures.agreement.krippendorffAlpha!.toFixed(4));
    const [best] = manifest.figures.leaderboard;
    expect(card).to.include(`| 1 | ${best!.model} | ${best!.strength.toFixed(4)} |`);
    expect(card).to.include(manifest.root);
  });

  it("names who and what was left out, and why", () => {
    const codes = manifest.exclusions.map(({ code }) => code);
    expect(codes).to.include.members(["ballot-unopened", "item-not-eligible", "declared"]);
  });

  it("has the same bytes for the same input, in whatever order the ballots come", async () => {
    const again = join(root, "again");
    const reversed: ReleaseSource = {
      ...source,
      tasks: source.tasks.map((task) => ({ ...task, ballots: [...task.ballots].reverse() })),
    };
    expect(await writeRelease(reversed, options, again)).to.deep.equal(manifest);
    for (const { path } of manifest.files) {
      expect(sha256(readFileSync(join(again, path)))).to.equal(
        sha256(readFileSync(join(folder, path))),
      );
    }
  });

  describe("that fails on the way", () => {
    it("leaves nothing behind", async () => {
      const broken: ReleaseSource = {
        ...source,
        tasks: source.tasks.map((task) => ({
          ...task,
          *items() {
            let left = 5;
            for (const item of task.items() as Iterable<never>) {
              if (left-- === 0) throw new Error("the blob is gone");
              yield item;
            }
          },
        })),
      };
      const target = join(root, "broken", "release");
      const error = await failure(writeRelease(broken, options, target));
      expect(String(error)).to.include("the blob is gone");
      expect(readdirSync(join(root, "broken"))).to.deep.equal([]);
    });

    it("refuses a task of which an item's content is missing", async () => {
      const short: ReleaseSource = {
        ...source,
        tasks: source.tasks.map((task) => ({
          ...task,
          items: () => [...(task.items() as Iterable<never>)].slice(0, -1),
        })),
      };
      const error = await failure(writeRelease(short, options, join(root, "short")));
      expect(isScrutineerError(error, "content-unknown")).to.equal(true);
      expect(existsSync(join(root, "short"))).to.equal(false);
    });

    it("refuses a folder that is there already, and a release of no task", async () => {
      const exists = await failure(writeRelease(source, options, folder));
      expect(isScrutineerError(exists, "release-exists")).to.equal(true);
      const none = await failure(writeRelease({ ...source, tasks: [] }, options, join(root, "no")));
      expect(isScrutineerError(none, "release-empty")).to.equal(true);
    });
  });
});

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}
