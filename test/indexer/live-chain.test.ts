import { expect } from "chai";
import { NonceManager, type JsonRpcProvider, type Result } from "ethers";
import {
  IFeedbackTasks__factory,
  IStakeRegistry__factory,
  type IFeedbackTasks,
  type IStakeRegistry,
} from "../../bindings/index.ts";
import { startIndexer, type Indexer } from "../../indexer/main.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import { commitmentOf } from "../../protocol/commitment.ts";
import { toCompact } from "../../protocol/signature.ts";
import { taskStateAt, taskStates } from "../../protocol/task-state.ts";
import type { Terms } from "../../protocol/terms.ts";
import { ballotDigest, sessionDigest, signingDomain } from "../../protocol/typed-data.ts";
import { ZERO_HASH, type Hash, type Hex } from "../../protocol/words.ts";
import { signDigest } from "../../runtime/signatures.ts";
import { findCreditSums, findTallies } from "../../store/chain-queries.ts";
import { findCheckpoint } from "../../store/chain-writes.ts";
import { findSolvency, registryOwedOf, tasksOwedOf, type Solvency } from "../../store/solvency.ts";
import type { OpenDatabase } from "../../store/database.ts";
import {
  ballots,
  judgments,
  seatChanges,
  sessions,
  tasks,
  validators,
} from "../../store/schema/chain.ts";
import { createLiveTask, startLiveChain, walletOf, type LiveChain } from "../support/live-task.ts";
import { dumpChainTables } from "../support/chain-tables.ts";
import { databaseKinds, type DatabaseKind } from "../support/postgres.ts";

const STATES = ["None", ...taskStates];

interface Opening {
  readonly entries: Hex;
  readonly salt: Hash;
  readonly notesHash: Hash;
}

describe("the index of a real chain", function () {
  const kinds = databaseKinds();
  const databases: OpenDatabase[] = [];
  const indexers: Indexer[] = [];
  let live: LiveChain;
  let contract: IFeedbackTasks;
  let registry: IStakeRegistry;
  let task: { taskId: Hash; terms: Terms };
  let cancelled: Hash;

  before(async () => {
    live = await startLiveChain(5);
    const relay = new NonceManager(walletOf("relay").connect(live.provider));
    contract = IFeedbackTasks__factory.connect(live.deployment.contracts.feedbackTasks, relay);
    registry = IStakeRegistry__factory.connect(live.deployment.contracts.stakeRegistry, relay);
    for (const kind of kinds) {
      await kind.start();
      const database = await kind.open();
      databases.push(database);
      indexers.push(follow(live, database));
    }
    cancelled = await createAndCancel(live);
    task = await createLiveTask(live);
    await live.mine(3);
    await liveThrough(live, contract, registry, task, () => caughtUp(live.provider, databases));
  });
  after(async () => {
    for (const indexer of indexers) await indexer.stop();
    for (const database of databases) await database.close();
    for (const kind of kinds) await kind.stop();
    await live?.stop();
  });

  for (const [i, kind] of kinds.entries()) {
    describe(`in ${kind.name}`, () => {
      let database: OpenDatabase;
      before(() => {
        database = databases[i] as OpenDatabase;
      });

      it("has every task's facts as the contract has them", async () => {
        const rows = await database.db.select().from(tasks);
        expect(rows.map(({ taskId }) => taskId)).to.have.members([task.taskId, cancelled]);
        const now = await live.now();
        for (const row of rows) {
          const facts = await contract.factsOf(row.taskId);
          expect({
            requester: row.requester,
            createdAt: row.createdAt,
            snapshotBlock: row.snapshotBlock,
            seedBlock: row.seedBlock,
            seed: row.seed ?? ZERO_HASH,
            opened: row.opened,
            cancelled: row.cancelled,
            booksClosed: row.booksClosed,
            bondReleased: row.bondReleased,
            ballotsCommitted: row.ballotsCommitted,
            ballotsSettled: row.ballotsSettled,
            escrowUnits: row.escrowUnits,
            paidUnits: row.paidUnits,
            penaltyUnits: row.penaltyUnits,
          }).to.deep.equal({
            requester: facts.requester.toLowerCase(),
            createdAt: facts.createdAt,
            snapshotBlock: facts.snapshotBlock,
            seedBlock: facts.seedBlock,
            seed: facts.seed,
            opened: facts.opened,
            cancelled: facts.cancelled,
            booksClosed: facts.booksClosed,
            bondReleased: facts.bondReleased,
            ballotsCommitted: Number(facts.ballotsCommitted),
            ballotsSettled: Number(facts.ballotsSettled),
            escrowUnits: facts.escrowUnits,
            paidUnits: facts.paidUnits,
            penaltyUnits: facts.penaltyUnits,
          });
          expect(taskStateAt(row, row, now)).to.equal(
            STATES[Number(await contract.stateOf(row.taskId))],
          );
          const { human } = await contract.drawOf(row.taskId);
          expect(row.humanDrawThreshold ?? 0n).to.equal(human.threshold);
          expect(row.humanDrawNeed ?? 0).to.equal(Number(human.need));
        }
      });

      it("has every ballot's end", async () => {
        const rows = await database.db.select().from(ballots);
        const statusOf = new Map(rows.map((row) => [row.validator, row.status]));
        const expected = ["Settled", "Settled", "Settled", "Voided", "Forfeited"];
        live.humans.forEach(({ address }, human) =>
          expect(statusOf.get(address.toLowerCase())).to.equal(expected[human]),
        );
        for (const row of rows) {
          const record = await contract.recordOf(row.taskId, row.validator);
          expect(row.version).to.equal(Number(record.version));
          expect(row.judgments).to.equal(Number(record.judgments));
          expect(row.status === "Voided").to.equal(record.void_);
          expect(["Revealed", "Settled", "Voided"].includes(row.status)).to.equal(record.opened);
        }
      });

      it("has every stake, lock and credit to the last unit", async () => {
        const rows = await database.db.select().from(validators);
        for (const row of rows) {
          const account = await registry.accountOf(row.validator);
          expect({ staked: row.stakedUnits, locked: row.lockedUnits }, row.role).to.deep.equal({
            staked: account.stakedUnits,
            locked: account.lockedUnits,
          });
        }
        const accounts = [
          ...rows.map(({ validator }) => validator),
          walletOf("requester").address.toLowerCase(),
          (await contract.commons()).toLowerCase(),
        ];
        const sums = await findCreditSums(database.db, accounts);
        for (const account of accounts) {
          const sum = sums.get(account);
          expect((sum?.creditedUnits ?? 0n) - (sum?.withdrawnUnits ?? 0n)).to.equal(
            await contract.creditOf(account),
          );
        }
      });

      it("[G15] knows what both contracts owe, and that they hold exactly that", async () => {
        const solvency = (await findSolvency(database.db)) as Solvency;
        expect(solvency).to.include({
          registryHeldUnits: registryOwedOf(solvency),
          tasksHeldUnits: tasksOwedOf(solvency),
        });
      });

      it("[G9] has every vote the contract tallied", async () => {
        const ids = Array.from({ length: task.terms.itemCount }, (_, i) => `${task.taskId}/${i}`);
        const tallies = await findTallies(database.db, ids);
        for (const [itemIndex, id] of ids.entries()) {
          const { human } = await contract.tallyOf(task.taskId, itemIndex);
          const ours = tallies.get(id)?.human;
          expect([ours?.a, ours?.b, ours?.tie]).to.deep.equal(human.map(Number));
        }
        expect(await database.db.select().from(judgments)).to.have.length(3 * 12);
      });

      it("knows who held a seat at the snapshot, and which keys signed", async () => {
        const [row] = (await database.db.select().from(tasks)).filter(({ opened }) => opened);
        const changes = await database.db.select().from(seatChanges);
        const seats = changes.filter(
          (change) => change.role === "Human" && change.fromBlock <= (row?.snapshotBlock ?? 0n),
        );
        expect(BigInt(seats.length)).to.equal(
          await registry.activeSeatsAt(1, row?.snapshotBlock ?? 0n),
        );
        const [session] = await database.db.select().from(sessions);
        const there = await registry.sessionOf(session?.validator ?? "", session?.key ?? "");
        expect(session).to.include({
          authorizedAt: there.authorizedAt,
          expiresAt: there.expiresAt,
          revokedAt: there.revokedAt,
        });
      });
    });
  }

  it("is the same in every database", async () => {
    const [first, ...others] = await Promise.all(databases.map(({ db }) => dumpChainTables(db)));
    for (const other of others) expect(other).to.deep.equal(first);
  });

  it("follows a reorganised chain, and is then the same as an index made afresh", async () => {
    const snapshot = (await live.provider.send("evm_snapshot", [])) as string;
    await (await contract.anchor(task.taskId, ZERO_HASH, 1)).wait();
    await (await contract.anchor(task.taskId, ZERO_HASH, 2)).wait();
    await caughtUp(live.provider, databases);
    const before = await dumpChainTables((databases[0] as OpenDatabase).db);
    expect(before["anchors"]).to.have.length(3);

    await live.provider.send("evm_revert", [snapshot]);
    (contract.runner as NonceManager).reset();
    await live.provider.send("evm_increaseTime", [7]);
    await (await contract.anchor(task.taskId, ZERO_HASH, 9)).wait();
    await live.mine(4);
    await caughtUp(live.provider, databases);

    const fresh = await (kinds[0] as DatabaseKind).open();
    const indexer = follow(live, fresh);
    await caughtUp(live.provider, [fresh]);
    await indexer.stop();
    const expected = await dumpChainTables(fresh.db);
    await fresh.close();
    expect(expected["anchors"]).to.have.length(2);
    for (const { db } of databases) expect(await dumpChainTables(db)).to.deep.equal(expected);
  });
});

function follow(live: LiveChain, database: OpenDatabase): Indexer {
  const { stakeRegistry, feedbackTasks } = live.deployment.contracts;
  return startIndexer(
    { rpcUrl: live.chain.rpcUrl, stakeRegistry, feedbackTasks, pollMs: 20 },
    { database },
  );
}

/** Waits until every database stands at the chain's newest block. */
async function caughtUp(
  provider: JsonRpcProvider,
  databases: readonly OpenDatabase[],
): Promise<void> {
  for (const { db } of databases) {
    for (;;) {
      const head = (await provider.send("eth_getBlockByNumber", ["latest", false])) as {
        hash: string;
      };
      if ((await findCheckpoint(db))?.blockHash === head.hash) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function createAndCancel(live: LiveChain): Promise<Hash> {
  // No block between: a task is its requester's to cancel only until its seed block.
  const { taskId } = await createLiveTask(live);
  const requester = walletOf("requester").connect(live.provider);
  const tasks = IFeedbackTasks__factory.connect(live.deployment.contracts.feedbackTasks, requester);
  await (await tasks.cancelTask(taskId)).wait();
  return taskId;
}

/** Three ballots settled (one in two versions), one void, one never opened; a session come and gone. */
async function liveThrough(
  live: LiveChain,
  contract: IFeedbackTasks,
  registry: IStakeRegistry,
  { taskId, terms }: { taskId: Hash; terms: Terms },
  settleDown: () => Promise<void>,
): Promise<void> {
  const { chainId, contracts } = live.deployment;
  await (await contract.openTask(taskId)).wait();
  await (await contract.anchor(taskId, ZERO_HASH, 0)).wait();

  const [first] = live.humans;
  if (first === undefined) throw new Error("no validators");
  const grant = {
    validator: first.address.toLowerCase(),
    key: walletOf("session").address.toLowerCase(),
    expiresAt: (await live.now()) + 10_000n,
    nonce: 3n,
  };
  const grantDigest = sessionDigest(signingDomain(chainId, contracts.stakeRegistry), grant);
  await (
    await registry.authorizeSession(
      grant.validator,
      grant.key,
      grant.expiresAt,
      grant.nonce,
      signDigest(grantDigest, first.privateKey),
    )
  ).wait();
  await (
    await IStakeRegistry__factory.connect(
      contracts.stakeRegistry,
      first.connect(live.provider),
    ).revokeSession(grant.key)
  ).wait();

  const openingOf = (human: number, version: number, count: number): Opening => ({
    entries:
      human === 3
        ? "0x0000010000000000"
        : encodeEntries(
            Array.from({ length: count }, (_, itemIndex) => ({
              itemIndex,
              verdict: ((itemIndex + (human === 2 ? itemIndex % 3 : 0)) % 2) as 0 | 1,
            })),
          ),
    salt: `0x${(1000 * human + version).toString(16).padStart(64, "0")}`,
    notesHash: ZERO_HASH,
  });
  const signedOf = (human: number, version: number, count: number) => {
    const wallet = live.humans[human];
    if (wallet === undefined) throw new Error("no such validator");
    const validator = wallet.address.toLowerCase();
    const slot = { chainId, tasks: contracts.feedbackTasks, taskId, validator, version };
    const commitment = commitmentOf(slot, openingOf(human, version, count));
    const judgments = human === 3 ? 2 : count;
    const domain = signingDomain(chainId, contracts.feedbackTasks);
    const digest = ballotDigest(domain, { taskId, validator, version, judgments, commitment });
    const { r, vs } = toCompact(signDigest(digest, wallet.privateKey));
    return {
      validator,
      version,
      judgments,
      commitment,
      admissionIndex: 0,
      admissionProof: [],
      r,
      vs,
    };
  };
  await (await contract.commit(taskId, [signedOf(0, 1, 5), signedOf(4, 1, 12)])).wait();
  await (
    await contract.commit(
      taskId,
      [0, 1, 2, 3].map((human) => signedOf(human, 2, 12)),
    )
  ).wait();

  await live.moveTo(terms.commitEndsAt);
  const openings = [0, 1, 2, 3].map((human) => ({
    validator: live.humans[human]?.address ?? "",
    ...openingOf(human, 2, 12),
  }));
  await (await contract.reveal(taskId, openings)).wait();
  await live.moveTo(terms.revealEndsAt);
  await settleDown();
  const filter = contract.filters.BallotRevealed(taskId);
  const revealed = new Map(
    (await contract.queryFilter(filter)).map(({ args }) => [
      args.validator,
      // `args.entries` is the method of the array that ethers' Result is.
      (args as unknown as Result).getValue("entries") as string,
    ]),
  );
  const settled = [0, 1, 2, 4].map((human) => live.humans[human]?.address ?? "");
  await (
    await contract.settle(
      taskId,
      settled,
      settled.map((validator) => revealed.get(validator) ?? "0x"),
    )
  ).wait();
  await (await contract.withdrawFor(walletOf("requester").address)).wait();
  await live.moveTo(terms.revealEndsAt + 61n);
  await (await contract.releaseBond(taskId)).wait();
  await settleDown();
}
