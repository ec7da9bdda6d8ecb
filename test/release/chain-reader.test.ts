import { expect } from "chai";
import { getAddress, JsonRpcProvider, toBeHex } from "ethers";
import { IFeedbackTasks__factory } from "../../bindings/index.ts";
import { readChain } from "../../release/recount/chain-reader.ts";
import type { SourceTask } from "../../release/source.ts";
import { settleOnChain } from "./settled-chain.ts";
import type { SettledChain } from "./settled-chain.ts";

const CREDIT_OF = IFeedbackTasks__factory.createInterface().getFunction("creditOf").selector;

/** Gives the logs of few blocks at once, and may lie about credits. */
class PublicServer extends JsonRpcProvider {
  /** Blocks whose logs were asked for and given. */
  ranges: [from: number, to: number][] = [];
  mostBlocks = Infinity;
  creditChange = 0n;

  override async send(method: string, params: unknown[]): Promise<unknown> {
    const [asked] = params as [Record<string, string>];
    if (method === "eth_getLogs") {
      const [from, to] = [Number(asked["fromBlock"]), Number(asked["toBlock"])];
      if (to - from >= this.mostBlocks) throw new Error("block range too wide");
      this.ranges.push([from, to]);
    }
    const answer: unknown = await super.send(method, params);
    const isCredit = method === "eth_call" && asked["data"]?.startsWith(CREDIT_OF);
    return isCredit ? toBeHex(BigInt(answer as string) + this.creditChange, 32) : answer;
  }
}

describe("The chain, read for a recount", () => {
  let settled: SettledChain;
  let server: PublicServer;

  before(async function () {
    this.timeout(240_000);
    settled = await settleOnChain();
    server = new PublicServer(settled.chain.rpcUrl, undefined, {
      cacheTimeout: -1,
      staticNetwork: true,
    });
  });

  beforeEach(() => {
    server.ranges = [];
    server.mostBlocks = Infinity;
    server.creditChange = 0n;
  });

  after(async () => {
    server.destroy();
    await settled.stop();
  });

  function open(): ReturnType<typeof readChain> {
    return readChain(server, settled.source.contracts);
  }

  async function createdBlock(task: number): Promise<bigint> {
    const { transactions } = settled.source.tasks[task]!;
    const receipt = await settled.provider.getTransactionReceipt(transactions.created);
    return BigInt(receipt!.blockNumber);
  }

  function least(): number {
    return Math.min(...server.ranges.map(([from]) => from));
  }

  describe("its log of a task", () => {
    it("is asked for from the block of the transaction that is said to have created it", async () => {
      const { taskId, transactions } = settled.source.tasks[1]!;
      const task = await open().task(taskId, transactions.created);
      expect(task?.created.transaction).to.equal(transactions.created);
      expect(BigInt(least())).to.equal(await createdBlock(1));
      expect(task).to.deep.equal(await open().task(taskId));
    });

    it("has no task if it was said to be created later: nothing of one can be hidden", async () => {
      const { taskId, transactions } = settled.source.tasks[1]!;
      expect(await open().task(taskId, transactions.opened)).to.equal(undefined);
    });

    it("is the same from a server that gives few blocks at once", async () => {
      const { taskId } = settled.source.tasks[1]!;
      const whole = await open().task(taskId);
      server.mostBlocks = 3;
      expect(await open().task(taskId)).to.deep.equal(whole);
      const given = server.ranges.slice(1).map(([from, to]) => to - from + 1);
      expect(Math.max(...given)).to.be.within(1, 3);
    });
  });

  describe("its credits", () => {
    it("are counted from the oldest task on, for who had no credit before", async () => {
      // The first person took everything out after the first task.
      const [person] = settled.seats as [string];
      const since = await createdBlock(1);
      const credit = (await open().credits([person], since)).get(person)!;
      expect(BigInt(least())).to.equal(since);
      expect(credit.earnedUnits).to.equal(credit.withdrawnUnits + credit.creditUnits);
      const { ballots } = settled.source.tasks[1]!;
      const { payUnits } = ballots.find(({ validator }) => validator === person)!;
      expect(credit.earnedUnits).to.equal(payUnits);
    });

    it("are counted further back for who had some, until both sides agree", async () => {
      const [before, task] = settled.source.tasks as [SourceTask, SourceTask];
      const { operator } = task.terms;
      const credit = (await open().credits([operator], await createdBlock(1))).get(operator)!;
      expect(least()).to.equal(0);
      expect(credit.earnedUnits).to.equal(before.books.feeUnits + task.books.feeUnits);
      expect(credit.earnedUnits).to.equal(credit.withdrawnUnits + credit.creditUnits);
    });

    it("do not agree, however far back, where one account has more or less than its events say", async () => {
      const [person] = settled.seats as [string];
      const { requester } = settled.source.tasks[1]!;
      for (const change of [1n, -1n]) {
        server.creditChange = change;
        const credits = await open().credits([person, requester], await createdBlock(1));
        for (const [, { earnedUnits, withdrawnUnits, creditUnits }] of credits) {
          expect(withdrawnUnits + creditUnits - earnedUnits).to.equal(change);
        }
      }
    });
  });

  it("is the same whether addresses have checksums or not", async () => {
    const { contracts, tasks } = settled.source;
    const reader = readChain(server, {
      feedbackTasks: getAddress(contracts.feedbackTasks),
      stakeRegistry: getAddress(contracts.stakeRegistry),
    });
    const { taskId } = tasks[0]!;
    expect(await reader.task(taskId)).to.deep.equal(await open().task(taskId));
    expect(await reader.constants()).to.deep.equal(await open().constants());
  });
});
