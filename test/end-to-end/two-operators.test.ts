import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { Wallet, type JsonRpcProvider } from "ethers";
import type { PublicConfig } from "../../api/schemas/config.ts";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import { IFeedbackTasks__factory, TestToken__factory } from "../../bindings/index.ts";
import { freePort, startAnvil, type Anvil } from "../../cli/anvil.ts";
import { createApiClient, type ApiClient } from "../../cli/api-client.ts";
import { createTask, termsDraftSchema } from "../../cli/create-task.ts";
import {
  deployLocally,
  openProvider,
  readDeployment,
  type Deployment,
} from "../../cli/deployment.ts";
import { fund, joinAll } from "../../cli/join.ts";
import { readExampleSet, uploadExampleSet } from "../../cli/local/example-set.ts";
import { NEWCOMERS, OPERATOR, RELAY, REQUESTER, SIMULATED } from "../../cli/local/keys.ts";
import { moveTimeTo, waitForTask } from "../../cli/replay/live-through.ts";
import { createValidatorClient } from "../../cli/validator-client.ts";
import { keccak256Text } from "../../protocol/keccak.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import type { Hash } from "../../protocol/words.ts";
import { startProcesses, type Processes } from "../simulation/processes.ts";
import { startPostgres, type PostgresServer } from "../support/postgres.ts";

const TOKEN = 10n ** 18n;
const SECOND_RELAY: Hash = keccak256Text("scrutineer local second relay");
const JUDGES = [...NEWCOMERS, ...SIMULATED];
const JUDGED_ITEMS = 10;

describe("two operators and two indexers, each pair with a database of its own", function () {
  this.timeout(300_000);
  let folder: string;
  let postgres: PostgresServer;
  let anvil: Anvil;
  let provider: JsonRpcProvider;
  let deployment: Deployment;
  let first: Processes;
  let second: Processes;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scrutineer-two-"));
    postgres = await startPostgres();
    anvil = await startAnvil({ port: 0, blockSeconds: 1 });
    provider = await openProvider(anvil.rpcUrl);
    deployment = await readDeployment(
      provider,
      (await deployLocally(anvil.rpcUrl)).feedbackTasks.toLowerCase(),
    );
    const { contracts } = deployment;
    await joinAll(provider, contracts, [
      { ...OPERATOR, role: "Operator", stakeUnits: 1_000_000n * TOKEN },
      ...JUDGES.map((key) => ({ ...key, role: "Human" as const, stakeUnits: 1_000n * TOKEN })),
    ]);
    for (const relay of [RELAY.privateKey, SECOND_RELAY])
      await fund(provider, contracts, relay, 0n);
    await fund(provider, contracts, REQUESTER.privateKey, 10_000n * TOKEN);
    [first, second] = await Promise.all([
      stack("first", RELAY.privateKey),
      stack("second", SECOND_RELAY),
    ]);
  });
  after(async () => {
    await Promise.all([first?.stop(), second?.stop()]);
    provider?.destroy();
    await anvil?.stop();
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function stack(name: string, relayKey: Hash): Promise<Processes> {
    return startProcesses({
      rpcUrl: anvil.rpcUrl,
      feedbackTasks: deployment.contracts.feedbackTasks,
      databaseUrl: await postgres.createDatabase(),
      dataDir: join(folder, name),
      apiPort: await freePort(),
      relayKey,
      standbyIndexer: true,
    });
  }

  it("[G14] settle a task and pay everybody though one operator and the other's indexer are killed half-way", async () => {
    const apis: [ApiClient, ApiClient] = [
      createApiClient(first.apiUrl),
      createApiClient(second.apiUrl),
    ];
    const config = await apis[0].get<PublicConfig>("/config");
    const task = await openTask(apis, config);
    const examples = await readExampleSet();

    const casters = await Promise.all(
      JUDGES.map(async ({ privateKey, address }) => {
        const client = createValidatorClient(config, apis, privateKey);
        await client.openSession(task.terms.revealEndsAt);
        const ticket = ticketsOf(task.seed as Hash, address, BigInt(task.human?.threshold ?? 0));
        return { ballot: client.ballotIn(task.taskId, task.terms.receiptKey), ticket };
      }),
    );
    for (let itemIndex = 0; itemIndex < JUDGED_ITEMS; itemIndex++) {
      if (itemIndex === JUDGED_ITEMS / 2)
        await Promise.all([first.kill("operator"), second.kill("indexer")]);
      for (const { ballot, ticket } of casters) {
        await ballot.judge(
          itemIndex,
          toPresented(examples.better[itemIndex] ?? 2, ticket(itemIndex).flip),
        );
      }
    }

    const { closesAt, commitEndsAt, revealEndsAt } = task.terms;
    const reached = (at: number, holds: (now: TaskJson) => boolean): Promise<unknown> =>
      moveTimeTo(provider, at).then(() => waitForTask(apis[0], task.taskId, holds));
    await reached(closesAt, ({ progress }) => progress.ballotsCommitted === JUDGES.length);
    await reached(commitEndsAt, ({ progress }) => progress.ballotsRevealed === JUDGES.length);
    await reached(revealEndsAt, ({ state }) => state === "Settled");
    await moveTimeTo(provider, revealEndsAt + Number(deployment.constants.claimWindow));

    const token = TestToken__factory.connect(deployment.contracts.token, provider);
    const tasks = IFeedbackTasks__factory.connect(deployment.contracts.feedbackTasks, provider);
    const { facts, owed } = await untilPaid(tasks, token, task.taskId);
    expect(owed).to.equal(0n);
    expect(facts.bondReleased).to.equal(true);
    expect(facts.paidUnits > 0n).to.equal(true);
    for (const { address } of JUDGES) expect((await token.balanceOf(address)) > 0n).to.equal(true);
    // Both services tell the same: the one whose indexer died has gone on by itself.
    const told = await Promise.all(
      apis.map((api) => waitForTask(api, task.taskId, ({ state }) => state === "Settled")),
    );
    expect(told[0]?.money).to.deep.equal(told[1]?.money);
  });

  /** Through the first service; the second learns of it from the chain. */
  async function openTask(
    apis: readonly [ApiClient, ApiClient],
    config: PublicConfig,
  ): Promise<TaskJson> {
    const part = await uploadExampleSet(apis[0], await readExampleSet(), "Judged beside a failure");
    const closesAt = ((await provider.getBlock("latest"))?.timestamp ?? 0) + 3_600;
    const draft = termsDraftSchema.parse({
      humanVotes: JUDGES.length,
      humanPrice: TOKEN.toString(),
      operatorFee: (TOKEN / 10n).toString(),
      closesAt,
      commitEndsAt: closesAt + 600,
      revealEndsAt: closesAt + 1_200,
    });
    const { taskId } = await createTask(
      apis[0],
      new Wallet(REQUESTER.privateKey, provider),
      config,
      part,
      draft,
    );
    await provider.send("anvil_mine", ["0x3"]);
    await waitForTask(apis[1], taskId, ({ state }) => state === "Open");
    return waitForTask(apis[0], taskId, ({ state }) => state === "Open");
  }

  async function untilPaid(
    tasks: ReturnType<typeof IFeedbackTasks__factory.connect>,
    token: ReturnType<typeof TestToken__factory.connect>,
    taskId: Hash,
  ) {
    for (let tries = 0; ; tries++) {
      const [facts, owed] = await Promise.all([
        tasks.factsOf(taskId),
        token.balanceOf(deployment.contracts.feedbackTasks),
      ]);
      if ((facts.bondReleased && owed === 0n) || tries > 600) return { facts, owed };
      await wait(100);
    }
  }
});
