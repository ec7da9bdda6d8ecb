import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A chain of its own for one test: anvil on a free port of 127.0.0.1. */
export interface LocalChain {
  readonly rpcUrl: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the process and waits until it is gone. `SIGTERM` lets it write `--dump-state`. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface LocalChainOptions {
  /** Port to listen on; a free one where it is left out. */
  readonly port?: number;
  /** Further arguments of anvil, e.g. `["--dump-state", file]`. */
  readonly args?: readonly string[];
}

/** What `deploy/main.ts` prints. */
export interface Deployed {
  readonly chainId: number;
  readonly token: string;
  readonly stakeRegistry: string;
  readonly feedbackTasks: string;
  readonly commons: string;
}

/** Anvil's first account (of the mnemonic "test test … junk"): deploys, mints, relays. Worthless everywhere else. */
export const FUNDED_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);

/** Starts anvil and resolves when it answers. One block a transaction, as anvil does by default. */
export async function startLocalChain(options: LocalChainOptions = {}): Promise<LocalChain> {
  const port = options.port ?? (await freePort());
  const child = spawn(
    anvilBinary(),
    ["--host", "127.0.0.1", "--port", String(port), "--silent", ...(options.args ?? [])],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let complaints = "";
  child.stderr?.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  const rpcUrl = `http://127.0.0.1:${port}`;

  while (!(await answers(rpcUrl))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`anvil ended before it answered on ${rpcUrl}: ${complaints.trim()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  if (child.pid === undefined) throw new Error("anvil has no process id");
  // A test that dies must not leave its chain behind.
  const killNow = (): void => void child.kill("SIGKILL");
  process.once("exit", killNow);

  return {
    rpcUrl,
    port,
    pid: child.pid,
    async stop(signal = "SIGTERM") {
      process.off("exit", killNow);
      await stopProcess(child, signal);
    },
  };
}

/** Runs `deploy/main.ts --profile local` as a process of its own, as the CLI does. */
export async function deployScrutineer(
  rpcUrl: string,
  extraArgs: readonly string[] = [],
): Promise<Deployed> {
  const child = spawn(
    join(ROOT, "node_modules/.bin/node"),
    [
      "--import",
      "tsx",
      "deploy/main.ts",
      "--rpc",
      rpcUrl,
      "--profile",
      "local",
      "--json",
      ...extraArgs,
    ],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  let complaints = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  const [exit] = (await once(child, "close")) as [number | null];
  if (exit !== 0)
    throw new Error(`deploy/main.ts ended with ${String(exit)}: ${complaints.trim()}`);
  return JSON.parse(output) as Deployed;
}

/**
 * The native program inside anvil's platform package. Its npm bin is a Node wrapper around it: a signal to the
 * wrapper would reach the program late or, with SIGKILL, never.
 */
function anvilBinary(): string {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const platform = `@foundry-rs/anvil-${process.platform}-${arch}`;
  const wrapper = dirname(require.resolve("@foundry-rs/anvil/package.json"));
  return createRequire(join(wrapper, "package.json")).resolve(
    `${platform}/bin/anvil${process.platform === "win32" ? ".exe" : ""}`,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  server.close();
  await once(server, "close");
  return address.port;
}

async function answers(rpcUrl: string): Promise<boolean> {
  try {
    const response = await fetch(rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
    });
    return response.ok;
  } catch {
    return false;
  }
}

async function stopProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}
