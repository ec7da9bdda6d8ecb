/**
 * One typed handle for two databases: PGlite (PostgreSQL in this process, the default) and a PostgreSQL server.
 *
 * Column names are snake_case of the schema's names (`casing`), in every schema file alike. `db.execute` answers
 * `{ rows }` on both; raw rows hold bigints as text or number, so cast what you read, or use the query builder.
 *
 * PGlite has one connection. Transactions queue up behind each other, and a query through `db` from inside
 * `db.transaction(async (tx) => ...)` waits for the very transaction it is in, for ever: inside, use `tx` alone.
 */
import { PGlite } from "@electric-sql/pglite";
import { sql } from "drizzle-orm";
import { drizzle as drizzleServer } from "drizzle-orm/node-postgres";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { drizzle as drizzleEmbedded } from "drizzle-orm/pglite";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import pg from "pg";
import { ScrutineerError } from "../protocol/errors.ts";
import { lockKey, tryLeadByLock, tryLeadInProcess, type Leadership } from "./leadership.ts";

interface Result<Row> {
  rows: Row[];
}

interface Rows extends PgQueryResultHKT {
  type: Result<this["row"]>;
}

/** What queries take: the database or a transaction of it. */
export type Database = PgDatabase<Rows>;

export interface OpenDatabase {
  readonly kind: "pglite" | "postgres";
  readonly db: Database;
  /**
   * Leadership of `name` among all processes on this database, or undefined while another has it. It ends with
   * `release()`, with the connection, or with the process, and then the next asker has it.
   */
  tryLead(name: string): Promise<Leadership | undefined>;
  /** Runs `work` while nobody else on this database runs work under the same name; waits for its turn. */
  withAdvisoryLock<T>(name: string, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Folder of an embedded database; with neither this nor `url`, one in memory. */
  readonly dataDir?: string | undefined;
  /** postgres://user:password@host:port/database */
  readonly url?: string | undefined;
  /** Connections to a server at most; 10 by default. */
  readonly maxConnections?: number | undefined;
}

/**
 * After a thousand calls V8 puts a faster wrapper around a function that WebAssembly imports, and frees what it no longer
 * needs. In V8 13.6 that can end the process ("Check failed: jit_page_->allocations_.erase"), so the first wrapper stays.
 */
const KEEP_FIRST_WRAPPERS = "--wasm-wrapper-tiering-budget=1000000000";

const MIGRATIONS = fileURLToPath(new URL("migrations", import.meta.url));

/** Opens the database and brings its tables up to date. Refuses one that another build has laid out. */
export async function openDatabase(options: DatabaseOptions = {}): Promise<OpenDatabase> {
  return options.url === undefined
    ? openEmbedded(options.dataDir)
    : openServer(options.url, options.maxConnections ?? 10);
}

async function openEmbedded(dataDir: string | undefined): Promise<OpenDatabase> {
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  setFlagsFromString(KEEP_FIRST_WRAPPERS);
  const client = await PGlite.create(dataDir === undefined ? {} : { dataDir });
  const db = drizzleEmbedded(client, { casing: "snake_case" }) as unknown as Database;
  const held = new Set<string>();
  const turns = new Map<string, Promise<unknown>>();
  const database: OpenDatabase = {
    kind: "pglite",
    db,
    tryLead: async (name) => tryLeadInProcess(held, name),
    withAdvisoryLock: (name, work) => {
      const turn = (turns.get(name) ?? Promise.resolve()).then(work, work);
      turns.set(
        name,
        turn.catch(() => undefined),
      );
      return turn;
    },
    close: async () => {
      if (!client.closed) await client.close();
    },
  };
  return migrateOrClose(database);
}

async function openServer(url: string, maxConnections: number): Promise<OpenDatabase> {
  const pool = new pg.Pool({ connectionString: url, max: maxConnections });
  // A connection that breaks is replaced on the next query, and the query it was in fails; nothing to do here but not to
  // crash: idle ones tell the pool, those in the midst of a transaction tell nobody but themselves.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => giveBack(client)));
  const db = drizzleServer(pool, { casing: "snake_case" }) as unknown as Database;
  const database: OpenDatabase = {
    kind: "postgres",
    db,
    tryLead: (name) => tryLeadByLock(url, name),
    withAdvisoryLock: async (name, work) => {
      const client = await pool.connect();
      try {
        await client.query("select pg_advisory_lock($1::bigint)", [lockKey(name)]);
        try {
          return await work();
        } finally {
          await client.query("select pg_advisory_unlock($1::bigint)", [lockKey(name)]);
        }
      } finally {
        client.release();
      }
    },
    close: async () => {
      if (!pool.ended) await pool.end();
    },
  };
  return migrateOrClose(database);
}

/**
 * A transaction whose very `begin` fails on a broken connection never gives it back (drizzle 0.45), and the pool would run
 * dry. By the time this runs, whoever else had it has given it back, and then it says so by throwing.
 */
function giveBack(client: pg.PoolClient): void {
  setTimeout(() => {
    try {
      client.release(true);
    } catch {
      // It was given back already.
    }
  }, 1_000).unref();
}

async function migrateOrClose(database: OpenDatabase): Promise<OpenDatabase> {
  try {
    await database.withAdvisoryLock("migrations", () => migrate(database.db));
    return database;
  } catch (error) {
    await database.close().catch(() => undefined);
    if (error instanceof ScrutineerError) throw error;
    throw new ScrutineerError(
      "store-unavailable",
      `the database cannot be opened: ${(error as Error).message}`,
      {},
      {
        cause: error,
      },
    );
  }
}

/** Applies the migrations this database lacks, all in one transaction. */
async function migrate(db: Database): Promise<void> {
  const migrations = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  await db.transaction(async (tx) => {
    await tx.execute(sql`create table if not exists migrations (hash text primary key)`);
    const { rows } = await tx.execute<{ hash: string }>(sql`select hash from migrations`);
    const applied = new Set(rows.map((row) => row.hash));
    const known = new Set(migrations.map((migration) => migration.hash));
    const foreign = [...applied].find((hash) => !known.has(hash));
    if (foreign !== undefined) {
      throw new ScrutineerError(
        "store-schema-mismatch",
        "this database was laid out by another build; start with an empty one",
        { migration: foreign },
      );
    }
    for (const migration of migrations) {
      if (applied.has(migration.hash)) continue;
      for (const statement of migration.sql) await tx.execute(sql.raw(statement));
      await tx.execute(sql`insert into migrations (hash) values (${migration.hash})`);
    }
  });
}
