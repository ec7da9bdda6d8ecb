/**
 * Databases for tests: embedded (PGlite, in memory) and a real PostgreSQL server, so that one suite runs on both.
 * The server listens on a free port of 127.0.0.1; it is started once a process and stopped with it.
 */
import { sql } from "drizzle-orm";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import pg from "pg";
import { openDatabase, type OpenDatabase } from "../../store/database.ts";
import { spawnPostgres } from "./postgres-server.ts";

export interface PostgresServer {
  /** URL of a new, empty database. */
  createDatabase(): Promise<string>;
  /** Ends every connection to this database, as a restart of the server would. */
  disconnectAll(url: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const server = await spawnPostgres(await freePort());
  const ask = async (statement: string, values: string[] = []): Promise<void> => {
    const client = new pg.Client({ connectionString: server.urlOf("postgres") });
    await client.connect();
    await client.query(statement, values);
    await client.end();
  };
  return {
    createDatabase: async () => {
      const name = `scrutineer_${randomBytes(6).toString("hex")}`;
      await ask(`create database ${name}`);
      return server.urlOf(name);
    },
    disconnectAll: (url) =>
      ask("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [
        new URL(url).pathname.slice(1),
      ]),
    stop: () => server.stop(),
  };
}

/** A way to get empty databases of one kind; `stop` when the suite is over. */
export interface DatabaseKind {
  readonly name: "PGlite" | "PostgreSQL";
  start(): Promise<void>;
  /** An empty database, migrated; close it yourself. */
  open(): Promise<OpenDatabase>;
  stop(): Promise<void>;
}

/** `for (const kind of databaseKinds()) describe(kind.name, () => { before(kind.start); after(kind.stop); ... })` */
export function databaseKinds(): DatabaseKind[] {
  let server: PostgresServer | undefined;
  return [
    {
      name: "PGlite",
      start: async () => undefined,
      open: () => openDatabase(),
      stop: async () => undefined,
    },
    {
      name: "PostgreSQL",
      start: async () => {
        server = await startPostgres();
      },
      open: async () => {
        if (server === undefined) throw new Error("start() first");
        return openDatabase({ url: await server.createDatabase() });
      },
      stop: async () => {
        await server?.stop();
        server = undefined;
      },
    },
  ];
}

/** Empties every table but the migrations': faster than a new database for each test. */
export async function emptyTables(database: OpenDatabase): Promise<void> {
  const { rows } = await database.db.execute<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'migrations'`,
  );
  const names = rows.map(({ name }) => `"${name}"`).join(", ");
  await database.db.execute(sql.raw(`truncate ${names} restart identity cascade`));
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
