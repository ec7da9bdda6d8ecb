import { readdirSync } from "node:fs";
import { join } from "node:path";

import { countOfCheck, countOfRunner } from "./counts.ts";
import type { Counts } from "./counts.ts";

/** One process whose end and words say how many tests held. */
export interface Suite {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Heavy ones start processes of their own: one of them at a time. */
  readonly heavy: boolean;
  readonly count: (output: string, exitStatus: number) => Counts;
}

const HEAVY = ["bench", "cli", "end-to-end", "simulation"];
const OWN_RUNNER = "contracts";

/** All that `npm test` runs: the checks, the contracts' two kinds of tests, what they cover, and Mocha once for every other folder of test/. */
export function listSuites(root: string): Suite[] {
  const folders = readdirSync(join(root, "test"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== OWN_RUNNER)
    .map((entry) => entry.name)
    .filter((folder) => holdsTests(join(root, "test", folder)))
    .sort();
  return [
    check("types", "tsc", "--noEmit"),
    check("lint", "eslint", "--max-warnings", "0", "."),
    check("format", "prettier", "--check", "--log-level", "warn", "."),
    check(
      "solhint",
      "solhint",
      "--disc",
      "--noPoster",
      "--max-warnings",
      "0",
      "contracts/**/*.sol",
    ),
    // Bindings are there already; writing them again would pull them from under the suites beside this one.
    tests("solidity", "hardhat", "--no-typechain", "test", "solidity"),
    tests("contracts", "hardhat", "test", "mocha", "--no-compile"),
    check("coverage", "tsx", "test/run/coverage.ts"),
    ...folders.map((folder) =>
      tests(folder, "mocha", "--forbid-only", `test/${folder}/**/*.test.{ts,tsx}`),
    ),
  ];
}

function check(name: string, ...command: [string, ...string[]]): Suite {
  return { name, command, heavy: false, count: (_output, exitStatus) => countOfCheck(exitStatus) };
}

function tests(name: string, ...command: [string, ...string[]]): Suite {
  return { name, command, heavy: HEAVY.includes(name), count: countOfRunner };
}

function holdsTests(folder: string): boolean {
  return readdirSync(folder, { recursive: true }).some((name) =>
    /\.test\.tsx?$/.test(String(name)),
  );
}
