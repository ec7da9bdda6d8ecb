/** Seats for many keys at once, on a local chain: money from nowhere, then the steps anybody takes to join. */
import type { JsonRpcProvider } from "ethers";
import { Wallet } from "ethers";
import type { PublicConfig } from "../api/schemas/config.ts";
import { IStakeRegistry__factory, TestToken__factory } from "../bindings/index.ts";
import type { Hash, StakeRole } from "../protocol/words.ts";
import { ZERO_HASH } from "../protocol/words.ts";
import { roleNumbers } from "../release/recount/role-numbers.ts";

export interface Member {
  readonly privateKey: Hash;
  readonly role: StakeRole;
  readonly stakeUnits: bigint;
}

const GAS_MONEY = `0x${(10n ** 21n).toString(16)}`;
/** Three calls of known size: asking the node to estimate each would take longer than the calls. */
const GAS_LIMIT = 500_000n;

/** Gives an address ether and test tokens. Only the local chain's token lets anybody mint. */
export async function fund(
  provider: JsonRpcProvider,
  contracts: PublicConfig["contracts"],
  privateKey: Hash,
  tokenUnits: bigint,
): Promise<void> {
  const wallet = new Wallet(privateKey, provider);
  await provider.send("anvil_setBalance", [wallet.address, GAS_MONEY]);
  const token = TestToken__factory.connect(contracts.token, wallet);
  await (await token.mint(wallet.address, tokenUnits, { gasLimit: GAS_LIMIT })).wait();
}

/** Funds each member and takes its seat; seats count from the next block. */
export async function joinAll(
  provider: JsonRpcProvider,
  contracts: PublicConfig["contracts"],
  members: readonly Member[],
): Promise<void> {
  const join = async ({ privateKey, role, stakeUnits }: Member): Promise<void> => {
    await fund(provider, contracts, privateKey, stakeUnits);
    const wallet = new Wallet(privateKey, provider);
    const token = TestToken__factory.connect(contracts.token, wallet);
    const registry = IStakeRegistry__factory.connect(contracts.stakeRegistry, wallet);
    const limit = { gasLimit: GAS_LIMIT };
    await (await token.approve(contracts.stakeRegistry, stakeUnits, limit)).wait();
    await (await registry.join(roleNumbers[role], stakeUnits, ZERO_HASH, limit)).wait();
  };
  await Promise.all(members.map(join));
}
