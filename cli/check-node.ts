/** ethers asks a node that does not answer again and again, for ever; a command says so and ends. */
import { createJsonRpc } from "../indexer/json-rpc.ts";

/** Refuses, with `chain-unreachable`, a URL where no node answers. */
export async function checkNode(rpcUrl: string): Promise<void> {
  await createJsonRpc(rpcUrl).call("eth_chainId");
}
