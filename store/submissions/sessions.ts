/** Session keys to relay, and sign-ins. Written by the api alone; the operator reads the first. */
import { and, eq, gt, lte, or } from "drizzle-orm";
import type { Address, Hash } from "../../protocol/words.ts";
import type { Database } from "../database.ts";
import { sessions } from "../schema/chain.ts";
import { sessionRequests, signInNonces, signIns } from "../schema/submissions.ts";

export type SessionRequestRow = typeof sessionRequests.$inferSelect;

/** False, and nothing changed, if the key or the nonce was handed in before. */
export async function insertSessionRequest(
  db: Database,
  request: SessionRequestRow,
): Promise<boolean> {
  const rows = await db
    .insert(sessionRequests)
    .values(request)
    .onConflictDoNothing()
    .returning({ key: sessionRequests.key });
  return rows.length > 0;
}

export async function findSessionRequest(
  db: Database,
  validator: Address,
  key: Address,
): Promise<SessionRequestRow | undefined> {
  const [row] = await db
    .select()
    .from(sessionRequests)
    .where(and(eq(sessionRequests.validator, validator), eq(sessionRequests.key, key)));
  return row;
}

/** A session on chain that has this key or this nonce: neither can be authorised again. */
export async function findSessionOnChain(
  db: Database,
  validator: Address,
  key: Address,
  nonce: bigint,
): Promise<{ key: Address; nonce: bigint } | undefined> {
  const [row] = await db
    .select({ key: sessions.key, nonce: sessions.nonce })
    .from(sessions)
    .where(
      and(eq(sessions.validator, validator), or(eq(sessions.key, key), eq(sessions.nonce, nonce))),
    );
  return row;
}

export interface KnownSession {
  readonly key: Address;
  readonly expiresAt: bigint;
  /** Null: handed in, not on chain yet. */
  readonly authorizedAt: bigint | null;
  readonly revokedAt: bigint | null;
  readonly tx: Hash | null;
}

/** Every session of a validator, on chain or still to be relayed. */
export async function listSessions(db: Database, validator: Address): Promise<KnownSession[]> {
  const onChain = await db.select().from(sessions).where(eq(sessions.validator, validator));
  const requested = await db
    .select()
    .from(sessionRequests)
    .where(eq(sessionRequests.validator, validator));
  const known = new Set(onChain.map((session) => session.key));
  return [
    ...onChain.map((session) => ({
      key: session.key,
      expiresAt: session.expiresAt,
      authorizedAt: session.authorizedAt,
      revokedAt: session.revokedAt,
      tx: session.txHash,
    })),
    ...requested
      .filter((request) => !known.has(request.key))
      .map((request) => ({
        key: request.key,
        expiresAt: request.expiresAt,
        authorizedAt: null,
        revokedAt: null,
        tx: null,
      })),
  ];
}

export async function insertSignInNonce(
  db: Database,
  nonce: string,
  expiresAt: bigint,
): Promise<void> {
  await db.insert(signInNonces).values({ nonce, expiresAt });
}

/** Uses a nonce up: true once, and never after it expired. */
export async function takeSignInNonce(db: Database, nonce: string, now: bigint): Promise<boolean> {
  await db.delete(signInNonces).where(lte(signInNonces.expiresAt, now));
  const taken = await db
    .delete(signInNonces)
    .where(and(eq(signInNonces.nonce, nonce), gt(signInNonces.expiresAt, now)))
    .returning({ nonce: signInNonces.nonce });
  return taken.length > 0;
}

export async function insertSignIn(
  db: Database,
  signIn: typeof signIns.$inferInsert,
  now: bigint,
): Promise<void> {
  await db.delete(signIns).where(lte(signIns.expiresAt, now));
  await db.insert(signIns).values(signIn);
}

export async function findSignIn(
  db: Database,
  tokenHash: Hash,
): Promise<{ address: Address; expiresAt: bigint } | undefined> {
  const [row] = await db.select().from(signIns).where(eq(signIns.tokenHash, tokenHash));
  return row;
}
