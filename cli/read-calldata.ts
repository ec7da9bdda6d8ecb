/** The data of a transaction, for parts of a ballot that only its transaction carries. */
import { z } from "zod";
import { createJsonRpc } from "../indexer/json-rpc.ts";
import type { Hash, Hex } from "../protocol/words.ts";

const transaction = z
  .looseObject({
    input: z
      .string()
      .regex(/^0x([0-9a-fA-F]{2})*$/)
      .toLowerCase(),
  })
  .nullable();

/** The function answers undefined for a transaction that the node does not have. */
export function openCalldata(rpcUrl: string): (hash: Hash) => Promise<Hex | undefined> {
  const rpc = createJsonRpc(rpcUrl);
  return async (hash) => transaction.parse(await rpc.call("eth_getTransactionByHash", hash))?.input;
}
