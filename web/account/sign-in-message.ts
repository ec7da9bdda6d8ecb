/** Sign-In with Ethereum (EIP-4361): the text a wallet shows and signs. */
import { getAddress } from "ethers";
import type { Address } from "../../protocol/words.ts";

export interface SignIn {
  /** host[:port] of the page */
  readonly domain: string;
  readonly uri: string;
  readonly address: Address;
  readonly chainId: bigint;
  readonly nonce: string;
  readonly issuedAt: Date;
}

const STATEMENT = "Sign in to Scrutineer. This costs nothing and moves nothing.";

export function signInMessage({ domain, uri, address, chainId, nonce, issuedAt }: SignIn): string {
  return [
    `${domain} wants you to sign in with your Ethereum account:`,
    getAddress(address),
    "",
    STATEMENT,
    "",
    `URI: ${uri}`,
    "Version: 1",
    `Chain ID: ${chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${issuedAt.toISOString()}`,
  ].join("\n");
}
