import type { ContractTransactionResponse, Signer } from "ethers";
import { computeAddress, id, SigningKey } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";

/** EIP-7825: no transaction may use more. */
export const TRANSACTION_GAS_CAP = 16_777_216;

export interface Account {
  /** Lower case. */
  readonly address: string;
  readonly key: SigningKey;
  readonly signer: Signer;
}

/** A chain of its own in this process, the same in every run: ours and its rivals are measured on the same rules. */
export interface BenchChain {
  readonly connection: NetworkConnection;
  readonly ethers: NetworkConnection["ethers"];
  readonly accounts: readonly Account[];
  /** Of the newest block, in seconds. */
  readonly now: () => Promise<bigint>;
}

/** `names`: one funded account each, with a key made from the name. */
export async function openBenchChain(names: readonly string[]): Promise<BenchChain> {
  const keys = names.map((name) => new SigningKey(id(`scrutineer bench ${name}`)));
  const connection = await network.create({
    override: {
      accounts: keys.map((key) => ({
        privateKey: key.privateKey,
        balance: (10n ** 24n).toString(),
      })),
      blockGasLimit: 60_000_000n,
      initialBaseFeePerGas: 0n,
      // As much as a transaction may have; nobody need estimate.
      gas: BigInt(TRANSACTION_GAS_CAP),
      // Figures must not depend on when they are taken.
      initialDate: "2030-01-01T00:00:00Z",
    },
  });
  const { ethers } = connection;
  const accounts = await Promise.all(
    keys.map(async (key) => {
      const address = computeAddress(key);
      return { address: address.toLowerCase(), key, signer: await ethers.getSigner(address) };
    }),
  );
  return {
    connection,
    ethers,
    accounts,
    now: async () => BigInt((await ethers.provider.getBlock("latest"))?.timestamp ?? 0),
  };
}

/** Gas of a transaction that must succeed, and stay under the cap. */
export async function gasOf(transaction: Promise<ContractTransactionResponse>): Promise<number> {
  const receipt = await (await transaction).wait();
  if (receipt?.status !== 1) throw new Error("a measured transaction failed");
  const used = Number(receipt.gasUsed);
  if (used > TRANSACTION_GAS_CAP) throw new Error(`a call used ${used} gas, above the cap`);
  return used;
}
