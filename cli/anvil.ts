/** A local chain: anvil as a process of its own on 127.0.0.1. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { ScrutineerError } from "../protocol/errors.ts";

export interface Anvil {
  readonly rpcUrl: string;
  readonly port: number;
  /** Resolves when the process has ended by itself or by `stop`. */
  readonly ended: Promise<void>;
  /** Lets it write its state, then waits until it is gone. */
  stop(): Promise<void>;
}

export interface AnvilOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Read at the start if it exists, written at the end. */
  readonly stateFile?: string | undefined;
  /** Read at the start only. */
  readonly loadFile?: string | undefined;
  /** Write the state file so often too, for an end without warning. */
  readonly stateSeconds?: number | undefined;
  /** Beside a block a transaction, a block every so many seconds, so that time goes on. */
  readonly blockSeconds?: number | undefined;
}

const require = createRequire(import.meta.url);
const START_MS = 20_000;

export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  const port = options.port === 0 ? await freePort() : options.port;
  if (options.port !== 0) await refuseTakenPort(port);
  const child = spawn(anvilBinary(), await anvilArguments(port, options), {
    // A group of its own: a Ctrl-C at the terminal reaches us, and we end it last, after its users.
    detached: process.platform !== "win32",
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaints = "";
  child.stderr?.on(
    "data",
    (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-2_000)),
  );
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const killNow = (): void => void child.kill("SIGKILL");
  process.once("exit", killNow);
  const stop = async (): Promise<void> => {
    process.off("exit", killNow);
    if (!hasEnded(child)) child.kill("SIGTERM");
    await ended;
  };

  const rpcUrl = `http://127.0.0.1:${port}`;
  const until = Date.now() + START_MS;
  while (!(await answers(rpcUrl))) {
    if (hasEnded(child) || Date.now() > until) {
      await stop();
      throw new ScrutineerError(
        "chain-unreachable",
        `the local chain did not start: ${complaints.trim()}`,
        { port },
      );
    }
    await wait(25);
  }
  return { rpcUrl, port, ended, stop };
}

async function anvilArguments(port: number, options: AnvilOptions): Promise<string[]> {
  const given: string[] = [
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--silent",
    "--no-request-size-limit",
  ];
  if (options.stateFile !== undefined) given.push("--state", options.stateFile);
  if (options.loadFile !== undefined) given.push("--load-state", options.loadFile);
  if (options.stateSeconds !== undefined)
    given.push("--state-interval", String(options.stateSeconds));
  // Mixed: `--block-time` alone would let every transaction wait for the next block.
  if (options.blockSeconds !== undefined)
    given.push("--block-time", String(options.blockSeconds), "--mixed-mining");
  // Anvil would go on at this machine's time, which a chain that was moved ahead has passed long ago.
  const savedTime = await newestTimeIn(options.loadFile ?? options.stateFile);
  if (savedTime * 1_000 > Date.now()) given.push("--timestamp", String(savedTime + 1));
  return given;
}

/** Time of the newest block in a saved chain, in seconds; 0 where there is none. */
async function newestTimeIn(file: string | undefined): Promise<number> {
  const text = file === undefined ? undefined : await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return 0;
  try {
    const { blocks } = savedChain.parse(JSON.parse(text));
    return blocks.reduce((newest, { header }) => Math.max(newest, Number(header.timestamp)), 0);
  } catch (cause) {
    throw new ScrutineerError("file-unreadable", `${file} is no saved chain`, { file }, { cause });
  }
}

const savedChain = z.object({
  blocks: z.array(z.object({ header: z.object({ timestamp: z.string() }) })),
});

async function call(rpcUrl: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(rpcUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (answer.error !== undefined) {
    throw new ScrutineerError("chain-unreachable", `${method}: ${answer.error.message}`, {
      method,
    });
  }
  return answer.result;
}

async function answers(rpcUrl: string): Promise<boolean> {
  return call(rpcUrl, "eth_chainId", []).then(
    () => true,
    () => false,
  );
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The native program: its npm bin is a Node wrapper, which signals reach late or, with SIGKILL, never. */
function anvilBinary(): string {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const extension = process.platform === "win32" ? ".exe" : "";
  const wrapper = dirname(require.resolve("@foundry-rs/anvil/package.json"));
  try {
    return createRequire(join(wrapper, "package.json")).resolve(
      `@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil${extension}`,
    );
  } catch (cause) {
    throw new ScrutineerError(
      "tool-missing",
      `anvil has no build for ${process.platform} ${process.arch}`,
      {},
      { cause },
    );
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Throws `port-in-use` where something listens already. */
export async function refuseTakenPort(port: number): Promise<void> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new ScrutineerError("port-in-use", `port ${port} is taken`, { port }, { cause });
  }
  server.close();
  await once(server, "close");
}
