import { expect } from "chai";
import { eq } from "drizzle-orm";
import { followOnce, type Step } from "../../indexer/follow-chain.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { findCheckpoint } from "../../store/chain-writes.ts";
import type { OpenDatabase } from "../../store/database.ts";
import {
  anchors,
  ballots,
  commits,
  credits,
  golds,
  judgments,
  seatChanges,
  settlements,
  tasks,
  undo,
  validators,
} from "../../store/schema/chain.ts";
import { dumpChainTables } from "../support/chain-tables.ts";
import { COMMONS, FOLLOWED, MadeChain, registryLog, tasksLog } from "../support/made-chain.ts";
import {
  anchoredLog,
  committedLog,
  joinLogs,
  madeAddress,
  madeEntries,
  madeHash,
  madeTask,
  OPERATOR,
  REQUESTER,
  revealedLog,
  settledLog,
  TOKEN,
} from "../support/made-task.ts";
import { databaseKinds, emptyTables } from "../support/postgres.ts";

const ALICE = madeAddress(1);
const BOB = madeAddress(2);
const task = madeTask("one", 6, 2n);

/** Blocks 1 to 5: everyone joins, the task is created and opened, two ballots are committed. */
function mineUntilCommitted(chain: MadeChain): void {
  chain.mine([...joinLogs(OPERATOR, 3, 2n), ...joinLogs(ALICE, 1, 2n), ...joinLogs(BOB, 1, 2n)]);
  chain.mine([task.created]);
  chain.mine([task.opened]);
  chain.mine([anchoredLog(task.taskId, madeHash("root"), 2)]);
  chain.mine([
    committedLog(task.taskId, ALICE, 1, 3, 3n * TOKEN),
    committedLog(task.taskId, ALICE, 2, 6, 6n * TOKEN),
    committedLog(task.taskId, BOB, 4, 2, 2n * TOKEN),
  ]);
}

/** Blocks 6 to 8: both are revealed, the books are closed, both are settled. */
function mineUntilSettled(chain: MadeChain): void {
  chain.mine([
    revealedLog(task.taskId, ALICE, madeEntries(6)),
    revealedLog(task.taskId, BOB, madeEntries(2, 1)),
  ]);
  chain.mine([
    tasksLog("BooksClosed", [task.taskId, 5n, 7n]),
    settledLog(task.taskId, ALICE, 3n, 0n),
    registryLog("StakeForfeited", [task.taskId, BOB, TOKEN]),
    settledLog(task.taskId, BOB, 0n, TOKEN),
    tasksLog("TaskSettled", [task.taskId, 3n, 11n, TOKEN]),
  ]);
  chain.mine([tasksLog("Withdrawn", [ALICE, 3n])]);
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(ScrutineerError);
  return (error as ScrutineerError).code;
}

for (const kind of databaseKinds()) {
  describe(`following the chain (${kind.name})`, () => {
    let database: OpenDatabase;
    let chain: MadeChain;
    let other: OpenDatabase;
    before(async () => {
      await kind.start();
      database = await kind.open();
      other = await kind.open();
    });
    after(async () => {
      await database.close();
      await other.close();
      await kind.stop();
    });
    beforeEach(async () => {
      await emptyTables(database);
      await emptyTables(other);
      chain = new MadeChain();
    });

    const follow = (config = FOLLOWED): Promise<Step> => followOnce(database.db, chain, config);
    const followToEnd = async (config = FOLLOWED): Promise<void> => {
      for (;;) {
        const { kind: what } = await follow(config);
        if (what === "idle" || what === "lagging") return;
      }
    };

    describe("from the first block", () => {
      it("moves the checkpoint to the head", async () => {
        mineUntilCommitted(chain);
        const step = await follow();
        expect(step).to.include({ kind: "advanced", from: 0n, to: 5n, behind: 0n });
        expect(await findCheckpoint(database.db)).to.include({
          chainId: 31337n,
          blockNumber: 5n,
          blockHash: chain.hashAt(5n),
          chainHead: 5n,
          error: null,
        });
        expect(await follow()).to.deep.equal({ kind: "idle" });
      });

      it("writes who holds a seat and what is locked", async () => {
        mineUntilCommitted(chain);
        await followToEnd();
        const rows = await database.db.select().from(validators);
        const locks = Object.fromEntries(rows.map((row) => [row.validator, row.lockedUnits]));
        expect(locks).to.deep.equal({
          [OPERATOR]: 50n * TOKEN,
          [ALICE]: 6n * TOKEN,
          [BOB]: 2n * TOKEN,
        });
        expect(rows.every((row) => row.active && row.seatFromBlock === 2n)).to.equal(true);
        expect(await database.db.select().from(seatChanges)).to.have.length(3);
      });

      it("writes the task's terms and draw, and each step of its ballots", async () => {
        mineUntilCommitted(chain);
        mineUntilSettled(chain);
        await followToEnd();
        const [row] = await database.db.select().from(tasks);
        expect(row).to.include({
          taskId: task.taskId,
          requester: REQUESTER,
          itemCount: 6,
          humanPrice: TOKEN / 10n,
          replay: false,
          opened: true,
          humanDrawPool: 40,
          humanDrawThreshold: 2n ** 255n,
          ballotsCommitted: 2,
          ballotsRevealed: 2,
          ballotsSettled: 2,
          judgmentsCommitted: 8,
          judgmentsRevealed: 8,
          booksClosed: true,
          settled: true,
          refundUnits: 5n,
          feeUnits: 7n,
          paidUnits: 3n,
          restUnits: 11n,
          penaltyUnits: TOKEN,
          createdBlock: 2n,
          settledBlock: 7n,
        });
        const [alice] = await database.db
          .select()
          .from(ballots)
          .where(eq(ballots.validator, ALICE));
        expect(alice).to.include({
          role: "Human",
          status: "Settled",
          version: 2,
          judgments: 6,
          effectiveJudgments: 6,
          scorePpm: 140_066,
          payUnits: 3n,
          lockedUnits: 0n,
          firstCommitLogIndex: 0,
          committedBlock: 5n,
          revealedBlock: 6n,
          settledBlock: 7n,
        });
        expect(await database.db.select().from(commits)).to.have.length(3);
        expect(await database.db.select().from(anchors)).to.have.length(1);
        expect(await database.db.select().from(settlements)).to.have.length(2);
        const [bob] = await database.db
          .select()
          .from(validators)
          .where(eq(validators.validator, BOB));
        expect(bob).to.include({ stakedUnits: 999n * TOKEN, lockedUnits: 0n });
      });

      it("[G9] writes one row a judgment, from the chain alone", async () => {
        mineUntilCommitted(chain);
        mineUntilSettled(chain);
        await followToEnd();
        const rows = await database.db.select().from(judgments);
        expect(
          rows
            .map(
              (row) =>
                `${row.validator === ALICE ? "alice" : "bob"} ${row.itemIndex} ${row.verdict}`,
            )
            .sort(),
        ).to.deep.equal([
          "alice 0 0",
          "alice 1 1",
          "alice 2 2",
          "alice 3 0",
          "alice 4 1",
          "alice 5 2",
          "bob 1 1",
          "bob 2 2",
        ]);
        expect(
          rows.every((row) => row.blockNumber === 6n && row.blockHash === chain.hashAt(6n)),
        ).to.equal(true);
      });

      it("[G11] writes what is owed to whom", async () => {
        mineUntilCommitted(chain);
        mineUntilSettled(chain);
        await followToEnd();
        const owed = (await database.db.select().from(credits)).map(
          (row) => `${row.kind} ${row.account} ${row.units}`,
        );
        expect(owed.sort()).to.deep.equal(
          [
            `Fee ${OPERATOR} 7`,
            `Pay ${ALICE} 3`,
            `Refund ${REQUESTER} 5`,
            `Rest ${COMMONS} 11`,
          ].sort(),
        );
      });

      it("writes what became of gold: sealed, opened, and judged with no gate to fail", async () => {
        const golden = madeTask("golden", 20, 2n, madeHash("gold"));
        const stageNow = async (): Promise<unknown> => {
          await followToEnd();
          const [row] = await database.db.select().from(tasks);
          return [row?.goldStage, row?.goldCount, row?.goldValid, row?.goldVoid];
        };
        chain.mine([...joinLogs(OPERATOR, 3, 2n), ...joinLogs(ALICE, 1, 2n)]);
        chain.mine([golden.created, golden.opened]);
        chain.mine([committedLog(golden.taskId, ALICE, 1, 6, TOKEN)]);
        expect(await stageNow()).to.deep.equal(["Sealed", null, null, null]);
        chain.mine([
          tasksLog("GoldOpened", [golden.taskId, "0x0000000100000900"]),
          revealedLog(golden.taskId, ALICE, madeEntries(6)),
        ]);
        expect(await stageNow()).to.deep.equal(["Opened", 2, null, null]);
        expect(
          (await database.db.select().from(golds)).map(({ itemIndex, answer }) => [
            itemIndex,
            answer,
          ]),
        ).to.deep.equal([
          [0, 1],
          [9, 0],
        ]);
        chain.mine([
          tasksLog("GoldJudged", [golden.taskId, 1n, 1n, false]),
          settledLog(golden.taskId, ALICE, 3n, 0n),
        ]);
        expect(await stageNow()).to.deep.equal(["NoGate", 2, 1, 1]);
        const [ballot] = await database.db.select().from(ballots);
        expect(ballot).to.include({ status: "Settled", goldFailed: null, goldRight: null });
      });

      it("ends the bond's lock of a cancelled task, and takes nothing of it", async () => {
        chain.mine([...joinLogs(OPERATOR, 3, 2n)]);
        chain.mine([task.created]);
        chain.mine([
          tasksLog("TaskCancelled", [task.taskId, 9n]),
          tasksLog("BondReleased", [task.taskId, OPERATOR, 50n * TOKEN]),
        ]);
        await followToEnd();
        const [row] = await database.db.select().from(tasks);
        expect(row).to.include({ cancelled: true, bondReleased: true, seizedUnits: 0n });
        const [operator] = await database.db.select().from(validators);
        expect(operator).to.include({ lockedUnits: 0n, stakedUnits: 1_000n * TOKEN });
        const [credit] = await database.db.select().from(credits);
        expect(credit).to.include({ account: REQUESTER, kind: "Refund", units: 9n });
      });

      it("leaves out logs of other contracts, even where they look the same", async () => {
        mineUntilCommitted(chain);
        const stranger = madeAddress(0xbad);
        chain.mine([
          tasksLog("Withdrawn", [ALICE, 3n], stranger),
          registryLog("Joined", [stranger, 1, TOKEN, madeHash("p")], stranger),
        ]);
        const before = await dumpChainTablesAfter(followToEnd, database, chain, 5n);
        expect(await dumpChainTables(database.db)).to.deep.equal(before);
        expect(await findCheckpoint(database.db)).to.include({ blockNumber: 6n });
      });

      it("comes to the same rows block by block, in stretches, and beyond what a reorg may reach", async () => {
        mineUntilCommitted(chain);
        mineUntilSettled(chain);
        await followToEnd();
        const whole = await dumpChainTables(database.db);
        for (const config of [
          { ...FOLLOWED, maxStretch: 1n },
          { ...FOLLOWED, maxStretch: 3n, reorgDepth: 2n },
          { ...FOLLOWED, reorgDepth: 0n },
        ]) {
          await emptyTables(other);
          while ((await followOnce(other.db, chain, config)).kind === "advanced");
          expect(await dumpChainTables(other.db)).to.deep.equal(whole);
        }
      });

      it("refuses a database that is another chain's or other contracts' index", async () => {
        await follow();
        const contracts = { ...FOLLOWED.contracts, feedbackTasks: madeAddress(77) };
        expect(await refusal(follow({ ...FOLLOWED, contracts }))).to.equal("chain-mismatch");
      });
    });

    describe("when the chain is reorganised", () => {
      it("undoes every block that is gone and follows the new ones", async () => {
        mineUntilCommitted(chain);
        await followToEnd({ ...FOLLOWED, maxStretch: 2n });
        const before = await dumpChainTables(database.db);
        mineUntilSettled(chain);
        await followToEnd({ ...FOLLOWED, maxStretch: 2n });
        expect(await dumpChainTables(database.db)).not.to.deep.equal(before);

        chain.forkAt(5n);
        chain.mine([]);
        expect(await follow()).to.deep.equal({ kind: "rolledBack", to: 5n, blocks: 3n });
        expect(await dumpChainTables(database.db)).to.deep.equal(before);
        chain.mine([tasksLog("Withdrawn", [BOB, 9n])]);
        await followToEnd();
        while ((await followOnce(other.db, chain, FOLLOWED)).kind === "advanced");
        expect(await dumpChainTables(database.db)).to.deep.equal(await dumpChainTables(other.db));
      });

      it("undoes the very creation of a task, its items and its validators", async () => {
        mineUntilCommitted(chain);
        mineUntilSettled(chain);
        await followToEnd();
        chain.forkAt(0n);
        for (let i = 0; i < 12; i++) chain.mine([]);
        await followToEnd();
        const dump = await dumpChainTables(database.db);
        expect(Object.values(dump).flat()).to.deep.equal([]);
      });

      it("undoes a chain that became shorter once a block of its own shows it", async () => {
        mineUntilCommitted(chain);
        mineUntilSettled(chain);
        await followToEnd();
        chain.forkAt(4n);
        expect(await follow()).to.deep.equal({ kind: "lagging" });
        chain.mine([]);
        expect(await follow()).to.deep.equal({ kind: "rolledBack", to: 4n, blocks: 4n });
      });

      it("stops loudly where no block it knows is left", async () => {
        mineUntilCommitted(chain);
        await followToEnd();
        const another = new MadeChain(1_600_000_000n);
        another.forkAt(-1n);
        for (let i = 0; i < 9; i++) another.mine([]);
        expect(await refusal(followOnce(database.db, another, FOLLOWED))).to.equal(
          "reorg-too-deep",
        );
      });

      it("keeps no undo for blocks that are final", async () => {
        mineUntilCommitted(chain);
        for (let i = 0; i < 10; i++) chain.mine([]);
        await followToEnd({ ...FOLLOWED, reorgDepth: 4n });
        expect(await database.db.select().from(undo)).to.deep.equal([]);
      });
    });

    describe("when the RPC is not at its best", () => {
      it("waits for one that lags", async () => {
        mineUntilCommitted(chain);
        await followToEnd();
        chain.lag = 2;
        expect(await follow()).to.deep.equal({ kind: "lagging" });
        expect(await findCheckpoint(database.db)).to.include({ blockNumber: 5n, chainHead: 3n });
      });

      it("asks again for the logs that a range left out", async () => {
        mineUntilCommitted(chain);
        mineUntilSettled(chain);
        chain.forgetful = new Set([2n, 6n]);
        await followToEnd();
        expect(await database.db.select().from(judgments)).to.have.length(8);
      });

      it("writes nothing when a request fails, and goes on where it stood", async () => {
        mineUntilCommitted(chain);
        await follow({ ...FOLLOWED, maxStretch: 3n });
        const before = await dumpChainTables(database.db);
        chain.failure = new ScrutineerError("chain-unreachable", "gone", {});
        expect(await refusal(follow())).to.equal("chain-unreachable");
        expect(await dumpChainTables(database.db)).to.deep.equal(before);
        await followToEnd();
        expect(await findCheckpoint(database.db)).to.include({ blockNumber: 5n });
      });
    });

    it("lets one of two writers win, and the other write nothing", async () => {
      mineUntilCommitted(chain);
      await follow({ ...FOLLOWED, maxStretch: 2n });
      const results = await Promise.allSettled([follow(), follow()]);
      const lost = results.filter((result) => result.status === "rejected");
      expect(
        lost.every(({ reason }) => (reason as ScrutineerError).code === "not-leader"),
      ).to.equal(true);
      expect(await database.db.select().from(commits)).to.have.length(3);
    });
  });
}

async function dumpChainTablesAfter(
  follow: () => Promise<void>,
  database: OpenDatabase,
  chain: MadeChain,
  lastBlock: bigint,
): Promise<Awaited<ReturnType<typeof dumpChainTables>>> {
  chain.lag = Number(chain.height - lastBlock);
  await follow();
  chain.lag = 0;
  const dump = await dumpChainTables(database.db);
  await follow();
  return dump;
}
