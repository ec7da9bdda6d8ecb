/**
 * What lets a validator judge without a wallet pop-up for each verdict: a session key the wallet vouched for once, the
 * secret from which every ballot's salt follows, and a bearer token for what is personal.
 */
import type { Signer } from "ethers";
import { hashMessage, hexlify, randomBytes, Wallet } from "ethers";
import { z } from "zod";
import { masterOf, masterText } from "../../protocol/master-secret.ts";
import { recoverSigner } from "../../protocol/signature.ts";
import type { SigningDomain } from "../../protocol/typed-data.ts";
import { sessionTypes } from "../../protocol/typed-data.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";
import type { SessionRequest } from "../data/rest.ts";
import { fetchSignInNonce, RestProblem, signIn } from "../data/rest.ts";
import { forget, recall, remember } from "./device-store.ts";
import { signInMessage } from "./sign-in-message.ts";

const sessionSchema = z.object({
  key: z.string(),
  privateKey: z.string(),
  expiresAt: z.number(),
  master: z.string(),
});
export interface DeviceSession {
  /** The session key's address. */
  readonly key: Address;
  readonly privateKey: Hex;
  /** Seconds. */
  readonly expiresAt: number;
  /** Never sent. */
  readonly master: Hash;
}

const tokenSchema = z.object({ token: z.string(), expiresAt: z.number() });

/** 30 days: longer than any task that could be judged under it, given the unbonding time. */
export const SESSION_SECONDS = 30 * 86_400;

const slotName = (
  kind: string,
  { chainId, verifyingContract }: SigningDomain,
  validator: Address,
): string => `${kind}.${chainId}.${verifyingContract}.${validator}`;

export function recallSession(
  domain: SigningDomain,
  validator: Address,
): DeviceSession | undefined {
  return recall(slotName("session", domain, validator), sessionSchema);
}

/** Of no use any more: the next one gets a key of its own. The secret stays, for what was sealed with it. */
export function retireSession(domain: SigningDomain, validator: Address): void {
  const kept = recallSession(domain, validator);
  if (kept) remember(slotName("session", domain, validator), { ...kept, expiresAt: 0 });
}

/** A new session key, signed for by the wallet and remembered; what it returns is for the relay. */
export async function grantSession(
  signer: Signer,
  domain: SigningDomain,
  validator: Address,
  chainNow: number,
): Promise<SessionRequest> {
  const wallet = Wallet.createRandom();
  const key = wallet.address.toLowerCase();
  const expiresAt = chainNow + SESSION_SECONDS;
  const nonce = BigInt(hexlify(randomBytes(32)));
  const grant = { validator, key, expiresAt: BigInt(expiresAt), nonce };
  const signature = await signer.signTypedData(domain, sessionTypes, grant);
  const master =
    recallSession(domain, validator)?.master ?? (await makeMaster(signer, domain, validator));
  const session: DeviceSession = { key, privateKey: wallet.privateKey, expiresAt, master };
  remember(slotName("session", domain, validator), session);
  return { ...grant, signature };
}

/**
 * Nearly every key signs a text always the same way (RFC 6979), so that the secret can be made again on any device. What a
 * contract calls its signature may be known to others, or be nothing at all: there the secret is drawn at random and lives
 * in this browser.
 */
async function makeMaster(
  signer: Signer,
  domain: SigningDomain,
  validator: Address,
): Promise<Hash> {
  const text = masterText(domain);
  const signature = await signer.signMessage(text);
  const isOwn = recoverSigner(hashMessage(text), signature) === validator;
  return isOwn ? masterOf(signature) : hexlify(randomBytes(32));
}

/** The secret as kept with the session; a browser that has none yet makes it again. */
export async function recallMaster(
  { address, signer }: SignedInAs,
  domain: SigningDomain,
): Promise<Hash> {
  return (
    recallSession(domain, address)?.master ?? (await makeMaster(await signer(), domain, address))
  );
}

export function recallToken(
  domain: SigningDomain,
  validator: Address,
  now: number,
): string | undefined {
  const kept = recall(slotName("token", domain, validator), tokenSchema);
  return kept !== undefined && kept.expiresAt > now + 60 ? kept.token : undefined;
}

export function forgetToken(domain: SigningDomain, validator: Address): void {
  forget(slotName("token", domain, validator));
}

export async function obtainToken(
  signer: Signer,
  domain: SigningDomain,
  validator: Address,
): Promise<string> {
  const message = signInMessage({
    domain: location.host,
    uri: location.origin,
    address: validator,
    chainId: domain.chainId,
    nonce: await fetchSignInNonce(),
    issuedAt: new Date(),
  });
  const { token, expiresAt } = await signIn(message, await signer.signMessage(message));
  remember(slotName("token", domain, validator), { token, expiresAt });
  return token;
}

interface SignedInAs {
  readonly address: Address;
  readonly signer: () => Promise<Signer>;
}

/** Asks with the token kept; signs in again where it is missing or has run out. */
export async function askSignedIn<T>(
  account: SignedInAs,
  domain: SigningDomain,
  ask: (token: string) => Promise<T>,
): Promise<T> {
  const fresh = async (): Promise<T> =>
    ask(await obtainToken(await account.signer(), domain, account.address));
  const kept = recallToken(domain, account.address, Date.now() / 1_000);
  if (kept === undefined) return fresh();
  try {
    return await ask(kept);
  } catch (error) {
    if (!(error instanceof RestProblem) || error.status !== 401) throw error;
    forgetToken(domain, account.address);
    return fresh();
  }
}
