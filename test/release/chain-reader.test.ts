import { expect } from "chai";
import { getAddress, JsonRpcProvider, toBeHex, Wallet } from "ethers";
import { IFeedbackTasks__factory } from "../../bindings/index.ts";
import { isScrutineerError } from "../../protocol/errors.ts";
import type { Role } from "../../protocol/words.ts";
import { readChain } from "../../release/recount/chain-reader.ts";
import type { SourceTask } from "../../release/source.ts";
import { settleOnChain } from "./settled-chain.ts";
import type { SettledChain } from "./settled-chain.ts";

const CREDIT_OF = IFeedbackTasks__factory.createInterface().getFunction("creditOf").selector;

type Six = [string, string, string, string, string, string];

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

  describe("its admission lists", () => {
    it("name whoever holds a seat and an attestation that is good at the end of the block", async () => {
      const { eas, attester, provider, seats } = settled;
      const [good, revoked, expiring, byAnother, ofAnother, later] = seats as Six;
      const another = Wallet.createRandom(provider);
      await provider.send("anvil_setBalance", [another.address, toBeHex(10n ** 20n)]);
      const schema = await eas.register("bool isExpert");
      const now = BigInt((await provider.getBlock("latest"))!.timestamp);

      const noSeat = Wallet.createRandom().address;
      const { uids } = await eas.attest(attester, [good, revoked, seats[8]!, noSeat], { schema });
      await eas.attest(attester, [expiring], { schema, expiresAt: now + 1_000n });
      const { block: earlier } = await eas.attest(another, [byAnother], { schema });
      await eas.revoke(attester, uids[1]!, schema);
      await provider.send("evm_setNextBlockTimestamp", [toBeHex(now + 1_000n)]);
      const { block } = await eas.attest(attester, [ofAnother]);
      await eas.attest(attester, [later], { schema });

      const draw = (role: Role, at: number): Promise<string[]> => {
        const attesters = [attester.address.toLowerCase()];
        const rule = { rule: "eas", contract: eas.contract, schema, attesters, block: at } as const;
        return open().drawAdmission(rule, role);
      };
      expect(await draw("Human", block)).to.deep.equal([good]);
      expect(await draw("Ai", block)).to.deep.equal([seats[8]]);
      expect(await draw("Human", block + 1)).to.deep.equal([good, later].sort());
      expect(await draw("Human", earlier), "as it was, whatever came later").to.deep.equal(
        [good, revoked, expiring].sort(),
      );
      server.mostBlocks = 5;
      expect(await draw("Human", block)).to.deep.equal([good]);
    });

    it("name whoever had ballots of so many tasks scored, and none that were void or forfeited", async () => {
      const { provider, source } = settled;
      const scoredIn = source.tasks.map(({ ballots }) =>
        ballots
          .filter(({ outcome, role }) => outcome === "scored" && role === "Human")
          .map(({ validator }) => validator),
      ) as [string[], string[]];
      const all = new Set(scoredIn.flat());
      const both = scoredIn[0].filter((validator) => scoredIn[1].includes(validator));
      const block = await provider.getBlockNumber();
      const draw = (minimum: number, at: number): Promise<string[]> =>
        open().drawAdmission({ rule: "settled", minimum, block: at }, "Human");
      expect(await draw(1, block)).to.deep.equal([...all].sort());
      expect(await draw(2, block)).to.deep.equal(both.sort());
      expect(await draw(3, block)).to.deep.equal([]);
      expect(all.size, "two of the eight had none").to.equal(6);
      const beforeSecond = Number(await createdBlock(1)) - 1;
      expect(await draw(1, beforeSecond)).to.deep.equal(scoredIn[0].sort());
      expect(await draw(2, beforeSecond)).to.deep.equal([]);
    });

    it("are not drawn at a block that is still to come", async () => {
      const block = (await settled.provider.getBlockNumber()) + 1;
      const drawn = open().drawAdmission({ rule: "settled", minimum: 1, block }, "Human");
      const error: unknown = await drawn.catch((thrown: unknown) => thrown);
      expect(isScrutineerError(error, "invalid-input"), String(error)).to.equal(true);
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
