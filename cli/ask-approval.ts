/** ERC-1271: asks an account on chain whether it stands by a signature. */
import { Interface } from "ethers";
import { createJsonRpc } from "../indexer/json-rpc.ts";
import type { Address, Hash, Hex } from "../protocol/words.ts";

const erc1271 = new Interface(["function isValidSignature(bytes32,bytes) view returns (bytes4)"]);
const MAGIC = "0x1626ba7e";
/** A wallet that takes longer than this to check a signature would be of no use on chain either. */
const GAS = "0x4c4b40";

/** The function answers false for accounts that are no contracts, and for those that refuse or revert. */
export function openApproval(
  rpcUrl: string,
): (account: Address, digest: Hash, signature: Hex) => Promise<boolean> {
  const rpc = createJsonRpc(rpcUrl);
  return async (account, digest, signature) => {
    if ((await rpc.call("eth_getCode", account, "latest")) === "0x") return false;
    const data = erc1271.encodeFunctionData("isValidSignature", [digest, signature]);
    // The node reports a revert as an error of the call, as it does its own troubles: either way nobody stood by it.
    const answer = await rpc
      .call("eth_call", { to: account, data, gas: GAS }, "latest")
      .catch(() => undefined);
    return typeof answer === "string" && answer.length === 66 && answer.startsWith(MAGIC);
  };
}
