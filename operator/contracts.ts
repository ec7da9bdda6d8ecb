/** The two contracts through one provider, and the constants that deadlines go by. */
import type { JsonRpcProvider } from "ethers";
import { IFeedbackTasks__factory, IStakeRegistry__factory } from "../bindings/index.ts";
import type { IFeedbackTasks, IStakeRegistry } from "../bindings/index.ts";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Address } from "../protocol/words.ts";

export interface Contracts {
  readonly provider: JsonRpcProvider;
  readonly chainId: bigint;
  readonly tasks: IFeedbackTasks;
  readonly tasksAddress: Address;
  readonly registry: IStakeRegistry;
  readonly registryAddress: Address;
  /** Seconds. */
  readonly minCommit: bigint;
  /** Seconds. */
  readonly claimWindow: bigint;
}

/** Refuses an address without the contract (`contract-missing`): everything sent there would vanish. */
export async function openContracts(
  provider: JsonRpcProvider,
  tasksAddress: Address,
): Promise<Contracts> {
  const { chainId } = await provider.getNetwork();
  if ((await provider.getCode(tasksAddress)) === "0x") {
    throw new ScrutineerError("contract-missing", `there is no contract at ${tasksAddress}`, {
      tasksAddress,
    });
  }
  const tasks = IFeedbackTasks__factory.connect(tasksAddress, provider);
  const [registry, minCommit, claimWindow] = await Promise.all([
    tasks.registry(),
    tasks.MIN_COMMIT(),
    tasks.CLAIM_WINDOW(),
  ]);
  return {
    provider,
    chainId,
    tasks,
    tasksAddress,
    registry: IStakeRegistry__factory.connect(registry, provider),
    registryAddress: registry.toLowerCase(),
    minCommit,
    claimWindow,
  };
}
