/** The contracts a process works on: their addresses and constants, read from the chain itself. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { JsonRpcProvider } from "ethers";
import {
  IFeedbackTasks__factory,
  IProvenanceRegistry__factory,
  IStakeRegistry__factory,
} from "../bindings/index.ts";
import { createJsonRpc } from "../indexer/json-rpc.ts";
import { ScrutineerError } from "../protocol/errors.ts";
import type { DeploymentConstants } from "../protocol/terms.ts";
import type { Address } from "../protocol/words.ts";

export interface Contracts {
  readonly token: Address;
  readonly stakeRegistry: Address;
  readonly feedbackTasks: Address;
  /** Undefined where lineage is not recorded, or not told of. */
  readonly provenanceRegistry?: Address | undefined;
}

export interface Deployment {
  readonly chainId: bigint;
  readonly contracts: Contracts;
  readonly constants: DeploymentConstants;
}

/**
 * For commands: one network for life, no cache, quick to see what was mined. Refuses, with `chain-unreachable`, a URL where
 * no node answers: ethers would ask there again and again, for ever.
 */
export async function openProvider(rpcUrl: string): Promise<JsonRpcProvider> {
  await createJsonRpc(rpcUrl).call("eth_chainId");
  return new JsonRpcProvider(rpcUrl, undefined, {
    cacheTimeout: -1,
    staticNetwork: true,
    pollingInterval: 100,
  });
}

/** Everything follows from the address of FeedbackTasks, but the registry of lineage, which must be of these tasks. */
export async function readDeployment(
  provider: JsonRpcProvider,
  feedbackTasks: Address,
  provenanceRegistry?: Address,
): Promise<Deployment> {
  const code = await provider.getCode(feedbackTasks).catch((cause: unknown) => {
    throw new ScrutineerError(
      "chain-unreachable",
      "the chain's RPC does not answer",
      {},
      { cause },
    );
  });
  if (code === "0x") {
    throw new ScrutineerError("contract-missing", `there is no contract at ${feedbackTasks}`, {
      feedbackTasks,
    });
  }
  if (provenanceRegistry !== undefined) {
    await checkProvenanceRegistry(provider, provenanceRegistry, feedbackTasks);
  }
  const tasks = IFeedbackTasks__factory.connect(feedbackTasks, provider);
  const stakeRegistry = (await tasks.registry()).toLowerCase();
  const registry = IStakeRegistry__factory.connect(stakeRegistry, provider);
  const [
    token,
    seedDelay,
    minPool,
    minCommit,
    minReveal,
    claimWindow,
    minStake,
    unbonding,
    { chainId },
  ] = await Promise.all([
    tasks.token(),
    tasks.SEED_DELAY(),
    tasks.MIN_POOL(),
    tasks.MIN_COMMIT(),
    tasks.MIN_REVEAL(),
    tasks.CLAIM_WINDOW(),
    registry.MIN_STAKE(),
    registry.UNBONDING(),
    provider.getNetwork(),
  ]);
  return {
    chainId,
    contracts: {
      token: token.toLowerCase(),
      stakeRegistry,
      feedbackTasks: feedbackTasks.toLowerCase(),
      ...(provenanceRegistry === undefined
        ? {}
        : { provenanceRegistry: provenanceRegistry.toLowerCase() }),
    },
    constants: {
      minStake,
      unbonding,
      seedDelay,
      minPool: Number(minPool),
      minCommit,
      minReveal,
      claimWindow,
    },
  };
}

async function checkProvenanceRegistry(
  provider: JsonRpcProvider,
  provenanceRegistry: Address,
  feedbackTasks: Address,
): Promise<void> {
  const registry = IProvenanceRegistry__factory.connect(provenanceRegistry, provider);
  const tasks = await registry.tasks().catch(() => undefined);
  if (tasks?.toLowerCase() === feedbackTasks.toLowerCase()) return;
  throw new ScrutineerError(
    "contract-missing",
    `there is no registry of lineage for ${feedbackTasks} at ${provenanceRegistry}`,
    { provenanceRegistry },
  );
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What `deploy/main.ts` prints. */
export interface Deployed {
  readonly chainId: number;
  readonly token: string;
  readonly stakeRegistry: string;
  readonly feedbackTasks: string;
  readonly provenanceRegistry: string;
  readonly commons: string;
}

/** Deploys on a local chain, as a process of its own. */
export async function deployLocally(
  rpcUrl: string,
  {
    extraArguments = [],
    signal,
  }: {
    readonly extraArguments?: readonly string[];
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<Deployed> {
  const child = spawn(
    process.execPath,
    [
      ...["--import", "tsx", "deploy/main.ts", "--rpc", rpcUrl, "--profile", "local", "--json"],
      ...extraArguments,
    ],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], ...(signal === undefined ? {} : { signal }) },
  );
  let answer = "";
  let complaints = "";
  child.stdout.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (status !== 0) {
    throw new ScrutineerError(
      "contract-missing",
      `deployment failed: ${complaints.trim().slice(-2_000)}`,
    );
  }
  return JSON.parse(answer) as Deployed;
}
