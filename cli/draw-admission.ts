/** Admission lists drawn by a node: what the operator asks before it accepts a task that admits by one. */
import { JsonRpcProvider, Network } from "ethers";
import type { DrawingRule } from "../protocol/admission.ts";
import type { Address, Role } from "../protocol/words.ts";
import { readAdmission } from "../release/recount/admission-reader.ts";

/** The function opens a connection for each list and closes it: lists are rare, and a node may be away in between. */
export function openAdmission(
  rpcUrl: string,
  chainId: number,
  contracts: { readonly feedbackTasks: Address; readonly stakeRegistry: Address },
): (rule: DrawingRule, role: Role) => Promise<Address[]> {
  return async (rule, role) => {
    // Told which network it is, a provider asks nothing beforehand and gives up at once where nobody answers.
    const network = Network.from(chainId);
    const provider = new JsonRpcProvider(rpcUrl, network, { staticNetwork: network });
    try {
      return await readAdmission(provider, contracts)(rule, role);
    } finally {
      provider.destroy();
    }
  };
}
