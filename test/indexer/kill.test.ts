import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startIndexer, type Indexer } from "../../indexer/main.ts";
import { findCheckpoint } from "../../store/chain-writes.ts";
import { openDatabase, type OpenDatabase } from "../../store/database.ts";
import { dumpChainTables, type ChainTables } from "../support/chain-tables.ts";
import { FEEDBACK_TASKS, MadeChain, registryLog, STAKE_REGISTRY } from "../support/made-chain.ts";
import { serveMadeChain, type MadeRpc } from "../support/made-rpc.ts";
import {
  anchoredLog,
  committedLog,
  joinLogs,
  madeAddress,
  madeEntries,
  madeHash,
  madeTask,
  OPERATOR,
  revealedLog,
  settledLog,
  TOKEN,
} from "../support/made-task.ts";
import { startPostgres, type PostgresServer } from "../support/postgres.ts";

const PROGRAM = fileURLToPath(new URL("../support/indexer-process.ts", import.meta.url));
const NODE = process.execPath;
/** Ranges of logs after which the process is killed, each time anew from the start of that process. */
const KILLS = [3, 7, 1, 11, 5];

/** A hundred blocks in which the same rows change again and again. */
function mineHistory(): MadeChain {
  const chain = new MadeChain();
  const people = Array.from({ length: 12 }, (_, i) => madeAddress(i + 1));
  const task = madeTask("one", 40, 2n);
  chain.mine([
    ...joinLogs(OPERATOR, 3, 2n),
    ...people.flatMap((validator) => joinLogs(validator, 1, 2n)),
  ]);
  chain.mine([task.created]);
  chain.mine([task.opened]);
  for (let version = 1; version <= 40; version++) {
    chain.mine([
      ...people.map((who) =>
        committedLog(task.taskId, who, version, version, TOKEN * BigInt(version)),
      ),
      anchoredLog(task.taskId, madeHash(`root ${version}`), version),
    ]);
    chain.mine([registryLog("StakeAdded", [people[version % 12], TOKEN])]);
  }
  for (const who of people) chain.mine([revealedLog(task.taskId, who, madeEntries(40))]);
  chain.mine(people.map((who) => settledLog(task.taskId, who, 5n, 0n)));
  return chain;
}

async function reaches(chain: MadeChain, indexer: Indexer, height = chain.height): Promise<void> {
  for (;;) {
    // While the database is away, nobody can tell.
    const health = await indexer.health().catch(() => undefined);
    if (health !== undefined && health.error !== null) throw new Error(health.error);
    if (health !== undefined && health.blockNumber >= height) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("killing the indexer in the middle of a backfill", function () {
  this.timeout(180_000);
  let chain: MadeChain;
  let rpc: MadeRpc;
  let undisturbed: ChainTables;
  before(async () => {
    chain = mineHistory();
    rpc = await serveMadeChain(chain);
    const database = await openDatabase();
    const indexer = follow(database, rpc);
    await reaches(chain, indexer);
    await indexer.stop();
    undisturbed = await dumpChainTables(database.db);
    await database.close();
  });
  after(() => rpc.stop());

  /** Starts the process, kills it after so many ranges, and waits until it is gone. */
  async function runAndKill(where: string, ranges: number): Promise<void> {
    const child: ChildProcess = spawn(NODE, ["--import", "tsx", PROGRAM, rpc.url, where], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const gone = once(child, "exit");
    const goal = rpc.ranges() + ranges;
    while (rpc.ranges() < goal) {
      if (child.exitCode !== null) throw new Error("the indexer ended by itself");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    child.kill("SIGKILL");
    await gone;
  }

  async function expectWhole(options: { url?: string; dataDir?: string }): Promise<void> {
    const database = await openDatabase(options);
    const before = await findCheckpoint(database.db);
    expect(before?.blockNumber, "killed before the end").to.be.within(0n, chain.height - 1n);
    const indexer = follow(database, rpc);
    await reaches(chain, indexer);
    await indexer.stop();
    expect(await dumpChainTables(database.db)).to.deep.equal(undisturbed);
    await database.close();
  }

  describe("on PostgreSQL", () => {
    let server: PostgresServer;
    before(async () => {
      server = await startPostgres();
    });
    after(() => server.stop());

    it("loses and doubles nothing, however often", async () => {
      const url = await server.createDatabase();
      for (const ranges of KILLS) await runAndKill(url, ranges);
      await expectWhole({ url });
    });

    it("goes on after the database has thrown everybody out", async () => {
      const url = await server.createDatabase();
      const database = await openDatabase({ url });
      const indexer = follow(database, rpc, 1n);
      for (const height of [20n, 60n]) {
        await reaches(chain, indexer, height);
        await server.disconnectAll(url);
      }
      await reaches(chain, indexer);
      expect((await indexer.health()).leading).to.equal(true);
      await indexer.stop();
      expect(await dumpChainTables(database.db)).to.deep.equal(undisturbed);
      await database.close();
    });

    it("lets a standby take over at once", async () => {
      const url = await server.createDatabase();
      const database = await openDatabase({ url });
      const child = spawn(NODE, ["--import", "tsx", PROGRAM, rpc.url, url], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      const goal = rpc.ranges() + 4;
      while (rpc.ranges() < goal) await new Promise((resolve) => setTimeout(resolve, 1));
      const standby = follow(database, rpc);
      await new Promise((resolve) => setTimeout(resolve, 60));
      const led = (await standby.health()).leading;
      child.kill("SIGKILL");
      await once(child, "exit");
      await reaches(chain, standby);
      expect(led).to.equal(false);
      expect((await standby.health()).leading).to.equal(true);
      await standby.stop();
      expect(await dumpChainTables(database.db)).to.deep.equal(undisturbed);
      await database.close();
    });
  });

  describe("on PGlite", () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "scrutineer-pglite-"));
    });
    after(() => rm(folder, { recursive: true, force: true }));

    it("loses and doubles nothing, however often", async () => {
      for (const ranges of KILLS) await runAndKill(folder, ranges);
      await expectWhole({ dataDir: folder });
    });
  });
});

function follow(database: OpenDatabase, rpc: MadeRpc, maxStretch = 500n): Indexer {
  return startIndexer(
    {
      rpcUrl: rpc.url,
      stakeRegistry: STAKE_REGISTRY,
      feedbackTasks: FEEDBACK_TASKS,
      pollMs: 10,
      reorgDepth: 30n,
      maxStretch,
    },
    { database },
  );
}
