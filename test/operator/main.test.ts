import { setTimeout as wait } from "node:timers/promises";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import type { Wallet } from "ethers";
import { asc, eq } from "drizzle-orm";
import { TestToken__factory } from "../../bindings/index.ts";
import type { Indexer } from "../../indexer/main.ts";
import { startOperator, type Operator } from "../../operator/main.ts";
import { encodeGolds, goldHashOf } from "../../protocol/gold.ts";
import { keccak256Text } from "../../protocol/keccak.ts";
import { escrowUnits } from "../../protocol/terms.ts";
import type { Address, CanonicalVerdict, Hash, Hex } from "../../protocol/words.ts";
import { createLogger } from "../../runtime/logger.ts";
import { openDatabase, type OpenDatabase } from "../../store/database.ts";
import {
  anchors,
  ballots,
  claims,
  sessions,
  tasks,
  withdrawals,
} from "../../store/schema/chain.ts";
import { keepSealedGolds } from "../../store/submissions/golds.ts";
import { sessionRequests } from "../../store/schema/submissions.ts";
import { anchorLeaves, anchorTrees, transactionIntents } from "../../store/schema/transactions.ts";
import { sessionDigest, signingDomain } from "../../protocol/typed-data.ts";
import { signDigest } from "../../runtime/signatures.ts";
import {
  claimOmission,
  createLiveTask,
  followChain,
  handIn,
  makeVersion,
  startLiveChain,
  walletOf,
  type LiveChain,
} from "../support/live-task.ts";

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
  const said: string[] = [];

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
      {
        database: of,
        blobs: { get: async () => undefined },
        log: createLogger({
          name: "operator",
          level: "warn",
          destination: { write: (line) => void said.push(line) },
        }),
      },
    );
  const taskRow = async (taskId: Hash) =>
    (await database.db.select().from(tasks).where(eq(tasks.taskId, taskId)))[0];
  const effectiveEntriesOf = async (taskId: Hash, validator: Address): Promise<Hex> => {
    const rows = await database.db.select().from(ballots).where(eq(ballots.taskId, taskId));
    return rows.find((row) => row.validator === validator)?.entries ?? "0x";
  };

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

  it("opens and judges gold before it settles, and pays what an omission costs it", async () => {
    const golds = encodeGolds(
      [0, 1, 2, 3].map((itemIndex) => ({ itemIndex, answer: (itemIndex % 2) as 0 | 1 })),
      28,
    );
    const salt = keccak256Text("salt of golds");
    const goldHash = goldHashOf(salt, golds);
    const { taskId, terms } = await createLiveTask(live, { itemCount: 28, goldHash });
    await keepSealedGolds(database.db, {
      goldHash,
      manifestHash: terms.manifestHash,
      salt,
      golds,
      receivedAt: 0n,
    });
    await live.mine(3);
    await until("the task opened", async () => (await taskRow(taskId))?.opened);
    const right = verdictsOf(-1, 28);
    const wrong = right.map((verdict, i) => (i < 4 ? 1 - verdict : verdict) as CanonicalVerdict);
    const [careful, likewise, careless] = live.humans as [Wallet, Wallet, Wallet];
    for (const [validator, verdicts] of [
      [careful, right],
      [likewise, right],
      [careless, wrong.slice(0, 20)],
    ] as const) {
      await handIn(live, [database], { taskId, validator, version: 1, verdicts });
    }
    await live.moveTo(terms.closesAt);
    await until("all committed", async () => (await taskRow(taskId))?.ballotsCommitted === 3);
    expect((await taskRow(taskId))?.goldStage).to.equal("Sealed");
    await live.moveTo(terms.commitEndsAt);
    await until("gold opened", async () => (await taskRow(taskId))?.goldStage === "Opened");
    await until("all revealed", async () => (await taskRow(taskId))?.ballotsRevealed === 3);
    await live.moveTo(terms.revealEndsAt);
    // A version that the operator receipted and never brought to the chain, as `careless` can show.
    const omitted = await makeVersion(live, {
      taskId,
      validator: careless,
      version: 2,
      verdicts: wrong,
    });
    await claimOmission(live, omitted, await effectiveEntriesOf(taskId, omitted.validator));
    await until("settled", async () => (await taskRow(taskId))?.settled);

    expect(await taskRow(taskId)).to.include({ goldStage: "Gate", goldValid: 4, goldVoid: 0 });
    const ended = await database.db.select().from(ballots).where(eq(ballots.taskId, taskId));
    const failed = ended.filter(({ goldFailed }) => goldFailed === true);
    expect(failed.map(({ validator }) => validator)).to.deep.equal([omitted.validator]);
    expect(failed[0]).to.include({ goldRight: 0, goldWrong: 4, payUnits: 0n });

    await live.moveTo(terms.revealEndsAt + live.deployment.constants.claimWindow);
    const paid = await until("the claim paid", async () => {
      const [claim] = await database.db.select().from(claims).where(eq(claims.taskId, taskId));
      return claim?.paidUnits ?? undefined;
    });
    expect(paid).to.equal(8n * terms.humanPrice);
    await until("and withdrawn", async () =>
      (await database.db.select().from(withdrawals)).some(
        ({ account, units }) => account === omitted.validator && units === paid,
      ),
    );
  });

  it("says that gold it could not open in time is lost, and settles without a gate", async () => {
    const { taskId, terms } = await createLiveTask(live, { goldHash: keccak256Text("unknown") });
    await live.mine(3);
    await until("the task opened", async () => (await taskRow(taskId))?.opened);
    await live.moveTo(terms.revealEndsAt);
    await until("settled", async () => (await taskRow(taskId))?.settled);
    expect((await taskRow(taskId))?.goldStage).to.equal("Sealed");
    await until("it is said", async () => said.some((line) => line.includes("no gate")));
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
