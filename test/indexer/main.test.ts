import { expect } from "chai";
import { sql } from "drizzle-orm";
import { startIndexer, type Indexer, type IndexerHealth } from "../../indexer/main.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { openDatabase, type OpenDatabase } from "../../store/database.ts";
import { FEEDBACK_TASKS, MadeChain, registryLog, STAKE_REGISTRY } from "../support/made-chain.ts";
import type { Blobs } from "../../store/blobs.ts";
import { joinLogs, madeAddress, madeTask, OPERATOR } from "../support/made-task.ts";

async function until(
  indexer: Indexer,
  holds: (health: IndexerHealth) => boolean,
): Promise<IndexerHealth> {
  for (;;) {
    const health = await indexer.health();
    if (holds(health)) return health;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("the indexer", () => {
  let database: OpenDatabase;
  let chain: MadeChain;
  let indexer: Indexer;
  const start = (blobs?: Blobs): Indexer =>
    startIndexer(
      {
        rpcUrl: "http://127.0.0.1:1",
        stakeRegistry: STAKE_REGISTRY,
        feedbackTasks: FEEDBACK_TASKS,
        pollMs: 5,
      },
      { database, source: chain, blobs },
    );
  beforeEach(async () => {
    database = await openDatabase();
    chain = new MadeChain();
    chain.mine(joinLogs(OPERATOR, 3, 2n));
    indexer = start();
  });
  afterEach(async () => {
    await indexer.stop();
    await database.close();
  });

  it("tells where it stands, and goes on with the chain", async () => {
    await until(indexer, ({ blockNumber }) => blockNumber === 1n);
    chain.mine([]);
    const health = await until(indexer, ({ blockNumber }) => blockNumber === 2n);
    expect(health).to.include({ leading: true, chainHead: 2n, blocksBehind: 0n, error: null });
  });

  it("tries again what passes, and says so meanwhile", async () => {
    chain.failure = new ScrutineerError("chain-unreachable", "no answer", {});
    chain.mine([]);
    const health = await until(indexer, ({ blockNumber }) => blockNumber === 2n);
    expect(health).to.include({ hiccup: null, error: null });
  });

  it("stops at what can never be, says why, and leaves what it has readable", async () => {
    await until(indexer, ({ blockNumber }) => blockNumber === 1n);
    chain.mine([registryLog("StakeAdded", [madeAddress(99), 5n])]);
    const health = await until(indexer, ({ error, leading }) => error !== null && !leading);
    expect(health.error).to.match(/validator 0x0+64, which was never stated/);
    expect(health.blockNumber).to.equal(1n);
  });

  describe("that reads manifests", () => {
    const blobs = { get: () => Promise.resolve(new TextEncoder().encode("{}")) };
    beforeEach(async () => {
      await indexer.stop();
      indexer = start(blobs as unknown as Blobs);
    });

    it("goes on while the database keeps none of them", async () => {
      await until(indexer, ({ leading }) => leading);
      await database.db.execute(sql`drop table items, manifests`);
      chain.mine([madeTask("one", 1, 2n).created]);
      await until(indexer, ({ blockNumber }) => blockNumber === 2n);
      chain.mine([]);
      const health = await until(indexer, ({ blockNumber }) => blockNumber === 3n);
      expect(health.error).to.equal(null);
    });
  });

  it("stands by while another leads, and takes over when that one stops", async () => {
    await until(indexer, ({ leading }) => leading);
    const standby = start();
    expect((await standby.health()).leading).to.equal(false);
    await indexer.stop();
    chain.mine([]);
    const health = await until(standby, ({ blockNumber }) => blockNumber === 2n);
    expect(health.leading).to.equal(true);
    await standby.stop();
  });
});
