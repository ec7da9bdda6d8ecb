import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { AbiCoder, JsonRpcProvider } from "ethers";
import { network } from "hardhat";

import {
  FeedbackTasks__factory,
  ProvenanceRegistry__factory,
  StakeRegistry__factory,
} from "../../bindings/index.ts";
import { deployLocally, type Deployed } from "../../cli/deployment.ts";
import { profiles } from "../../deploy/profiles.ts";
import { checkCode, CONTRACT_NAMES, readRecord } from "../../deploy/verification.ts";
import { startLocalChain } from "../support/local-chain.ts";

/** EIP-170. */
const MOST_CODE_BYTES = 24_576;
/** What is left for a mistake found late. */
const ROOM_BYTES = 1_000;

interface Chain {
  readonly rpcUrl: string;
  stop(): Promise<void>;
}

async function startHardhatChain(): Promise<Chain> {
  const server = await network.createServer("default", "127.0.0.1", 0);
  const { address, port } = await server.listen();
  return { rpcUrl: `http://${address}:${port}`, stop: () => server.close() };
}

const CHAINS: Readonly<Record<string, () => Promise<Chain>>> = {
  anvil: () => startLocalChain(),
  Hardhat: startHardhatChain,
};

for (const [name, start] of Object.entries(CHAINS)) {
  describe(`deploy/main.ts on a fresh ${name} chain`, function () {
    this.timeout(300_000);
    let chain: Chain;
    let provider: JsonRpcProvider;
    let folder: string;
    let deployed: Deployed;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "scrutineer-deployment-"));
      chain = await start();
      deployed = await deployLocally(chain.rpcUrl, { extraArguments: ["--record", folder] });
      provider = new JsonRpcProvider(chain.rpcUrl, deployed.chainId, { staticNetwork: true });
    });

    after(async () => {
      provider.destroy();
      await chain.stop();
      await rm(folder, { recursive: true });
    });

    it("deploys everything, bound together, with the constants of the local profile", async () => {
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
    });

    it("deploys contracts that any chain takes, with room to grow", async () => {
      const { contracts } = await readRecord(folder);
      expect(contracts.map(({ name: contract }) => contract)).to.have.members(CONTRACT_NAMES);
      for (const contract of contracts) {
        const bytes = ((await provider.getCode(contract.address)).length - 2) / 2;
        expect(bytes, contract.name).to.be.within(1, MOST_CODE_BYTES - ROOM_BYTES);
      }
    });

    it("saves where everything is, with the arguments it was made with", async () => {
      const { chainId, contracts, profile } = await readRecord(folder);
      expect([chainId, profile]).to.deep.equal([deployed.chainId, "local"]);
      const of = (contract: string): string =>
        contracts.find((one) => one.name === contract)?.constructorArguments ?? "";
      const coder = AbiCoder.defaultAbiCoder();
      expect(of("ProvenanceRegistry")).to.equal(
        coder.encode(["address"], [deployed.feedbackTasks]),
      );
      expect(of("StakeRegistry")).to.equal(
        coder.encode(
          ["address", "address", "uint256", "uint256"],
          [
            deployed.token,
            deployed.commons,
            profiles.local.minStakeUnits,
            profiles.local.unbonding,
          ],
        ),
      );
      expect(of("Scoring")).to.equal("0x");
    });

    it("saves for each contract what the compiler takes, libraries at their addresses", async () => {
      const { contracts } = await readRecord(folder);
      expect((await readdir(folder)).sort()).to.deep.equal(
        [...contracts.map(({ input }) => input), "deployment.json"].sort(),
      );
      const input = JSON.parse(
        await readFile(join(folder, "FeedbackTasks.input.json"), "utf8"),
      ) as {
        readonly settings: { readonly libraries: Record<string, Record<string, string>> };
      };
      const linked = Object.values(input.settings.libraries).flatMap(Object.entries);
      expect(linked.sort()).to.deep.equal(
        contracts
          .filter(({ fullName }) => fullName.includes("/libraries/"))
          .map(({ name: library, address }) => [library, address])
          .sort(),
      );
    });
  });
}

describe("deploy/main.ts", function () {
  this.timeout(300_000);
  let chain: Chain;
  let provider: JsonRpcProvider;
  let folder: string;
  let first: Deployed;
  /** Of the chain, after the first deployment. */
  let height: number;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scrutineer-deployment-"));
    chain = await startLocalChain();
    first = await deployLocally(chain.rpcUrl, { extraArguments: ["--record", folder] });
    provider = new JsonRpcProvider(chain.rpcUrl, first.chainId, { staticNetwork: true });
    height = await provider.getBlockNumber();
  });

  after(async () => {
    provider.destroy();
    await chain.stop();
    await rm(folder, { recursive: true });
  });

  it("costs what docs/deploying.md says", async () => {
    const blocks = Array.from({ length: height }, (_, i) => provider.getBlock(i + 1));
    const sent = (await Promise.all(blocks)).flatMap((block) => block?.transactions ?? []);
    const receipts = await Promise.all(sent.map((hash) => provider.getTransactionReceipt(hash)));
    // A local deployment makes its token first; elsewhere there is one.
    const ours = receipts.filter((receipt) => receipt?.contractAddress !== first.token);
    const gas = ours.reduce((sum, receipt) => sum + (receipt?.gasUsed ?? 0n), 0n);
    const docs = await readFile("docs/deploying.md", "utf8");
    const [, millions] = /Ten contracts in eleven transactions, .*? ([\d.]+) million gas/.exec(
      docs,
    )!;
    expect(ours).to.have.length(11);
    expect((Number(gas) / 1e6).toFixed(1)).to.equal(millions);
  });

  // One contract with immutables and one library; `npm run deploy:check` compiles all ten.
  it("saves input that compiles to the code on the chain", async () => {
    const codeAt = (address: string): Promise<string> => provider.getCode(address);
    const checks = await checkCode(folder, codeAt, ["ProvenanceRegistry", "Counting"]);
    expect(checks.map(({ name, same }) => [name, same])).to.deep.equal([
      ["ProvenanceRegistry", true],
      ["Counting", true],
    ]);
  });

  it("deploys a second time beside the first, for no journal is kept", async () => {
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
