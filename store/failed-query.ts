/** What a failed query may be said to have failed of: drizzle's message repeats every parameter, openings among them. */
import { DrizzleQueryError } from "drizzle-orm";

export interface FailedQuery {
  /** The database was away, or there was no connection to be had: asking again may help. */
  readonly away: boolean;
  /** The statement and its cause, without the values it carried. */
  readonly error: Error;
}

/** Undefined for errors that come of no query. */
export function findFailedQuery(error: unknown): FailedQuery | undefined {
  if (!(error instanceof DrizzleQueryError)) return undefined;
  const { cause, query } = error;
  const told = new Error(`failed query: ${query.slice(0, 500)}`, { cause: withoutValues(cause) });
  told.stack = `${told.message}\n${(error.stack ?? "").split("\n    at ").slice(1, 12).join("\n    at ")}`;
  return { away: isConnectionError(cause), error: told };
}

/** PostgreSQL's classes 08 (connection) and 57P (shutdown), 53300 (too many connections), and sockets that broke. */
export function isConnectionError(reason: unknown): boolean {
  const { code, message } = (reason ?? {}) as { code?: unknown; message?: unknown };
  return (
    (typeof code === "string" && /^(08|57P|53300|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT)/.test(code)) ||
    (typeof message === "string" && /^Connection terminated|^timeout exceeded/.test(message))
  );
}

/**
 * The values themselves were refused, so asking again cannot help: PostgreSQL's classes 22 (no such value), 23 (a rule of the
 * table) and 54 (too large).
 */
export function isUnkeepable(reason: unknown): boolean {
  const cause = reason instanceof DrizzleQueryError ? reason.cause : reason;
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === "string" && /^(22|23|54)/.test(code);
}

/** `detail` and `where` of PostgreSQL's errors quote rows. */
function withoutValues(cause: unknown): Error | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code } = cause as { code?: string };
  const told = new Error(code === undefined ? cause.message : `${cause.message} (${code})`);
  delete told.stack;
  return told;
}
