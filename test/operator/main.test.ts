import { setTimeout as wait } from "node:timers/promises";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { asc, eq } from "drizzle-orm";
import { TestToken__factory } from "../../bindings/index.ts";
import type { Indexer } from "../../indexer/main.ts";
import { startOperator, type Operator } from "../../operator/main.ts";
import { escrowUnits } from "../../protocol/terms.ts";
import type { Hash, CanonicalVerdict } from "../../protocol/words.ts";
import { silentLogger } from "../../runtime/logger.ts";
import { openDatabase, type OpenDatabase } from "../../store/database.ts";
import { anchors, ballots, sessions, tasks, withdrawals } from "../../store/schema/chain.ts";
import { sessionRequests } from "../../store/schema/submissions.ts";
import { anchorLeaves, anchorTrees, transactionIntents } from "../../store/schema/transactions.ts";
import { sessionDigest, signingDomain } from "../../protocol/typed-data.ts";
import { signDigest } from "../../runtime/signatures.ts";
import {
  createLiveTask,
  followChain,
  handIn,
  startLiveChain,
  walletOf,
  type LiveChain,
} from "./live-task.ts";

/** Waits for a fact; the operator and the indexer bring it about in their own time. */
async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await wait(50);
  }
  throw new Error(`never came about: ${what}`);
}

/** The same for everybody but for one item each, so that people agree and are paid. */
function verdictsOf(seed: number, count: number): CanonicalVerdict[] {
  return Array.from(
    { length: count },
    (_, i) => ((i + (i === seed ? 1 : 0)) % 2) as CanonicalVerdict,
  );
}

describe("the operator on a chain", () => {
  let live: LiveChain;
  let database: OpenDatabase;
  let indexer: Indexer;
  let operator: Operator;

  const start = (of: OpenDatabase, relay = "relay") =>
    startOperator(
      {
        rpcUrl: live.chain.rpcUrl,
        feedbackTasks: live.deployment.contracts.feedbackTasks,
        relayKey: walletOf(relay).privateKey,
        operator: undefined,
        anchorSeconds: 30,
        roundMilliseconds: 50,
        window: 8,
        stuckAfterBlocks: 5n,
      },
      { database: of, blobs: { get: async () => undefined }, log: silentLogger() },
    );
  const taskRow = async (taskId: Hash) =>
    (await database.db.select().from(tasks).where(eq(tasks.taskId, taskId)))[0];

  before(async () => {
    live = await startLiveChain(3);
    database = await openDatabase();
    indexer = followChain(live, database);
    operator = await start(database);
  });
  after(async () => {
    await operator?.stop();
    await indexer?.stop();
    await database?.close();
    await live?.stop();
  });

  it("relays a session", async () => {
    const validator = walletOf("human 0");
    const grant = {
      validator: validator.address.toLowerCase(),
      key: walletOf("session").address.toLowerCase(),
      expiresAt: (await live.now()) + 86_400n,
      nonce: 7n,
    };
    const domain = signingDomain(live.deployment.chainId, live.deployment.contracts.stakeRegistry);
    const signature = signDigest(sessionDigest(domain, grant), validator.privateKey);
    await database.db
      .insert(sessionRequests)
      .values({ ...grant, signature, receivedAt: await live.now() });
    const [session] = await until("the session on chain", async () => {
      const rows = await database.db.select().from(sessions);
      return rows.length > 0 && rows;
    });
    expect(session).to.include({ validator: grant.validator, key: grant.key });
  });

  it("[G14] carries a task from its seed block to the last payment", async () => {
    const { taskId, terms } = await createLiveTask(live);
    await live.mine(3);
    await until("the task opened", async () => (await taskRow(taskId))?.opened);

    const digests: Hash[] = [];
    for (const [index, validator] of live.humans.entries()) {
      for (const version of [1, 2]) {
        const verdicts = verdictsOf(index, version * 6);
        digests.push(await handIn(live, [database], { taskId, validator, version, verdicts }));
      }
    }
    const leaves = await until("all versions in a tree", async () => {
      const rows = await database.db
        .select({ digest: anchorLeaves.digest, treeId: anchorLeaves.treeId })
        .from(anchorLeaves)
        .orderBy(asc(anchorLeaves.treeId), asc(anchorLeaves.position));
      return rows.length > 0 && rows;
    });
    const [tree] = await database.db.select().from(anchorTrees);
    const ours = leaves.filter(({ treeId }) => treeId === tree?.id).map(({ digest }) => [digest]);
    expect(StandardMerkleTree.of(ours, ["bytes32"]).root).to.equal(tree?.root);
    await until("the anchor on chain", async () =>
      (await database.db.select().from(anchors)).some(({ root }) => root === tree?.root),
    );

    await live.moveTo(terms.closesAt);
    await until("all committed", async () => (await taskRow(taskId))?.ballotsCommitted === 3);
    const committed = await database.db.select().from(ballots).where(eq(ballots.taskId, taskId));
    expect(committed.map(({ version }) => version)).to.deep.equal([2, 2, 2]);

    await live.moveTo(terms.commitEndsAt);
    await until("all revealed", async () => (await taskRow(taskId))?.ballotsRevealed === 3);
    await live.moveTo(terms.revealEndsAt);
    await until("settled", async () => (await taskRow(taskId))?.settled);
    const settled = await taskRow(taskId);
    const { refundUnits, feeUnits, paidUnits, restUnits } = settled ?? {};
    expect((refundUnits ?? 0n) + (feeUnits ?? 0n) + (paidUnits ?? 0n) + (restUnits ?? 0n)).to.equal(
      escrowUnits(terms),
    );
    expect((paidUnits ?? 0n) > 0n).to.equal(true);

    const token = TestToken__factory.connect(live.deployment.contracts.token, live.provider);
    await until("everybody is paid", async () => {
      const owed = await token.balanceOf(live.deployment.contracts.feedbackTasks);
      return owed === 0n;
    });
    // Requester, operator, the paid, the commons: each credit left on its own.
    const paidTo = await until("every payment is indexed", async () => {
      const rows = await database.db.select().from(withdrawals);
      const sum = rows.reduce((total, { units }) => total + units, 0n);
      return sum === escrowUnits(terms) && rows.map(({ account }) => account);
    });
    expect(paidTo).to.deep.equal([...new Set(paidTo)]);
    await live.moveTo(terms.revealEndsAt + live.deployment.constants.claimWindow);
    await until("the bond released", async () => (await taskRow(taskId))?.bondReleased);
  });

  it("sends nothing twice, and nothing that reverts", async () => {
    const intents = await until("quiet", async () => {
      const rows = await database.db.select().from(transactionIntents);
      return rows.every(({ state }) => state === "confirmed") && rows;
    });
    const done = intents.flatMap(({ kind, taskId, elements }) =>
      elements.map((key) => `${kind} ${taskId} ${key}`),
    );
    expect(done).to.deep.equal([...new Set(done)]);
  });

  it("cancels a task that was not opened in time, so that escrow and bond are free again", async () => {
    const { taskId, terms } = await createLiveTask(live);
    await live.moveTo(terms.closesAt);
    await until("cancelled", async () => (await taskRow(taskId))?.cancelled);
    await until("the refund paid", async () =>
      (await database.db.select().from(withdrawals)).some(
        ({ units }) => units === escrowUnits(terms),
      ),
    );
  });

  it("closes the books of a task nobody judged and cancels nothing", async () => {
    const { taskId, terms } = await createLiveTask(live);
    await live.mine(3);
    await until("the task opened", async () => (await taskRow(taskId))?.opened);
    await live.moveTo(terms.revealEndsAt);
    await until("settled", async () => (await taskRow(taskId))?.settled);
    expect((await taskRow(taskId))?.refundUnits).to.equal(escrowUnits(terms));
  });

  describe("beside another with a database of its own", () => {
    it("[G14] settles though each holds only some of the submissions", async () => {
      const second = await openDatabase();
      const secondIndexer = followChain(live, second);
      const secondOperator = await start(second, "second relay");
      try {
        const { taskId, terms } = await createLiveTask(live);
        await live.mine(3);
        await until("the task opened", async () => (await taskRow(taskId))?.opened);
        const [first, ...others] = live.humans;
        await handIn(live, [database], {
          taskId,
          validator: first as (typeof others)[0],
          version: 1,
          verdicts: verdictsOf(0, 12),
        });
        for (const [index, validator] of others.entries()) {
          await handIn(live, [second], {
            taskId,
            validator,
            version: 1,
            verdicts: verdictsOf(index + 1, 12),
          });
        }
        await live.moveTo(terms.closesAt);
        await until("all committed", async () => (await taskRow(taskId))?.ballotsCommitted === 3);
        await live.moveTo(terms.commitEndsAt);
        await until("all revealed", async () => (await taskRow(taskId))?.ballotsRevealed === 3);
        await live.moveTo(terms.revealEndsAt);
        await until("settled", async () => (await taskRow(taskId))?.settled);
      } finally {
        await secondOperator.stop();
        await secondIndexer.stop();
        await second.close();
      }
    });
  });
});
