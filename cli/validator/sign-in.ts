/** Sign-In with Ethereum by a key at hand: a bearer token for what is personal, asked for when first needed. */
import { getAddress, type Wallet } from "ethers";
import { SiweMessage } from "siwe";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Address } from "../../protocol/words.ts";
import type { ApiClient } from "../api-client.ts";

/**
 * The function signs in once, and anew where it is asked for a `fresh` token.
 * @param account the wallet itself, or a contract that stands by what it signs
 */
export function createSignIn(
  api: ApiClient,
  wallet: Pick<Wallet, "signMessage">,
  account: Address,
  chainId: number,
): (fresh?: boolean) => Promise<string> {
  let token: Promise<string> | undefined;

  async function signIn(): Promise<string> {
    const nonce = await api.post<{ nonce: string }>("/sign-in/nonce", {});
    const url = new URL(api.url);
    const message = new SiweMessage({
      domain: url.host,
      address: getAddress(account),
      uri: url.origin,
      version: "1",
      chainId,
      nonce: nonce?.nonce as string,
      issuedAt: new Date().toISOString(),
    }).prepareMessage();
    const signature = await wallet.signMessage(message);
    const answer = await api.post<{ token: string }>("/sign-in", { message, signature });
    if (answer === undefined)
      throw new ScrutineerError("api-unreachable", "signing in got no answer");
    return answer.token;
  }

  return async (fresh = false) => {
    if (fresh || token === undefined) {
      token = signIn();
      // A failure is not remembered: the next to ask tries again.
      token.catch(() => (token = undefined));
    }
    return token;
  };
}
