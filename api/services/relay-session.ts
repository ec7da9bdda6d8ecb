/** Session keys handed in by anyone: checked here, sent to the chain by the operator, good for ballots at once. */
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { sessionDigest } from "../../protocol/typed-data.ts";
import type { SessionGrant } from "../../protocol/typed-data.ts";
import type { Address, Hex } from "../../protocol/words.ts";
import {
  findSessionOnChain,
  findSessionRequest,
  insertSessionRequest,
  listSessions,
} from "../../store/submissions/sessions.ts";
import { findHead, findStake } from "../../store/submissions/tasks.ts";
import { isSignedBy } from "./approval.ts";
import type { SessionListJson } from "../schemas/sessions.ts";

export async function relaySession(
  api: Api,
  grant: SessionGrant,
  signature: Hex,
): Promise<SessionListJson> {
  const { db } = api.deps;
  const { validator, key } = grant;
  const now = await timeOnChain(api);
  // Before anything is asked of the chain: strangers' wallets are nobody's business here.
  if ((await findStake(db, validator)) === undefined) {
    throw new ScrutineerError("validator-unknown", `${validator} has not joined`, { validator });
  }
  const digest = sessionDigest(api.registryDomain, grant);
  if (!(await isSignedBy(api, validator, digest, signature))) {
    throw new ScrutineerError(
      "session-signature-invalid",
      `the session is not signed by ${validator}`,
      { validator, key },
    );
  }
  if (key === validator) {
    throw new ScrutineerError("invalid-input", "a wallet needs no session with itself", { key });
  }
  if (grant.expiresAt <= now) {
    throw new ScrutineerError("session-expired", "the session has ended before it began", {
      expiresAt: Number(grant.expiresAt),
      now: Number(now),
    });
  }
  const onChain = await findSessionOnChain(db, validator, key, grant.nonce);
  const earlier = onChain ?? (await findSessionRequest(db, validator, key));
  const same = earlier?.key === key && earlier.nonce === grant.nonce;
  const taken =
    onChain !== undefined ||
    !(await insertSessionRequest(db, { ...grant, signature, receivedAt: now }));
  if (taken && !same) {
    throw new ScrutineerError("session-nonce-used", "this key or this nonce was handed in before", {
      key,
      nonce: grant.nonce.toString(),
    });
  }
  return showSessions(api, validator);
}

export async function showSessions(api: Api, validator: Address): Promise<SessionListJson> {
  const now = await timeOnChain(api);
  const sessions = await listSessions(api.deps.db, validator);
  return {
    validator,
    sessions: sessions.map(({ key, expiresAt, authorizedAt, revokedAt, tx }) => ({
      key,
      state:
        revokedAt !== null
          ? "revoked"
          : expiresAt <= now
            ? "expired"
            : authorizedAt === null
              ? "relayed"
              : "active",
      expiresAt: Number(expiresAt),
      authorizedAt: authorizedAt === null ? null : Number(authorizedAt),
      revokedAt: revokedAt === null ? null : Number(revokedAt),
      tx,
    })),
  };
}

async function timeOnChain(api: Api): Promise<bigint> {
  const head = await findHead(api.deps.db);
  return api.clock.observe(head?.timestamp ?? 0n);
}
