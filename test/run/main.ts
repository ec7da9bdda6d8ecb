// `npm test`: runs every suite, or those named, and ends with one line: `N passed, N failed, N skipped`.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

import { describeCounts, sumOf } from "./counts.ts";
import type { Counts } from "./counts.ts";
import { listSuites } from "./suites.ts";
import type { Suite } from "./suites.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LANES = Math.min(2, availableParallelism());
const LONGEST_MS = 12 * 60_000;
/** How long a runner may take to end once it has said its counts; longer means that something was left open. */
const LINGERING_MS = 30_000;
const SIGN_OF_LIFE_MS = 30_000;

interface Result {
  readonly name: string;
  readonly counts: Counts;
}

async function main(names: readonly string[]): Promise<number> {
  const suites = listSuites(ROOT);
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    console.error(
      `No such suite: ${unknown.join(", ")}. There are: ${suites.map(({ name }) => name).join(", ")}.`,
    );
    return 2;
  }
  const chosen = names.length === 0 ? suites : suites.filter(({ name }) => names.includes(name));
  const running = new Set<string>();
  const life = setInterval(() => console.log(`… ${[...running].join(", ")}`), SIGN_OF_LIFE_MS);

  const results = await inLanes(
    chosen.filter(({ heavy }) => heavy),
    chosen.filter(({ heavy }) => !heavy),
    running,
  );
  clearInterval(life);

  const failed = results.filter(({ counts }) => counts.failed > 0);
  console.log("\n== all suites");
  for (const { name, counts } of results)
    console.log(`${name.padEnd(16)} ${describeCounts(counts)}`);
  if (failed.length > 0) console.log(`\nFailed: ${failed.map(({ name }) => name).join(", ")}`);
  console.log(`\n${describeCounts(sumOf(results.map(({ counts }) => counts)))}`);
  return failed.length > 0 ? 1 : 0;
}

/**
 * Runs the suites in their order, as many at a time as there are lanes. Heavy ones never run beside each other: the first
 * lane takes them before it takes light ones, the others take light ones alone.
 */
async function inLanes(
  heavy: readonly Suite[],
  light: readonly Suite[],
  running: Set<string>,
): Promise<Result[]> {
  const [waitingHeavy, waitingLight] = [[...heavy], [...light]];
  const results: Result[] = [];
  const lane = async (next: () => Suite | undefined): Promise<void> => {
    for (let suite = next(); suite !== undefined; suite = next()) {
      running.add(suite.name);
      results.push(await runSuite(suite));
      running.delete(suite.name);
    }
  };
  await Promise.all(
    Array.from({ length: LANES }, (_, i) =>
      lane(() => (i === 0 ? waitingHeavy.shift() : undefined) ?? waitingLight.shift()),
    ),
  );
  return results;
}

/** Runs one suite to its end and prints its words in one piece, so that suites side by side stay readable. */
async function runSuite(suite: Suite): Promise<Result> {
  const started = Date.now();
  const [program, ...parameters] = suite.command;
  const child = spawn(program, parameters, {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}) },
  });
  // The whole group: a runner that hangs usually hangs on a process of its own, and one that ends may leave some behind.
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // Nothing of the group is left.
    }
  };
  process.once("exit", kill);

  let words = "";
  let ending: NodeJS.Timeout | undefined;
  const limit = setTimeout(() => {
    words += `\nStopped: still at work after ${LONGEST_MS / 60_000} minutes.\n`;
    kill();
  }, LONGEST_MS);
  const hear = (bytes: Buffer): void => {
    words += bytes.toString();
    if (ending !== undefined || !/^\s*\d+ passing/m.test(bytes.toString())) return;
    ending = setTimeout(() => {
      words += `\nStopped: all was counted, but the process did not end; something was left open.\n`;
      kill();
    }, LINGERING_MS);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);

  const status = await new Promise<number>((resolve) => {
    child.on("error", (error) => {
      words += `${error.message}\n`;
      resolve(1);
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
  clearTimeout(limit);
  clearTimeout(ending);
  process.off("exit", kill);
  kill();

  const counts = suite.count(words, status);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`\n== ${suite.name} · ${seconds} s · ${describeCounts(counts)}\n${words.trimEnd()}`);
  return { name: suite.name, counts };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main(process.argv.slice(2));
