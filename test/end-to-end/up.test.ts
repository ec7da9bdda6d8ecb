import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { Wallet } from "ethers";
import type { PublicConfig } from "../../api/schemas/config.ts";
import type { ReleaseJson } from "../../api/schemas/releases.ts";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import { openProvider } from "../../cli/deployment.ts";
import { joinAll } from "../../cli/join.ts";
import { createApiClient } from "../../cli/api-client.ts";
import { createValidatorClient } from "../../cli/validator-client.ts";
import { scrutineerJson, startScrutineer } from "../support/scrutineer.ts";

interface Ready {
  readonly web: string;
  readonly api: string;
  readonly graphql: string;
  readonly rpc: string;
  readonly chainId: number;
  readonly contracts: PublicConfig["contracts"];
}

describe("scrutineer up", function () {
  this.timeout(300_000);
  let dir: string;
  let up: Awaited<ReturnType<typeof startScrutineer<Ready>>> | undefined;

  const start = (): ReturnType<typeof startScrutineer<Ready>> =>
    startScrutineer<Ready>("up", "--port", "0", "--rpc-port", "0", "--no-open", "--data", dir);
  const listTasks = async (ready: Ready): Promise<TaskJson[]> =>
    (await createApiClient(ready.api).get<{ tasks: TaskJson[] }>("/tasks")).tasks;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "scrutineer-up-test-"));
    up = await start();
  });
  after(async () => {
    await up?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it("says in one line of JSON where everything is", async () => {
    const { web, api, graphql, rpc, chainId, contracts } = up?.ready as Ready;
    for (const url of [web, api, graphql, rpc]) expect(new URL(url).hostname).to.equal("127.0.0.1");
    expect(chainId).to.equal(31_337);
    for (const contract of Object.values(contracts)) expect(contract).to.match(/^0x[0-9a-f]{40}$/);
    expect((await fetch(`${web}/healthz`)).status).to.equal(200);
    expect((await fetch(`${web}/openapi.json`)).status).to.equal(200);
    const answer = await fetch(graphql, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ tasks { totalCount } }" }),
    });
    expect(await answer.json()).to.deep.equal({ data: { tasks: { totalCount: 2 } } });
  });

  it("shows a settled and released example and one open to every seat", async () => {
    const ready = up?.ready as Ready;
    const [open, settled] = await listTasks(ready);
    expect([open?.state, settled?.state]).to.deep.equal(["Open", "Settled"]);
    expect(open?.human?.pool).to.equal(open?.human?.seats);
    expect(BigInt(open?.human?.threshold ?? 0)).to.equal(2n ** 255n);
    const { escrow, refund, fees, paid, rest } = (settled as TaskJson).money;
    expect(BigInt(escrow)).to.equal(
      [refund, fees, paid, rest].reduce((sum, part) => sum + BigInt(part ?? 0), 0n),
    );
    const { releases } = await createApiClient(ready.api).get<{ releases: ReleaseJson[] }>(
      "/releases",
    );
    expect(releases.map(({ taskIds }) => taskIds)).to.deep.equal([[settled?.taskId]]);
  });

  it("offers funded and seated accounts with at least 24 items to judge", async () => {
    const ready = up?.ready as Ready;
    const api = createApiClient(ready.api);
    const config = await api.get<PublicConfig>("/config");
    expect(config.localAccounts).to.have.length(2);
    const [open] = await listTasks(ready);
    for (const { privateKey } of config.localAccounts ?? []) {
      const client = createValidatorClient(config, [api], privateKey);
      await client.openSession((open as TaskJson).terms.revealEndsAt);
      const lease = await client.lease((open as TaskJson).taskId);
      expect(lease?.remaining).to.be.greaterThanOrEqual(24);
    }
  });

  it("gives a wallet that joins later an example task of its own", async () => {
    const ready = up?.ready as Ready;
    const api = createApiClient(ready.api);
    const config = await api.get<PublicConfig>("/config");
    const provider = await openProvider(ready.rpc);
    const late = Wallet.createRandom();
    const stakeUnits = 200n * 10n ** 18n;
    await joinAll(provider, config.contracts, [
      { privateKey: late.privateKey, role: "Human", stakeUnits },
    ]);
    provider.destroy();
    let own: TaskJson | undefined;
    for (let tries = 0; own === undefined && tries < 300; tries++) {
      own = (await listTasks(ready)).find(
        ({ title, state }) => title.includes("for you") && state === "Open",
      );
      await wait(100);
    }
    const client = createValidatorClient(config, [api], late.privateKey);
    await client.openSession((own as TaskJson).terms.revealEndsAt);
    expect((await client.lease((own as TaskJson).taskId))?.remaining).to.be.greaterThanOrEqual(24);
  });

  it("refuses a taken port and says which", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const { status, json } = await scrutineerJson<{ error: { code: string; details: unknown } }>(
      ...["up", "--no-open", "--port", String(port), "--rpc-port", "0"],
    );
    server.close();
    expect(status).to.equal(2);
    expect(json.error).to.deep.include({ code: "port-in-use", details: { port } });
  });

  it("ends cleanly at Ctrl-C, and goes on from its data where it was", async () => {
    const facts = (tasks: TaskJson[]) =>
      tasks.map(({ taskId, state, money }) => ({ taskId, state, money }));
    const before = facts(await listTasks(up?.ready as Ready));
    expect(await up?.stop()).to.equal(0);
    up = await start();
    expect(facts(await listTasks(up.ready))).to.deep.equal(before);
    expect(await up.stop()).to.equal(0);
    up = undefined;
  });

  it("leaves a chain that `scrutineer chain` serves again", async () => {
    const chain = await startScrutineer<{ rpc: string }>(
      "chain",
      join(dir, "chain.json"),
      "--port",
      "0",
    );
    const provider = await openProvider(chain.ready.rpc);
    try {
      expect(await provider.getBlockNumber()).to.be.greaterThan(20);
    } finally {
      provider.destroy();
      expect(await chain.stop()).to.equal(0);
    }
  });
});
