/**
 * The secret behind a validator's salts and behind the key of its opening copies. Where the wallet's signatures follow from
 * key and text (RFC 6979), the same signature, and so the same secret, can be made again on any device.
 */
import { keccak256Hex, keccak256Text } from "./keccak.ts";
import type { SigningDomain } from "./typed-data.ts";
import type { Hash, Hex } from "./words.ts";

/** What the wallet signs (EIP-191). Nobody else may ever see the signature. @param domain of StakeRegistry */
export function masterText({
  chainId,
  verifyingContract,
}: Pick<SigningDomain, "chainId" | "verifyingContract">): string {
  const text = `Scrutineer: the secret behind my ballots' salts\n${chainId} ${verifyingContract}`;
  return `${text}\n${keccak256Text(text)}`;
}

export function masterOf(signature: Hex): Hash {
  return keccak256Hex(signature);
}
