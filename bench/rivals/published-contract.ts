import type { BaseContract, ContractTransactionResponse, InterfaceAbi, Signer } from "ethers";
import { ContractFactory } from "ethers";

/** What a package's `artifacts` folder has of a contract. */
export interface Artifact {
  readonly abi: readonly unknown[];
  readonly bytecode: string;
}

export async function deployPublished(
  signer: Signer,
  artifact: Artifact,
  ...args: readonly unknown[]
): Promise<BaseContract> {
  const factory = new ContractFactory(artifact.abi as InterfaceAbi, artifact.bytecode, signer);
  const contract = await factory.deploy(...args);
  return contract.waitForDeployment();
}

/** Sends a transaction. `method`: a name, or a whole signature where a name stands for several. */
export async function send(
  contract: BaseContract,
  method: string,
  ...args: readonly unknown[]
): Promise<ContractTransactionResponse> {
  return (await contract.getFunction(method)(...args)) as ContractTransactionResponse;
}
