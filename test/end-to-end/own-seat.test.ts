/** What a person does with a seat and its keys from the command line, while a service follows. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Wallet } from "ethers";
import { IStakeRegistry__factory } from "../../bindings/index.ts";
import { fund } from "../../cli/join.ts";
import { waitForTask } from "../../cli/replay/live-through.ts";
import { createValidatorClient, type GrowingBallot } from "../../cli/validator-client.ts";
import { isScrutineerError } from "../../protocol/errors.ts";
import type { Hash } from "../../protocol/words.ts";
import { startLiveService, type LiveService } from "../support/live-service.ts";
import {
  createLiveTask,
  startLiveChain,
  TOKEN,
  walletOf,
  type LiveChain,
} from "../support/live-task.ts";
import { scrutineerJson } from "../support/scrutineer.ts";

describe("On a live service", function () {
  this.timeout(120_000);
  let live: LiveChain;
  let service: LiveService;
  let folder: string;

  before(async () => {
    live = await startLiveChain(2);
    folder = await mkdtemp(join(tmpdir(), "scrutineer-seat-"));
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
    const { stakeRegistry } = live.deployment.contracts;
    const registry = IStakeRegistry__factory.connect(stakeRegistry, live.provider);
    expect((await registry.accountOf(person.address)).stakedUnits).to.equal(400n * TOKEN);
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
