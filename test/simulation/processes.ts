/** api, operator and indexer as three processes on one database, to be killed without warning and started again. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { OPERATOR, RECEIPTS } from "../../cli/local/keys.ts";
import type { Victim } from "./plan-kills.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface ProcessesOptions {
  readonly rpcUrl: string;
  readonly feedbackTasks: string;
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly apiPort: number;
  /** Sends the operator's transactions. */
  readonly relayKey: string;
  /** Whether the operator's process follows the chain while no indexer does. */
  readonly standbyIndexer: boolean;
}

export interface Processes {
  readonly apiUrl: string;
  /** `kill -9`, then a new one at once; resolves when that one runs. */
  restart(victim: Victim): Promise<void>;
  /** `kill -9` for good. */
  kill(victim: Victim): Promise<void>;
  stop(): Promise<void>;
  /** The last that each said on stderr, and how it ended if by itself: for whoever asks why something did not come about. */
  lastWords(): string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
}

export async function startProcesses(options: ProcessesOptions): Promise<Processes> {
  const running = new Map<Victim, Running>();
  const words = new Map<Victim, string>();
  let stopping = false;

  function start(name: Victim): Running {
    const port = name === "api" ? ["--port", String(options.apiPort)] : [];
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "cli/main.ts", "serve", name, "--json", "--rpc", options.rpcUrl, ...port],
      {
        cwd: ROOT,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...process.env,
          FEEDBACK_TASKS: options.feedbackTasks,
          DATABASE_URL: options.databaseUrl,
          DATA_DIR: options.dataDir,
          OPERATOR_KEY: OPERATOR.privateKey,
          RECEIPT_KEY: RECEIPTS.privateKey,
          OPERATOR_RELAY_KEY: options.relayKey,
          ANCHOR_SECONDS: "2",
          OPERATOR_ROUND_MS: "200",
          INDEXER_POLL_MS: "100",
          STANDBY_INDEXER: String(options.standbyIndexer),
          LOCAL_CHAIN: "true",
          LOG_LEVEL: "warn",
        },
      },
    );
    const hear = (text: string): void =>
      void words.set(name, `${words.get(name) ?? ""}${text}`.slice(-4_000));
    hear(`--- ${name} ${child.pid}\n`);
    child.stderr.on("data", (chunk: Buffer) => hear(chunk.toString()));
    const line = once(createInterface({ input: child.stdout }), "line");
    const ended = once(child, "exit").then(([status]) => {
      if (!stopping && child.signalCode !== "SIGKILL") {
        hear(`ended by itself with ${String(status)}\n`);
        throw new Error(`${name} ended by itself:\n${words.get(name)}`);
      }
    });
    const ready = Promise.race([line, ended]).then(() => undefined);
    ready.catch(() => undefined);
    ended.catch(() => undefined);
    const process_ = { child, ready };
    running.set(name, process_);
    return process_;
  }

  async function kill(name: Victim): Promise<void> {
    const { child } = running.get(name) as Running;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  await Promise.all((["indexer", "operator", "api"] as const).map((name) => start(name).ready));
  return {
    apiUrl: `http://127.0.0.1:${options.apiPort}/api`,
    async restart(victim) {
      await kill(victim);
      await start(victim).ready;
    },
    kill,
    lastWords: () => [...words.values()].join("\n"),
    async stop() {
      stopping = true;
      await Promise.all([...running.keys()].map(kill));
    },
  };
}
