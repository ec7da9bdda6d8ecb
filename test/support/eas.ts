/**
 * The real Ethereum Attestation Service on a chain of ours, from the bytecode its makers publish: its sources are pinned
 * to solc 0.8.29, which the contracts here are not built with. Compiled so (optimizer for 1,000,000 runs, `paris`, no
 * hash of metadata, OpenZeppelin 5.3.0), the package's EAS.sol gives the published code of EAS byte by byte.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ContractFactory, ZeroAddress, ZeroHash } from "ethers";
import type {
  BaseContract,
  ContractTransactionReceipt,
  ContractTransactionResponse,
  Log,
  Signer,
} from "ethers";
import type { Address, Hash } from "../../protocol/words.ts";

export interface Eas {
  readonly contract: Address;
  /** UID of a schema "bool isHuman" that allows revocation. */
  readonly schema: Hash;
  /**
   * One transaction for all recipients, in the chain's own time.
   * @param expiresAt seconds since 1970; 0: never
   * @returns their UIDs and the block
   */
  attest(
    attester: Signer,
    recipients: readonly Address[],
    options?: { readonly expiresAt?: bigint; readonly schema?: Hash },
  ): Promise<{ uids: Hash[]; block: number }>;
  /** @returns the block */
  revoke(attester: Signer, uid: Hash, schema?: Hash): Promise<number>;
  /** Another schema. */
  register(text: string): Promise<Hash>;
}

interface EasCalls {
  multiAttest(requests: unknown[]): Promise<ContractTransactionResponse>;
  revoke(request: unknown): Promise<ContractTransactionResponse>;
}

interface SchemaRegistryCalls {
  register(
    schema: string,
    resolver: Address,
    revocable: boolean,
  ): Promise<ContractTransactionResponse>;
}

export async function deployEas(deployer: Signer): Promise<Eas> {
  const schemas = await deploy("SchemaRegistry", deployer);
  const eas = await deploy("EAS", deployer, await schemas.getAddress());

  const register = async (text: string): Promise<Hash> => {
    const calls = schemas.connect(deployer) as unknown as SchemaRegistryCalls;
    const mined = await (await calls.register(text, ZeroAddress, true)).wait();
    return (mined as ContractTransactionReceipt).logs[0]!.topics[1]!;
  };
  const as = (signer: Signer): EasCalls => eas.connect(signer) as unknown as EasCalls;
  const schema = await register("bool isHuman");

  return {
    contract: (await eas.getAddress()).toLowerCase(),
    schema,
    register,

    async attest(attester, recipients, options = {}) {
      const data = recipients.map((recipient) => ({
        recipient,
        expirationTime: options.expiresAt ?? 0n,
        revocable: true,
        refUID: ZeroHash,
        data: "0x",
        value: 0n,
      }));
      const request = { schema: options.schema ?? schema, data };
      const mined = await (await as(attester).multiAttest([request])).wait();
      const { logs, blockNumber } = mined as ContractTransactionReceipt;
      return { uids: logs.map((log) => uidOf(eas, log)), block: blockNumber };
    },

    async revoke(attester, uid, under = schema) {
      const request = { schema: under, data: { uid, value: 0n } };
      const mined = await (await as(attester).revoke(request)).wait();
      return (mined as ContractTransactionReceipt).blockNumber;
    },
  };
}

function uidOf(eas: BaseContract, log: Log): Hash {
  return eas.interface.parseLog(log)!.args["uid"] as Hash;
}

interface Artifact {
  readonly abi: [];
  readonly bytecode: string;
}

async function deploy(
  name: "EAS" | "SchemaRegistry",
  deployer: Signer,
  ...parameters: string[]
): Promise<BaseContract> {
  const file = createRequire(import.meta.url).resolve(
    `@ethereum-attestation-service/eas-contracts/artifacts/contracts/${name}.sol/${name}.json`,
  );
  const { abi, bytecode } = JSON.parse(readFileSync(file, "utf8")) as Artifact;
  const contract = await new ContractFactory(abi, bytecode, deployer).deploy(...parameters);
  return contract.waitForDeployment();
}
