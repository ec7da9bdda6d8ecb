/** Any `scrutineer …` command as a process of its own: what it prints and the status it ends with. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(parameters: readonly string[]): ChildProcess {
  // Without tsx's own program between: on a busy machine it answers a signal in the command's place.
  return spawn(process.execPath, ["--import", "tsx", join(ROOT, "cli", "main.ts"), ...parameters], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs a command to its end. */
export async function scrutineer(...parameters: string[]): Promise<Ended> {
  const child = start(parameters);
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout, stderr };
}

/** Runs a command with `--json`; stdout must be one JSON object. */
export async function scrutineerJson<Answer>(
  ...parameters: string[]
): Promise<{ status: number | null; json: Answer; stderr: string }> {
  const { status, stdout, stderr } = await scrutineer(...parameters, "--json");
  try {
    return { status, json: JSON.parse(stdout) as Answer, stderr };
  } catch {
    throw new Error(`no JSON object on stdout (status ${status}): ${stdout}\n${stderr}`);
  }
}

/** Starts a command that goes on running; resolves with its first line of JSON. */
export async function startScrutineer<Ready>(
  ...parameters: string[]
): Promise<{ ready: Ready; stop(): Promise<number | null> }> {
  const child = start([...parameters, "--json"]);
  let said = "";
  child.stderr
    ?.setEncoding("utf8")
    .on("data", (text: string) => (said = (said + text).slice(-8_000)));
  const line = await Promise.race([
    once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line").then(String),
    once(child, "exit").then(([status]) => {
      throw new Error(`${parameters[0]} ended with ${status}:\n${said}`);
    }),
  ]);
  return {
    ready: JSON.parse(line) as Ready,
    async stop() {
      if (child.exitCode !== null) return child.exitCode;
      const exited = once(child, "exit");
      child.kill("SIGINT");
      const [status] = (await exited) as [number | null];
      return status;
    },
  };
}
