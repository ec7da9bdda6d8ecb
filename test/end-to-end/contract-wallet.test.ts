import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import { fund } from "../../cli/join.ts";
import { waitForTask } from "../../cli/replay/live-through.ts";
import { createValidatorClient, type GrowingBallot } from "../../cli/validator-client.ts";
import { isScrutineerError } from "../../protocol/errors.ts";
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
import { scrutineerJson } from "../support/scrutineer.ts";

describe("On a live service", function () {
  this.timeout(120_000);
  let live: LiveChain;
  let service: LiveService;
  let folder: string;
  let token: TestToken;
  let tasks: FeedbackTasks;
  let registry: IStakeRegistry;
  const owner = walletOf("owner of a contract wallet");
  let contractWallet: KeyedWallet;
  let account: string;

  before(async () => {
    live = await startLiveChain(2);
    folder = await mkdtemp(join(tmpdir(), "scrutineer-contract-"));
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
    await rm(folder, { recursive: true, force: true });
  });

  async function writeKey(wallet: Wallet): Promise<string> {
    const file = join(folder, wallet.address);
    await writeFile(file, wallet.privateKey);
    return file;
  }

  it("a person joins by one transaction, its stake permitted by a signature", async () => {
    const person = walletOf("a person who joins late");
    await fund(live.provider, live.deployment.contracts, person.privateKey, 500n * TOKEN);
    const before = await live.provider.getTransactionCount(person.address);
    const { status, json, stderr } = await scrutineerJson<{ validator: string }>(
      ...["validator", "join", "--role", "Human", "--stake", (400n * TOKEN).toString()],
      ...["--key", await writeKey(person), "--api", service.api.url],
    );
    expect(status, stderr).to.equal(0);
    expect(json.validator).to.equal(person.address.toLowerCase());
    expect(await live.provider.getTransactionCount(person.address)).to.equal(before + 1);
    expect((await registry.accountOf(person.address)).stakedUnits).to.equal(400n * TOKEN);
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
    await live.mine(1);
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

  it("a session revoked by its validator is refused by intake from then on, and the wallet goes on", async () => {
    const { taskId, terms } = await createLiveTask(live, { humanVotes: 2 });
    await live.mine(3);
    await waitForTask(service.api, taskId, ({ state }) => state === "Open");
    const [person] = live.humans;
    const privateKey = person?.privateKey as Hash;
    const client = createValidatorClient(service.config, [service.api], privateKey);
    await client.openSession(Number(terms.revealEndsAt));
    const ballot = client.ballotIn(taskId, terms.receiptKey);
    const { itemIndex } = await judgeFirst(ballot);
    const { sessions } = await service.api.get<{ sessions: { key: string; state: string }[] }>(
      `/sessions/${client.address}`,
    );
    const key = sessions.at(-1)?.key ?? "";
    const { status, stderr } = await scrutineerJson(
      ...["validator", "revoke", key, "--key", await writeKey(person as Wallet)],
      ...["--api", service.api.url],
    );
    expect(status, stderr).to.equal(0);
    await untilRevoked(client.address, key);
    const refused = await ballot.judge(itemIndex, 1).catch((error: unknown) => error);
    expect(isScrutineerError(refused, "session-revoked"), String(refused)).to.equal(true);

    const byWallet = createValidatorClient(service.config, [service.api], privateKey);
    const again = await judgeFirst(byWallet.ballotIn(taskId, terms.receiptKey), itemIndex);
    expect(again.itemIndex).to.equal(itemIndex);
  });

  /** Judges the first item whose ticket is the validator's, with the first version that is new. */
  async function judgeFirst(ballot: GrowingBallot, from = 0): Promise<{ itemIndex: number }> {
    let itemIndex = from;
    while (itemIndex < 12) {
      try {
        await ballot.judge(itemIndex, 0);
        return { itemIndex };
      } catch (error) {
        if (isScrutineerError(error, "item-not-eligible")) itemIndex += 1;
        else if (!isScrutineerError(error, "version-stale", "version-conflict")) throw error;
      }
    }
    throw new Error("no item is theirs");
  }

  async function untilRevoked(validator: string, key: string): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      const { sessions } = await service.api.get<{ sessions: { key: string; state: string }[] }>(
        `/sessions/${validator}`,
      );
      if (sessions.some((one) => one.key === key && one.state === "revoked")) return;
      await live.mine(1);
    }
    throw new Error("the revocation was never seen");
  }
});
