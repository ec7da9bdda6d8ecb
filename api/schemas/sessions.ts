import { z } from "zod";
import { address, amount, hash, seconds, walletSignature } from "./values.ts";

export const sessionRequest = z
  .object({
    validator: address,
    key: address,
    expiresAt: seconds,
    nonce: amount,
    signature: walletSignature,
  })
  .meta({
    id: "SessionRequest",
    description:
      "Session(address validator,address key,uint64 expiresAt,uint256 nonce) by the wallet",
  });

export const session = z.object({
  key: address,
  /** Relayed: handed in, not on chain yet. */
  state: z.enum(["relayed", "active", "expired", "revoked"]),
  expiresAt: seconds,
  authorizedAt: seconds.nullable(),
  revokedAt: seconds.nullable(),
  tx: hash.nullable(),
});
export const sessionList = z
  .object({ validator: address, sessions: z.array(session) })
  .meta({ id: "SessionList" });
export type SessionListJson = z.infer<typeof sessionList>;
export const validatorPath = z.object({ validator: address });

export const signInNonce = z
  .object({ nonce: z.string(), expiresAt: seconds })
  .meta({ id: "SignInNonce" });
export const signInRequest = z
  .object({ message: z.string().max(4_000), signature: walletSignature })
  .meta({
    id: "SignInRequest",
    description: "EIP-4361 message and the wallet's signature over it",
  });
export const signIn = z
  .object({ token: z.string(), address, expiresAt: seconds })
  .meta({ id: "SignIn" });
