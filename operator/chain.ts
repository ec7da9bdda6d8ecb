/** The contracts as the operator sees them, through one RPC of its own. */
import { FetchRequest, isError, JsonRpcProvider } from "ethers";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Address } from "../protocol/words.ts";
import { openContracts, type Contracts } from "./contracts.ts";

export interface Chain extends Contracts {
  /** Height and time of the newest block. */
  head(): Promise<{ block: bigint; time: bigint }>;
  close(): void;
}

/** An answer that late is none: a round that hangs would let every deadline pass. */
const RPC_TIMEOUT_MS = 20_000;

/** Refuses an address without the contract. */
export async function openChain(rpcUrl: string, tasksAddress: Address): Promise<Chain> {
  const request = new FetchRequest(rpcUrl);
  request.timeout = RPC_TIMEOUT_MS;
  // No cache: a decision is about the newest block. One network for life: its id is in every signature.
  const provider = new JsonRpcProvider(request, undefined, {
    cacheTimeout: -1,
    staticNetwork: true,
  });
  try {
    return {
      ...(await openContracts(provider, tasksAddress)),
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
