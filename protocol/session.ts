/** Session keys: what a wallet allows to sign ballots for it, so that judging needs no wallet pop-up. */
import type { ErrorCode } from "./errors.ts";
import type { Terms } from "./terms.ts";

/** Seconds; zero = never. */
export interface Session {
  readonly authorizedAt: bigint;
  readonly expiresAt: bigint;
  readonly revokedAt: bigint;
}

/**
 * Why a commit at `now` refuses this session, if it does: it must be unrevoked now, and unexpired now or when judging
 * closed, whichever is earlier (a ballot signed in time may be committed after its session ended).
 */
export function findCommitFault(
  session: Session,
  closesAt: bigint,
  now: bigint,
): ErrorCode | undefined {
  if (session.authorizedAt === 0n) return "session-unknown";
  if (session.revokedAt !== 0n) return "session-revoked";
  return session.expiresAt > (now < closesAt ? now : closesAt) ? undefined : "session-expired";
}

/** Why intake accepts no work under this session, if it does not: it must last until `commitEndsAt`. */
export function findIntakeFault(
  session: Session,
  terms: Pick<Terms, "closesAt" | "commitEndsAt">,
  now: bigint,
): ErrorCode | undefined {
  const fault = findCommitFault(session, terms.closesAt, now);
  if (fault) return fault;
  return session.expiresAt >= terms.commitEndsAt ? undefined : "session-too-short";
}
