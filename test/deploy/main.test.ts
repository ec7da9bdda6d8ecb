import { expect } from "chai";
import { JsonRpcProvider } from "ethers";

import {
  FeedbackTasks__factory,
  ProvenanceRegistry__factory,
  StakeRegistry__factory,
} from "../../bindings/index.ts";
import { profiles } from "../../deploy/profiles.ts";
import type { Anvil } from "../../cli/anvil.ts";
import { deployLocally } from "../../cli/deployment.ts";
import { startLocalChain } from "../support/local-chain.ts";

describe("deploy/main.ts on a fresh anvil chain", function () {
  this.timeout(120_000);
  let chain: Anvil;

  before(async () => {
    chain = await startLocalChain();
  });

  after(() => chain.stop());

  it("deploys everything, bound together, with the constants of the local profile", async () => {
    const deployed = await deployLocally(chain.rpcUrl);
    const provider = new JsonRpcProvider(chain.rpcUrl, deployed.chainId, { staticNetwork: true });
    const registry = StakeRegistry__factory.connect(deployed.stakeRegistry, provider);
    const tasks = FeedbackTasks__factory.connect(deployed.feedbackTasks, provider);
    const provenance = ProvenanceRegistry__factory.connect(deployed.provenanceRegistry, provider);
    const { local } = profiles;

    expect(await registry.tasks()).to.equal(deployed.feedbackTasks);
    expect(await tasks.registry()).to.equal(deployed.stakeRegistry);
    expect(await provenance.tasks()).to.equal(deployed.feedbackTasks);
    expect(await tasks.token()).to.equal(deployed.token);
    expect((await tasks.commons()).toLowerCase()).to.equal(deployed.commons);
    expect([await registry.MIN_STAKE(), await registry.UNBONDING()]).to.deep.equal([
      local.minStakeUnits,
      local.unbonding,
    ]);
    expect([
      await tasks.SEED_DELAY(),
      await tasks.MIN_POOL(),
      await tasks.MIN_COMMIT(),
      await tasks.MIN_REVEAL(),
      await tasks.CLAIM_WINDOW(),
    ]).to.deep.equal([
      local.seedDelay,
      local.minPool,
      local.minCommit,
      local.minReveal,
      local.claimWindow,
    ]);
    for (const address of [
      deployed.stakeRegistry,
      deployed.feedbackTasks,
      deployed.provenanceRegistry,
    ]) {
      expect(((await provider.getCode(address)).length - 2) / 2, "code size").to.be.within(
        1,
        24_576,
      );
    }
    provider.destroy();
  });

  it("deploys a second time beside the first, for no journal is kept", async () => {
    const first = await deployLocally(chain.rpcUrl);
    const second = await deployLocally(chain.rpcUrl, { extraArguments: ["--token", first.token] });
    expect(second.token).to.equal(first.token);
    expect(second.feedbackTasks).to.not.equal(first.feedbackTasks);
  });

  it("says what is missing and ends with an error", async () => {
    let message = "";
    try {
      await deployLocally(chain.rpcUrl, { extraArguments: ["--profile", "public"] });
    } catch (error) {
      message = String(error);
    }
    expect(message).to.contain("--profile public needs --token ADDRESS and --commons ADDRESS");
  });
});
