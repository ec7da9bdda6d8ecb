import { expect } from "chai";
import { JsonRpcProvider, Wallet } from "ethers";
import { createTransactionQueue } from "../../operator/transaction-queue.ts";
import { silentLogger } from "../../runtime/logger.ts";
import { openDatabase, type OpenDatabase } from "../../store/database.ts";
import {
  anchorLeaves,
  anchorTrees,
  transactionAttempts,
  transactionIntents,
} from "../../store/schema/transactions.ts";
import {
  findOpenIntents,
  insertAnchor,
  insertIntent,
  type NewIntent,
} from "../../store/transactions.ts";
import { findUnanchored } from "../../store/operator-facts.ts";
import type { Anvil } from "../../cli/anvil.ts";
import { FUNDED_KEY, startLocalChain } from "../support/local-chain.ts";
import { addressOf, hashOf, TASK } from "./facts.ts";

describe("the transaction queue on a chain", () => {
  let chain: Anvil;
  let provider: JsonRpcProvider;
  let database: OpenDatabase;

  before(async () => {
    chain = await startLocalChain();
    provider = new JsonRpcProvider(chain.rpcUrl, undefined, {
      cacheTimeout: -1,
      staticNetwork: true,
    });
    provider.pollingInterval = 50;
    database = await openDatabase();
  });
  after(async () => {
    provider.destroy();
    await database.close();
    await chain.stop();
  });
  beforeEach(async () => {
    await database.db.delete(anchorLeaves);
    await database.db.delete(anchorTrees);
    await database.db.delete(transactionAttempts);
    await database.db.delete(transactionIntents);
    await provider.send("evm_setAutomine", [true]);
  });

  const queue = (privateKey = FUNDED_KEY) =>
    createTransactionQueue(
      database.db,
      provider,
      { chainId: 31_337n, privateKey, window: 4, stuckAfterBlocks: 2n },
      silentLogger(),
    );
  const intent = (index: number): NewIntent => ({
    kind: "withdraw-for",
    taskId: null,
    elements: [addressOf(index)],
    toAddress: addressOf(0xbeef + index),
    callData: "0x",
    gasLimit: 100_000n,
    createdAt: 1n,
  });
  const head = async (): Promise<bigint> =>
    BigInt((await provider.send("eth_blockNumber", [])) as string);
  const states = async (): Promise<string[]> =>
    (await database.db.select().from(transactionIntents).orderBy(transactionIntents.id)).map(
      ({ state }) => state,
    );

  it("sends what was planned and sees it mined", async () => {
    for (let i = 0; i < 6; i++) await insertIntent(database.db, intent(i));
    const first = queue();
    expect(await first.pump(await head())).to.have.length(6);
    await first.pump(await head());
    await first.pump(await head());
    expect(await states()).to.deep.equal(Array.from({ length: 6 }, () => "confirmed"));
  });

  it("finds out after a restart what its forerunner had sent", async () => {
    await provider.send("evm_setAutomine", [false]);
    await insertIntent(database.db, intent(1));
    await queue().pump(await head());
    await insertIntent(database.db, intent(2));
    await provider.send("evm_mine", []);

    const next = queue();
    await next.recover();
    await next.pump(await head());
    expect(await states()).to.deep.equal(["confirmed", "dropped"]);
  });

  it("broadcasts again what was signed and never arrived", async () => {
    await provider.send("evm_setAutomine", [false]);
    await insertIntent(database.db, intent(1));
    await queue().pump(await head());
    await provider.send("anvil_dropAllTransactions", []);

    const next = queue();
    await next.recover();
    await next.pump(await head());
    await provider.send("evm_mine", []);
    expect(await next.pump(await head())).to.deep.equal([]);
    expect(await states()).to.deep.equal(["confirmed"]);
  });

  it("offers more for what is stuck, and one of the two is mined", async () => {
    await provider.send("evm_setAutomine", [false]);
    await insertIntent(database.db, intent(1));
    const only = queue();
    const block = await head();
    await only.pump(block);
    await only.pump(block + 2n);
    const [stuck] = await findOpenIntents(database.db);
    expect(stuck?.attempts).to.have.length(2);
    expect(stuck?.attempts[0]?.nonce).to.equal(stuck?.attempts[1]?.nonce);
    await provider.send("evm_mine", []);
    await only.pump(await head());
    expect(await states()).to.deep.equal(["confirmed"]);
  });

  it("gives way when another process with the same key took its nonce", async () => {
    await provider.send("evm_setAutomine", [false]);
    await insertIntent(database.db, intent(1));
    const only = queue();
    await only.pump(await head());
    await provider.send("anvil_dropAllTransactions", []);
    await provider.send("evm_setAutomine", [true]);
    await (
      await new Wallet(FUNDED_KEY, provider).sendTransaction({ to: addressOf(0xabc), value: 1n })
    ).wait();
    await only.pump(await head());
    expect(await states()).to.deep.equal(["dropped"]);
    await insertIntent(database.db, intent(2));
    await only.pump(await head());
    await only.pump(await head());
    expect(await states()).to.deep.equal(["dropped", "confirmed"]);
  });

  it("lets the versions of an anchor that was never mined be anchored again", async () => {
    const anchor = { ...intent(1), kind: "anchor" as const, taskId: TASK, elements: [hashOf(9)] };
    await insertAnchor(database.db, anchor, hashOf(9), [hashOf(1), hashOf(2)]);
    await queue().recover();
    await insertAnchor(database.db, anchor, hashOf(9), [hashOf(1), hashOf(2)]);
    expect(await states()).to.deep.equal(["dropped", "planned"]);
    expect(await findUnanchored(database.db, [TASK], 10)).to.deep.equal([]);
  });
});
