import { expect } from "chai";
import { chainSourceOf, type ChainSource } from "../../indexer/chain-source.ts";
import { followOnce, type FollowConfig } from "../../indexer/follow-chain.ts";
import { createGraphql } from "../../indexer/graphql/server.ts";
import { bondShareOf } from "../../protocol/bond-shares.ts";
import { goldStages } from "../../protocol/gold-gate.ts";
import { lockUnits } from "../../protocol/terms.ts";
import type { Address } from "../../protocol/words.ts";
import { findCreditSums } from "../../store/chain-queries.ts";
import {
  findCheckpoint,
  findHeadersDown,
  rollBackTo,
  type BlockHeader,
} from "../../store/chain-writes.ts";
import type { OpenDatabase } from "../../store/database.ts";
import { findClaimsToPay, findOpenedGolds } from "../../store/operator-facts.ts";
import { findSolvency, registryOwedOf, tasksOwedOf, type Solvency } from "../../store/solvency.ts";
import { ballots, stakeChanges, tasks, validators } from "../../store/schema/chain.ts";
import { dumpChainTables, type ChainTables } from "../support/chain-tables.ts";
import { databaseKinds, type DatabaseKind } from "../support/postgres.ts";
import { createStage, TOKEN, type Stage } from "../support/stage.ts";
import {
  CAST,
  CONTRADICTED,
  GOLDS,
  ITEM_COUNT,
  liveThroughTrouble,
  PACKED_GOLDS,
  type TroubledTask,
} from "../support/troubled-task.ts";

describe("the index of a task with gold and omissions", () => {
  const kind = databaseKinds()[0] as DatabaseKind;
  let stage: Stage;
  let task: TroubledTask;
  let database: OpenDatabase;
  let source: ChainSource;
  let config: FollowConfig;
  let accounts: Address[];
  /** After every block with a log since the task was made: what the tables held. */
  const history: { header: BlockHeader; tables: ChainTables }[] = [];

  before(async () => {
    await kind.start();
    database = await kind.open();
    stage = await createStage(CAST);
    task = await liveThroughTrouble(stage);
    accounts = [stage.requester, stage.operator, stage.commons, ...stage.humans, ...stage.ais].map(
      ({ address }) => address,
    );
    const { provider } = stage.connection;
    const call = (method: string, ...params: readonly unknown[]): Promise<unknown> =>
      provider.request({ method, params: [...params] });
    source = chainSourceOf({
      call,
      batch: (calls) => Promise.all(calls.map(({ method, params }) => call(method, ...params))),
    });
    config = {
      contracts: {
        stakeRegistry: stage.registryDomain.verifyingContract,
        feedbackTasks: stage.tasksDomain.verifyingContract,
        commons: stage.commons.address,
      },
      startBlock: 0n,
      reorgDepth: 1_000n,
      maxStretch: 1n,
    };
  });
  after(async () => {
    await database.close();
    await kind.stop();
    await stage.close();
  });

  const rowOf = async () => {
    const [row] = await database.db.select().from(tasks);
    if (row === undefined) throw new Error("no task");
    return row;
  };

  /** Stake and lock of each staker, credit of each account, gold's stage, and both contracts' balances. */
  async function expectAsOnChain(blockTag: number): Promise<void> {
    const { db } = database;
    for (const row of await db.select().from(validators)) {
      const account = await stage.registry.accountOf(row.validator, { blockTag });
      expect([row.stakedUnits, row.lockedUnits], `block ${blockTag}`).to.deep.equal([
        account.stakedUnits,
        account.lockedUnits,
      ]);
    }
    const sums = await findCreditSums(db, accounts);
    for (const account of accounts) {
      const { creditedUnits, withdrawnUnits } = sums.get(account) ?? {
        creditedUnits: 0n,
        withdrawnUnits: 0n,
      };
      expect(creditedUnits - withdrawnUnits, `credit of ${account}, block ${blockTag}`).to.equal(
        await stage.tasks.creditOf(account, { blockTag }),
      );
    }
    const row = await rowOf();
    const facts = await stage.tasks.factsOf(row.taskId, { blockTag });
    expect(row.goldStage).to.equal(goldStages[Number(facts.gold)]);
    expect(row.bondReleased).to.equal(facts.bondReleased);
    const solvency = (await findSolvency(db)) as Solvency;
    expect(solvency.block.blockNumber).to.equal(BigInt(blockTag));
    const held = (contract: Address): Promise<bigint> =>
      stage.token.balanceOf(contract, { blockTag });
    expect(registryOwedOf(solvency)).to.equal(await held(config.contracts.stakeRegistry));
    expect(tasksOwedOf(solvency)).to.equal(await held(config.contracts.feedbackTasks));
  }

  it("[G15] has every stake, lock, credit and debt to the last unit, at every block", async () => {
    for (;;) {
      const step = await followOnce(database.db, source, config);
      if (step.kind !== "advanced") break;
      const [known] = await database.db.select({ taskId: tasks.taskId }).from(tasks);
      if (step.events === 0 || known === undefined) continue;
      const [header] = await findHeadersDown(database.db, step.to, 1);
      history.push({
        header: header as BlockHeader,
        tables: await dumpChainTables(database.db),
      });
      await expectAsOnChain(Number(step.to));
    }
    expect((await findCheckpoint(database.db))?.blockNumber).to.equal(await stage.blockNumber());
    expect(history.length).to.be.greaterThan(15);
  });

  it("has the golds, what people made of them, and who failed the gate", async () => {
    expect(await rowOf()).to.deep.include({
      goldStage: "Gate",
      goldCount: GOLDS.length,
      goldValid: GOLDS.length - 1,
      goldVoid: 1,
    });
    expect(await findOpenedGolds(database.db, task.taskId)).to.equal(PACKED_GOLDS);
    const rows = await database.db.select().from(ballots);
    for (const { validator, status, goldFailed, goldRight, goldWrong, payUnits } of rows) {
      const failed = validator === task.failed;
      expect(goldFailed).to.equal(status === "Settled" ? failed : null);
      expect([goldRight, goldWrong]).to.deep.equal(failed ? [0, GOLDS.length - 1] : [null, null]);
      if (failed) expect(payUnits).to.equal(0n);
    }
    expect(rows.find(({ validator }) => validator === task.failed)?.scorePpm).to.be.greaterThan(
      task.terms.breakEven,
    );
  });

  it("takes the seized bond out of stake and lock, and says why", async () => {
    const row = await rowOf();
    const lock = lockUnits(task.terms, "Human", ITEM_COUNT);
    const claimedUnits = BigInt(ITEM_COUNT + ITEM_COUNT + ITEM_COUNT - 10) * TOKEN + lock;
    expect(row).to.deep.include({
      claimsMade: 3,
      claimsPaid: 3,
      claimedUnits,
      seizedUnits: task.terms.operatorBond,
      claimsPaidUnits: task.terms.operatorBond,
    });
    const seized = (await database.db.select().from(stakeChanges)).filter(
      (change) => change.kind === "Seized",
    );
    expect(seized.map(({ validator, units, taskId }) => [validator, units, taskId])).to.deep.equal([
      [stage.operator.address, task.terms.operatorBond, task.taskId],
    ]);
    expect(await findClaimsToPay(database.db, undefined, 10)).to.deep.equal([]);
  });

  describe("asked by GraphQL", () => {
    const ask = async (query: string): Promise<unknown> => {
      const graphql = createGraphql({
        db: database.db,
        now: () => task.terms.revealEndsAt,
        onError: (error) => {
          throw error;
        },
      });
      const response = await graphql.fetch("http://127.0.0.1/graphql", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query }),
      });
      const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
      expect(errors, JSON.stringify(errors)).to.equal(undefined);
      return data;
    };

    it("[G15] publishes what the contracts owe beside what they hold", async () => {
      const { _meta } = (await ask(
        "{ _meta { block { number } solvency { block { number } registryOwedUnits registryHeldUnits tasksOwedUnits tasksHeldUnits claimsUnits covered } } }",
      )) as { _meta: { block: object; solvency: object } };
      const [registryUnits, tasksUnits] = await Promise.all(
        [config.contracts.stakeRegistry, config.contracts.feedbackTasks].map(async (contract) =>
          (await stage.token.balanceOf(contract)).toString(),
        ),
      );
      expect(_meta.solvency).to.deep.equal({
        block: _meta.block,
        registryOwedUnits: registryUnits,
        registryHeldUnits: registryUnits,
        tasksOwedUnits: tasksUnits,
        tasksHeldUnits: tasksUnits,
        claimsUnits: "0",
        covered: true,
      });
    });

    it("shows each gold with its votes, and which are void", async () => {
      const { golds } = (await ask(`{
        golds { totalCount edges { node { itemIndex answer void tally { human { a b } } } } }
      }`)) as {
        golds: {
          totalCount: number;
          edges: { node: { itemIndex: number; answer: string; void: boolean; tally: object } }[];
        };
      };
      expect(golds.totalCount).to.equal(GOLDS.length);
      for (const [i, { node }] of golds.edges.entries()) {
        const gold = GOLDS[i];
        expect(node).to.include({
          itemIndex: gold?.itemIndex,
          answer: gold?.answer === 0 ? "A" : "B",
          void: gold?.itemIndex === CONTRADICTED,
        });
      }
      expect(golds.edges.at(-1)?.node.tally).to.deep.equal({ human: { a: 4, b: 0 } });
    });

    it("counts each ballot's answers as the contract did", async () => {
      const answer = (await ask(`{
        ballots { edges { node { validator status goldRight goldWrong goldFailed claim { claimUnits } } } }
      }`)) as {
        ballots: {
          edges: {
            node: { validator: string; goldRight: number; goldWrong: number; goldFailed: boolean };
          }[];
        };
      };
      const of = (validator: Address): object | undefined =>
        answer.ballots.edges.find(({ node }) => node.validator === validator)?.node;
      const valid = GOLDS.length - 1;
      expect(of(task.failed)).to.include({ goldRight: 0, goldWrong: valid, goldFailed: true });
      expect(of(stage.humans[0]?.address ?? "")).to.deep.include({
        goldRight: valid,
        goldWrong: 0,
        goldFailed: false,
        claim: null,
      });
      expect(of(task.unopened)).to.deep.include({
        status: "Forfeited",
        goldRight: null,
        goldWrong: null,
        goldFailed: null,
        claim: { claimUnits: (105n * TOKEN).toString() },
      });
      expect(of(task.omitted)).to.equal(undefined);
    });

    it("shows claims with their shares, from the task, the validator and by themselves", async () => {
      const shown = "claimUnits paidUnits dustUnits paid shareUnits";
      const answer = (await ask(`{
        task(taskId: "${task.taskId}") {
          goldStage claimedUnits seizedUnits
          claims(orderBy: claimUnits) { edges { node { validator ${shown} ballot { status version } } } }
        }
        validator(validator: "${task.omitted}") { claims { totalCount } credits { edges { node { kind units } } } }
        claim(taskId: "${task.taskId}", validator: "${task.dodged}") { ${shown} owner { role } task { operator } }
        unpaid: claims(where: {paidUnits: null}) { totalCount }
      }`)) as {
        task: {
          goldStage: string;
          claimedUnits: string;
          claims: { edges: { node: Record<string, unknown> }[] };
        };
        validator: object;
        claim: object;
        unpaid: object;
      };
      const { claims, claimedUnits } = answer.task;
      const shareOf = (claimUnits: bigint): string =>
        bondShareOf(claimUnits, task.terms.operatorBond, BigInt(claimedUnits)).toString();
      expect(
        claims.edges.map(({ node }) => [node["validator"], node["paidUnits"], node["shareUnits"]]),
      ).to.deep.equal(
        [
          [task.dodged, 60n * TOKEN] as const,
          [task.omitted, 70n * TOKEN] as const,
          [task.unopened, 105n * TOKEN] as const,
        ].map(([validator, units]) => [validator, shareOf(units), shareOf(units)]),
      );
      expect(claims.edges.map(({ node }) => node["ballot"])).to.deep.equal([
        { status: "Settled", version: 1 },
        null,
        { status: "Forfeited", version: 1 },
      ]);
      // The last one paid carries what rounding left.
      expect(claims.edges.map(({ node }) => node["dustUnits"])).to.deep.equal(["0", "1", "0"]);
      expect(answer.validator).to.deep.equal({
        claims: { totalCount: 1 },
        credits: { edges: [{ node: { kind: "Claim", units: shareOf(70n * TOKEN) } }] },
      });
      expect(answer.claim).to.deep.include({
        paid: true,
        owner: { role: "Human" },
        task: { operator: stage.operator.address },
      });
      expect(answer.unpaid).to.deep.equal({ totalCount: 0 });
    });
  });

  describe("on a chain that takes its blocks back", () => {
    it("is at each of them what it was before", async () => {
      const { db } = database;
      for (const { header, tables } of [...history].reverse().slice(1)) {
        await db.transaction((tx) => rollBackTo(tx, header, header.number));
        expect(await dumpChainTables(db), `block ${header.number}`).to.deep.equal(tables);
      }
    });
  });
});
