/**
 * ERC-2612: one signature in place of a transaction that approves. Not every token has it, and a wallet that is a contract
 * cannot give it: then there is none, and whoever asked approves as ever.
 */
import type { Signer } from "ethers";
import { Contract, Signature, TypedDataEncoder } from "ethers";
import type { Address, Hex } from "../../protocol/words.ts";

export interface Permit {
  /** Seconds. */
  readonly deadline: bigint;
  readonly v: number;
  readonly r: Hex;
  readonly s: Hex;
}

const permitTypes = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

const tokenAbi = [
  "function name() view returns (string)",
  "function version() view returns (string)",
  "function nonces(address) view returns (uint256)",
  "function DOMAIN_SEPARATOR() view returns (bytes32)",
];

/** Undefined where the token or the account cannot. @param deadline seconds, chain time */
export async function signPermit(
  signer: Signer,
  token: Address,
  spender: Address,
  units: bigint,
  deadline: bigint,
): Promise<Permit | undefined> {
  const { provider } = signer;
  const owner = await signer.getAddress();
  if (provider === null || (await provider.getCode(owner)) !== "0x") return undefined;
  const contract = new Contract(token, tokenAbi, provider);
  const ask = <Answer>(name: string, ...parameters: unknown[]): Promise<Answer | undefined> =>
    contract
      .getFunction(name)(...parameters)
      .then(
        (answer: unknown) => answer as Answer,
        () => undefined,
      );
  const [name, version, nonce, separator, { chainId }] = await Promise.all([
    ask<string>("name"),
    ask<string>("version"),
    ask<bigint>("nonces", owner),
    ask<string>("DOMAIN_SEPARATOR"),
    provider.getNetwork(),
  ]);
  if (name === undefined || nonce === undefined) return undefined;
  const domain = { name, version: version ?? "1", chainId, verifyingContract: token };
  // A token with a domain of its own kind would refuse what we would have signed.
  if (TypedDataEncoder.hashDomain(domain) !== separator) return undefined;
  const message = { owner, spender, value: units, nonce, deadline };
  const { v, r, s } = Signature.from(await signer.signTypedData(domain, permitTypes, message));
  return { deadline, v, r, s };
}
