/**
 * One leader among the processes that share a database, standbys beside it: whoever holds the advisory lock of a name.
 * The lock lives with a connection of its own, so a process that dies, even by `kill -9`, gives it up at once.
 */
import { createHash } from "node:crypto";
import pg from "pg";

export interface Leadership {
  /** Aborts when leadership is lost without `release()`: the connection broke. Stop writing then. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** A name as the 64-bit key PostgreSQL's advisory locks take. */
export function lockKey(name: string): string {
  return createHash("sha256").update(`scrutineer:${name}`).digest().readBigInt64BE(0).toString();
}

export async function tryLeadByLock(url: string, name: string): Promise<Leadership | undefined> {
  const client = new pg.Client({ connectionString: url, keepAlive: true });
  const lost = new AbortController();
  let released = false;
  const onEnd = (): void => {
    if (!released) lost.abort();
  };
  client.on("error", onEnd);
  client.on("end", onEnd);
  await client.connect();
  const answer = await client.query<{ leads: boolean }>(
    "select pg_try_advisory_lock($1::bigint) as leads",
    [lockKey(name)],
  );
  const release = async (): Promise<void> => {
    released = true;
    await client.end().catch(() => undefined);
  };
  if (answer.rows[0]?.leads === true) return { lost: lost.signal, release };
  await release();
  return undefined;
}

/** Where the database lives in this process, leaders are this process's alone. */
export function tryLeadInProcess(held: Set<string>, name: string): Leadership | undefined {
  if (held.has(name)) return undefined;
  held.add(name);
  return {
    lost: new AbortController().signal,
    release: async () => {
      held.delete(name);
    },
  };
}
