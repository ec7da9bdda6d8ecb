import { expect } from "chai";
import type { Wallet } from "ethers";
import {
  FeedbackTasks__factory,
  IStakeRegistry__factory,
  KeyedWallet__factory,
  TestToken__factory,
  type FeedbackTasks,
  type IStakeRegistry,
  type KeyedWallet,
  type TestToken,
} from "../../bindings/index.ts";
import { waitForTask } from "../../cli/replay/live-through.ts";
import { createValidatorClient } from "../../cli/validator-client.ts";
import { leastBondUnits } from "../../protocol/terms.ts";
import type { Hash } from "../../protocol/words.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import { signPermit } from "../../web/chain/permit.ts";
import {
  createLiveTask,
  startLiveChain,
  TOKEN,
  walletOf,
  type LiveChain,
} from "../support/live-task.ts";
import { startLiveService, type LiveService } from "../support/live-service.ts";

describe("On a live service", function () {
  this.timeout(120_000);
  let live: LiveChain;
  let service: LiveService;
  let token: TestToken;
  let tasks: FeedbackTasks;
  let registry: IStakeRegistry;
  const owner = walletOf("owner of a contract wallet");
  let contractWallet: KeyedWallet;
  let account: string;

  before(async () => {
    live = await startLiveChain(2);
    const { contracts } = live.deployment;
    const funded = walletOf("requester").connect(live.provider);
    token = TestToken__factory.connect(contracts.token, funded);
    tasks = FeedbackTasks__factory.connect(contracts.feedbackTasks, funded);
    registry = IStakeRegistry__factory.connect(contracts.stakeRegistry, funded);
    contractWallet = await new KeyedWallet__factory(funded).deploy(owner.address);
    account = (await contractWallet.getAddress()).toLowerCase();
    await (await token.mint(account, 500n * TOKEN)).wait();
    service = await startLiveService(live);
  });
  after(async () => {
    await service?.end();
    await live?.stop();
  });

  it("a contract wallet gives no permit: it approves as ever", async () => {
    const { stakeRegistry } = live.deployment.contracts;
    const signer = walletOf("requester").connect(live.provider);
    const lent = Object.assign(Object.create(signer) as Wallet, {
      getAddress: () => Promise.resolve(account),
    });
    const permit = await signPermit(lent, await token.getAddress(), stakeRegistry, TOKEN, 1n);
    expect(permit).to.equal(undefined);
    const { data: approve } = await token.approve.populateTransaction(stakeRegistry, 500n * TOKEN);
    await (await contractWallet.send(await token.getAddress(), approve)).wait();
    const call = await registry.join.populateTransaction(1n, 500n * TOKEN, ZERO_HASH);
    await (await contractWallet.send(stakeRegistry, call.data)).wait();
    // The seat counts from the next block on, and seats are asked for as of the block before.
    await live.mine(2);
    expect((await registry.accountOf(account)).role).to.equal(1n);
  });

  describe("[ERC-1271] given a task and a contract wallet with a seat", () => {
    let taskId: Hash;
    let closesAt: bigint;

    before(async () => {
      const seats = await registry.activeSeatsAt(1n, (await live.provider.getBlockNumber()) - 1);
      const created = await createLiveTask(live, { humanVotes: Number(seats) });
      expect(created.terms.operatorBond).to.equal(leastBondUnits(created.terms));
      ({ taskId } = created);
      ({ closesAt } = created.terms);
      await live.mine(3);
    });

    it("its session key judges, and the operator commits what it signed", async () => {
      const task = await waitForTask(service.api, taskId, ({ state }) => state === "Open");
      const client = createValidatorClient(service.config, [service.api], owner.privateKey, {
        account,
      });
      await client.openSession(task.terms.revealEndsAt);
      const ballot = client.ballotIn(taskId, task.terms.receiptKey);
      await ballot.judge(0, 0);
      const receipt = await ballot.judge(1, 1);
      expect(receipt.receipt).to.include({ validator: account, version: 2, judgments: 2 });
      await live.moveTo(closesAt);
      await waitForTask(service.api, taskId, ({ progress }) => progress.ballotsCommitted === 1);
      const record = await tasks.recordOf(taskId, account);
      expect(record.version).to.equal(2n);
      // A key signed it that the wallet had authorised, its first.
      expect(record.session).to.equal(1n);
    });
  });
});
