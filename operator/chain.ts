/** The two contracts as the operator sees them, through one RPC. */
import { FetchRequest, isError, JsonRpcProvider } from "ethers";
import { IFeedbackTasks__factory, IStakeRegistry__factory } from "../bindings/index.ts";
import type { IFeedbackTasks, IStakeRegistry } from "../bindings/index.ts";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Address } from "../protocol/words.ts";

export interface Chain {
  readonly provider: JsonRpcProvider;
  readonly chainId: bigint;
  readonly tasks: IFeedbackTasks;
  readonly tasksAddress: Address;
  readonly registry: IStakeRegistry;
  readonly registryAddress: Address;
  readonly minCommit: bigint;
  readonly claimWindow: bigint;
  /** Height and time of the newest block. */
  head(): Promise<{ block: bigint; time: bigint }>;
  close(): void;
}

/** An answer that late is none: a round that hangs would let every deadline pass. */
const RPC_TIMEOUT_MS = 20_000;

/** Refuses an address without the contract: everything sent there would vanish. */
export async function openChain(rpcUrl: string, tasksAddress: Address): Promise<Chain> {
  const request = new FetchRequest(rpcUrl);
  request.timeout = RPC_TIMEOUT_MS;
  // No cache: a decision is about the newest block. One network for life: its id is in every signature.
  const provider = new JsonRpcProvider(request, undefined, {
    cacheTimeout: -1,
    staticNetwork: true,
  });
  try {
    const { chainId } = await provider.getNetwork();
    if ((await provider.getCode(tasksAddress)) === "0x") {
      throw new ScrutineerError("contract-missing", `there is no contract at ${tasksAddress}`, {
        tasksAddress,
      });
    }
    const tasks = IFeedbackTasks__factory.connect(tasksAddress, provider);
    const [registryAddress, minCommit, claimWindow] = await Promise.all([
      tasks.registry(),
      tasks.MIN_COMMIT(),
      tasks.CLAIM_WINDOW(),
    ]);
    return {
      provider,
      chainId,
      tasks,
      tasksAddress,
      registry: IStakeRegistry__factory.connect(registryAddress, provider),
      registryAddress: registryAddress.toLowerCase(),
      minCommit,
      claimWindow,
      async head() {
        const block = await provider.getBlock("latest");
        if (block === null)
          throw new ScrutineerError("chain-unreachable", "the RPC knows no newest block");
        return { block: BigInt(block.number), time: BigInt(block.timestamp) };
      },
      close: () => provider.destroy(),
    };
  } catch (error) {
    provider.destroy();
    if (error instanceof ScrutineerError) throw error;
    throw new ScrutineerError(
      "chain-unreachable",
      `no answer from ${rpcUrl}`,
      { rpcUrl },
      { cause: error },
    );
  }
}

/** True where the node answered that the call cannot run, not where it did not answer. */
export function isRefusal(error: unknown): boolean {
  return isError(error, "CALL_EXCEPTION") || isError(error, "INSUFFICIENT_FUNDS");
}
