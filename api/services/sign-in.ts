/** Sign-In with Ethereum (EIP-4361): a nonce, a message signed by the wallet, then a bearer token for what is personal. */
import type { Request } from "express";
import { hashMessage } from "ethers";
import { SiweMessage } from "siwe";
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { bytesToHex } from "../../protocol/hex.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import type { Address, Hex } from "../../protocol/words.ts";
import { toAddress } from "../../protocol/words.ts";
import {
  findSignIn,
  insertSignIn,
  insertSignInNonce,
  takeSignInNonce,
} from "../../store/submissions/sessions.ts";
import { isSignedBy } from "./approval.ts";

const NONCE_SECONDS = 600n;

export async function giveNonce(api: Api): Promise<{ nonce: string; expiresAt: number }> {
  const { db, random, now } = api.deps;
  const nonce = bytesToHex(random(16)).slice(2);
  const expiresAt = now() + NONCE_SECONDS;
  await insertSignInNonce(db, nonce, expiresAt);
  return { nonce, expiresAt: Number(expiresAt) };
}

/**
 * Place, time and nonce come before the signature: an account that is a contract is asked on chain what it stands by, and
 * whoever sends a message may name any account. So an attempt costs its nonce, also where the chain then does not answer.
 *
 * @param host the authority the request was sent to; the message must be meant for it
 */
export async function signIn(
  api: Api,
  message: string,
  signature: Hex,
  host: string,
): Promise<{ token: string; address: Address; expiresAt: number }> {
  const { db, random, now, publicConfig } = api.deps;
  const siwe = parseMessage(message);
  const reason = findMessageFault(siwe, { host, chainId: publicConfig.chainId, now: now() });
  if (reason !== undefined) {
    throw new ScrutineerError("sign-in-invalid", reason, {
      domain: host,
      chainId: publicConfig.chainId,
    });
  }
  if (!(await takeSignInNonce(db, siwe.nonce, now()))) {
    throw new ScrutineerError("sign-in-nonce-unknown", "ask for a nonce and sign anew");
  }
  const address = toAddress(siwe.address);
  if (!(await isSignedBy(api, address, hashMessage(message), signature))) {
    throw new ScrutineerError("sign-in-invalid", "the signature is not the address's", { address });
  }
  const token = bytesToHex(random(32)).slice(2);
  const expiresAt = now() + BigInt(api.limits.signInSeconds);
  await insertSignIn(db, { tokenHash: sha256Text(token), address, expiresAt }, now());
  return { token, address, expiresAt: Number(expiresAt) };
}

interface Occasion {
  readonly host: string;
  readonly chainId: number;
  /** Seconds. */
  readonly now: bigint;
}

/**
 * Why the message is not for here and now, if it is not (EIP-4361, "verifying a signed message"). Not by `siwe.verify`: it
 * looks at the signature even where the rest is wrong, and writes to the console where that has no form it knows.
 */
function findMessageFault(siwe: SiweMessage, { host, chainId, now }: Occasion): string | undefined {
  if (siwe.domain !== host) return `the message is for ${siwe.domain}`;
  if (siwe.chainId !== chainId) return `the message is for chain ${siwe.chainId}`;
  const { notBefore, expirationTime } = siwe;
  const time = Number(now) * 1000;
  // A time that is none compares as false, and is refused.
  if (notBefore !== undefined && !(Date.parse(notBefore) <= time)) {
    return `the message is good from ${notBefore} on`;
  }
  if (expirationTime !== undefined && !(time < Date.parse(expirationTime))) {
    return `the message was good until ${expirationTime}`;
  }
  return undefined;
}

/** Whose bearer token the request carries. */
export async function signedInAddress(api: Api, request: Request): Promise<Address> {
  const [scheme, token] = (request.get("authorization") ?? "").split(" ");
  if (scheme?.toLowerCase() !== "bearer" || token === undefined || token === "") {
    throw new ScrutineerError("not-signed-in", "sign in first: Authorization: Bearer token");
  }
  const found = await findSignIn(api.deps.db, sha256Text(token));
  if (found === undefined) throw new ScrutineerError("not-signed-in", "this token is not known");
  if (found.expiresAt <= api.deps.now()) {
    throw new ScrutineerError("token-expired", "sign in again: the token has expired");
  }
  return found.address;
}

function parseMessage(message: string): SiweMessage {
  try {
    return new SiweMessage(message);
  } catch (cause) {
    throw new ScrutineerError("sign-in-invalid", "not an EIP-4361 message", {}, { cause });
  }
}
