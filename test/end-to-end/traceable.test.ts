import { setTimeout as sleep } from "node:timers/promises";
import { Wallet } from "ethers";
import { expect } from "chai";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import type { UploadJson } from "../../api/schemas/uploads.ts";
import { createApiClient } from "../../cli/api-client.ts";
import { createTask, termsDraftSchema } from "../../cli/create-task.ts";
import { fund, joinAll } from "../../cli/join.ts";
import { createOutput } from "../../cli/output.ts";
import { waitForTask } from "../../cli/replay/live-through.ts";
import type { Stack } from "../../cli/stack.ts";
import { startStack } from "../../cli/stack.ts";
import { createValidatorClient } from "../../cli/validator-client.ts";
import type { LeaseJson } from "../../api/schemas/leases.ts";
import type { Hash } from "../../protocol/words.ts";

const TOKEN = 10n ** 18n;
/** A round of the operator, a block, a poll of the indexer. */
const SLACK_SECONDS = 5;

interface Traced {
  data: {
    ballotVersion: {
      judgments: number;
      receivedAt: string;
      inclusion: {
        leaf: Hash;
        root: Hash;
        proof: Hash[];
        anchor: { tx: Hash; timestamp: string } | null;
      } | null;
    } | null;
    judgments: { edges: unknown[] };
  };
}

const QUERY = `query ($digest: Hash!, $taskId: Hash!) {
  ballotVersion(digest: $digest) {
    judgments
    receivedAt
    inclusion { leaf root proof anchor { tx: txHash timestamp: blockTimestamp } }
  }
  judgments(first: 10, where: { taskId: $taskId }) { edges { node { verdict } } }
}`;

describe("A receipted judgment", function () {
  this.timeout(120_000);
  let stack: Stack;

  before(async () => {
    stack = await startStack({ output: createOutput(true), port: 0, rpcPort: 0 });
  });
  after(() => stack?.stop());

  it("is in GraphQL with its inclusion proof within one anchor interval, its verdict still unseen", async () => {
    const { provider, config } = stack;
    const api = createApiClient(stack.apiUrl);
    const keys = [1, 2, 3].map(() => Wallet.createRandom().privateKey);
    const stakeUnits = 100n * TOKEN;
    await joinAll(
      provider,
      config.contracts,
      keys.map((privateKey) => ({ privateKey, role: "Human" as const, stakeUnits })),
    );
    await provider.send("anvil_mine", ["0x1"]);
    const requester = new Wallet(Wallet.createRandom().privateKey, provider);
    await fund(provider, config.contracts, requester.privateKey, 100n * TOKEN);
    const upload = await api.upload<UploadJson>("/uploads", pairs(4));
    const now = (await provider.getBlock("latest"))?.timestamp ?? 0;
    const draft = termsDraftSchema.parse({
      ...{ humanVotes: 3, humanPrice: TOKEN.toString() },
      ...{ closesAt: now + 3600, commitEndsAt: now + 7200, revealEndsAt: now + 10_800 },
    });
    const part = upload.parts[0] as UploadJson["parts"][0];
    const { taskId, terms } = await createTask(api, requester, config, part, draft);
    await provider.send("anvil_mine", ["0x4"]);
    const task = await waitForTask(api, taskId, ({ state }) => state === "Open");

    const client = createValidatorClient(config, [api], keys[0] as Hash);
    await client.openSession(task.terms.revealEndsAt);
    const ballot = client.ballotIn(taskId, terms.receiptKey);
    // the first may be anchored at once; the second has the whole interval before it
    for (const judgments of [1, 2]) {
      const lease = (await client.lease(taskId)) as LeaseJson;
      const { digest } = await ballot.judge(lease.item.itemIndex, 0);
      const traced = await waitForAnchor(stack, digest, taskId);

      const version = traced.data.ballotVersion;
      expect(version?.judgments).to.equal(judgments);
      expect(version?.inclusion?.leaf).to.equal(digest);
      const { root, proof, anchor } = version?.inclusion ?? {};
      expect(
        StandardMerkleTree.verify(root as Hash, ["bytes32"], [digest], proof as Hash[]),
      ).to.equal(true);
      const mined = await provider.getTransactionReceipt(anchor?.tx as Hash);
      expect(mined?.logs.some(({ data }) => data.includes((root as Hash).slice(2)))).to.equal(true);
      expect(Number(anchor?.timestamp) - Number(version?.receivedAt)).to.be.at.most(
        config.anchorSeconds + SLACK_SECONDS,
      );
      expect(traced.data.judgments.edges).to.deep.equal([]);
    }
  });
});

async function waitForAnchor(stack: Stack, digest: Hash, taskId: Hash): Promise<Traced> {
  const until = Date.now() + (stack.config.anchorSeconds + SLACK_SECONDS) * 1000;
  for (;;) {
    const response = await fetch(stack.config.graphqlUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: QUERY, variables: { digest, taskId } }),
    });
    const traced = (await response.json()) as Traced;
    expect(traced, JSON.stringify(traced)).to.not.have.property("errors");
    if (traced.data.ballotVersion?.inclusion?.anchor || Date.now() > until) return traced;
    await sleep(500);
  }
}

async function* pairs(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i += 1) {
    const row = { prompt: `What is ${i} + 1?`, response_a: `${i + 1}`, response_b: "no idea" };
    yield new TextEncoder().encode(`${JSON.stringify(row)}\n`);
  }
}
