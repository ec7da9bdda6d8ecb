/** Sign-In with Ethereum by a key at hand: a bearer token for what is personal, asked for when first needed. */
import type { Wallet } from "ethers";
import { SiweMessage } from "siwe";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { ApiClient } from "../api-client.ts";

/** The function signs in once, and anew where it is asked for a `fresh` token. */
export function createSignIn(
  api: ApiClient,
  wallet: Pick<Wallet, "address" | "signMessage">,
  chainId: number,
): (fresh?: boolean) => Promise<string> {
  let token: Promise<string> | undefined;

  async function signIn(): Promise<string> {
    const nonce = await api.post<{ nonce: string }>("/sign-in/nonce", {});
    const url = new URL(api.url);
    const message = new SiweMessage({
      domain: url.host,
      address: wallet.address,
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
