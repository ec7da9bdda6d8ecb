import type { ContractRunner } from "ethers";
import { Contract, isError } from "ethers";
import type { Address } from "../../protocol/words.ts";

/** How many decimals the token's amounts are written with. ERC-20 leaves it open to have any: then units are what is shown. */
export async function readDecimals(token: Address, runner: ContractRunner): Promise<number> {
  const contract = new Contract(token, ["function decimals() view returns (uint8)"], runner);
  try {
    return Number((await contract.getFunction("decimals")()) as bigint);
  } catch (error) {
    if (isError(error, "CALL_EXCEPTION") || isError(error, "BAD_DATA")) return 0;
    throw error;
  }
}
