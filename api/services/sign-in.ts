/** Sign-In with Ethereum (EIP-4361): a nonce, a message signed by the wallet, then a bearer token for what is personal. */
import type { Request } from "express";
import { hashMessage } from "ethers";
import { SiweError, SiweErrorType, SiweMessage, type VerifyOpts } from "siwe";
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

import { isApproved } from "./approval.ts";

const NONCE_SECONDS = 600n;

export async function giveNonce(api: Api): Promise<{ nonce: string; expiresAt: number }> {
  const { db, random, now } = api.deps;
  const nonce = bytesToHex(random(16)).slice(2);
  const expiresAt = now() + NONCE_SECONDS;
  await insertSignInNonce(db, nonce, expiresAt);
  return { nonce, expiresAt: Number(expiresAt) };
}

/** @param host the authority the request was sent to; the message must be meant for it */
export async function signIn(
  api: Api,
  message: string,
  signature: Hex,
  host: string,
): Promise<{ token: string; address: Address; expiresAt: number }> {
  const { db, random, now, publicConfig } = api.deps;
  const siwe = parseMessage(message);
  if (siwe.chainId !== publicConfig.chainId) {
    throw new ScrutineerError("sign-in-invalid", `the message is for chain ${siwe.chainId}`, {
      chainId: publicConfig.chainId,
    });
  }
  const time = new Date(Number(now()) * 1000).toISOString();
  // Asked only where message, place and time are right and the signature is not the account's own key's.
  const verificationFallback: VerifyOpts["verificationFallback"] = async (
    _params,
    _opts,
    data,
  ) => ({
    success: await isApproved(api, toAddress(data.address), hashMessage(message), signature),
    data,
    error: new SiweError(SiweErrorType.INVALID_SIGNATURE),
  });
  const verified = await siwe
    .verify(
      { signature, domain: host, time, nonce: siwe.nonce },
      { suppressExceptions: true, verificationFallback },
    )
    .catch((error: unknown) => ({ success: false, error }));
  if (!verified.success) {
    const reason = verified.error as { type?: string; message?: string } | undefined;
    throw new ScrutineerError(
      "sign-in-invalid",
      reason?.type ?? reason?.message ?? "the signature is not the address's",
      { domain: host },
    );
  }
  if (!(await takeSignInNonce(db, siwe.nonce, now()))) {
    throw new ScrutineerError("sign-in-nonce-unknown", "ask for a nonce and sign anew");
  }
  const token = bytesToHex(random(32)).slice(2);
  const address = toAddress(siwe.address);
  const expiresAt = now() + BigInt(api.limits.signInSeconds);
  await insertSignIn(db, { tokenHash: sha256Text(token), address, expiresAt }, now());
  return { token, address, expiresAt: Number(expiresAt) };
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
