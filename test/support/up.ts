/** `scrutineer up` as a process of its own, the way a newcomer starts it. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface RunningUp {
  readonly web: string;
  readonly api: string;
  readonly graphql: string;
  readonly rpc: string;
  readonly chainId: number;
  readonly contracts: {
    readonly token: string;
    readonly stakeRegistry: string;
    readonly feedbackTasks: string;
  };
  /** As Ctrl-C does; resolves to the exit status. */
  stop(): Promise<number | null>;
}

/** On free ports, without opening a browser. What it says besides is shown when it fails to start. */
export async function startUp(): Promise<RunningUp> {
  const options = ["up", "--json", "--port", "0", "--rpc-port", "0", "--no-open"];
  const child = spawn(
    process.execPath,
    ["--import", "tsx", join(ROOT, "cli", "main.ts"), ...options],
    {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-8_000);
  });
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), "line").then(([text]) => String(text)),
    once(child, "exit").then(([status]) =>
      Promise.reject(new Error(`up ended with ${status}:\n${said}`)),
    ),
  ]);
  const ready = JSON.parse(line) as Omit<RunningUp, "stop"> | { readonly error: unknown };
  if ("error" in ready) throw new Error(`up did not start: ${line}\n${said}`);
  return { ...ready, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const exited = once(child, "exit");
  child.kill("SIGINT");
  const [status] = (await exited) as [number | null];
  return status;
}
