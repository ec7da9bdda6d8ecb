import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import { ABOUT_GAS, ROOMY_GAS } from "../support/cheap-pipeline.ts";
import type { Artifact, ArtifactCode } from "./sources.ts";

/** What stays behind when the tree is copied. */
const LEFT_OUT: readonly string[] = [".git", ".scrutineer", "coverage", "dist"];
const CONFIG = "test/mutation/hardhat.config.ts";
const LONGEST_BUILD_MS = 900_000;
/** A fault that a quarter of the random tasks do not show, the others hardly would. */
const FEWER_TASKS = { DIFFERENTIAL_TASKS: "50" };
const SOLIDITY_ARTIFACTS = ".solidity-artifacts";

export interface TestRun {
  readonly ended: "passed" | "failed" | "timed out";
  /** The first test that failed, where one did. */
  readonly failure: string | undefined;
  readonly output: string;
}

/** A copy of the tree to spoil. */
export interface Workspace {
  readonly root: string;
  /** Compiles the sources into the artifacts that tests deploy. */
  build(): Promise<void>;
  /** Puts this code into the artifacts that tests deploy. */
  install(code: ReadonlyMap<Artifact, ArtifactCode>): Promise<void>;
  writeSource(path: string, content: string): Promise<void>;
  /** Runs test files one after the other, up to the first failure; of their tests those whose title contains `title`. */
  runMocha(files: readonly string[], limitMs: number, title?: string): Promise<TestRun>;
  /** Compiles the sources as they lie there, and runs the tests in Solidity. */
  runSolidity(limitMs: number): Promise<TestRun>;
  remove(): Promise<void>;
}

/** `built`: the tree is a workspace that is built, and what it built is taken along. */
export async function createWorkspace(tree: string, built = false): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), "scrutineer-mutants-"));
  const removeAtOnce = (): void => rmSync(root, { recursive: true, force: true });
  process.once("exit", removeAtOnce);
  const leftOut = ["node_modules", ...LEFT_OUT, ...(built ? [] : ["artifacts", "cache"])];
  await cp(tree, root, {
    recursive: true,
    filter: (path) => path === tree || !leftOut.includes(basename(path)),
  });
  await symlink(await realpath(join(tree, "node_modules")), join(root, "node_modules"));
  const hardhat = join(root, "node_modules", "hardhat", "dist", "src", "cli.js");
  const run = (
    parameters: readonly string[],
    limitMs: number,
    env: NodeJS.ProcessEnv = {},
  ): Promise<TestRun> =>
    runHardhat(
      [hardhat, "--config", CONFIG, "--no-typechain", ...parameters],
      { root, env },
      limitMs,
    );

  return {
    root,
    async build() {
      const { ended, output } = await run(["build", "--no-tests"], LONGEST_BUILD_MS);
      if (ended !== "passed") throw new Error(`the contracts do not compile\n${output}`);
    },
    async install(code) {
      for (const [{ path }, changed] of code) {
        const artifact = JSON.parse(await readFile(join(root, path), "utf8")) as object;
        await writeFile(join(root, path), JSON.stringify({ ...artifact, ...changed }));
      }
    },
    writeSource: (path, content) => writeFile(join(root, path), content),
    runMocha: (files, limitMs, title) => {
      const only =
        title === undefined ? [] : ["--grep", title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")];
      const chosen = ["--bail", "--grep-exclude", ABOUT_GAS, ...only];
      return run(["test", "mocha", "--no-compile", ...chosen, ...files], limitMs);
    },
    runSolidity: (limitMs) =>
      run(["test", "solidity"], limitMs, { MUTANT_ARTIFACTS: SOLIDITY_ARTIFACTS }),
    async remove() {
      process.off("exit", removeAtOnce);
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function runHardhat(
  parameters: readonly string[],
  { root, env }: { readonly root: string; readonly env: NodeJS.ProcessEnv },
  limitMs: number,
): Promise<TestRun> {
  const child = spawn(process.execPath, ["--import", "tsx", ...parameters], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...FEWER_TASKS,
      ...ROOMY_GAS,
      ...env,
      NO_COLOR: "1",
      FORCE_COLOR: undefined,
    },
  });
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // Nothing of the group is left.
    }
  };
  process.once("exit", kill);
  let output = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (output += bytes.toString()));
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    kill();
  }, limitMs);
  const status = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", resolve);
  });
  clearTimeout(limit);
  process.off("exit", kill);
  kill();
  const words = stripVTControlCharacters(output);
  return {
    ended: late ? "timed out" : status === 0 ? "passed" : "failed",
    failure: findFailure(words),
    output: words,
  };
}

/** The title of the first failure, in one line, of Mocha's or Hardhat's words at the end of a run. */
export function findFailure(words: string): string | undefined {
  const listed = words.slice(Math.max(0, words.search(/^\s*\d+ failing/m)));
  const block = /^\s*(?:1\)|Failure \(1\):) ([\s\S]*?)(?::\s*\n|\n\s*\n|(?![\s\S]))/m.exec(
    listed,
  )?.[1];
  return block?.replace(/\s+/g, " ").trim();
}
