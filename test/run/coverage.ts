/**
 * Runs the contracts' tests on instrumented contracts and ends with 1 where fewer than 98 % of the lines of contracts/ ran.
 * Hardhat prints the report, a line a file; `coverage/html` shows it in colours.
 *
 * Its tests count elsewhere, on the contracts as they are deployed: here they are the means. Left out are the differential
 * test, which takes most of the time and reaches no line that others do not, and what measures gas, for instrumented
 * contracts take more.
 */
import { spawn } from "node:child_process";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { ABOUT_GAS, ROOMY_GAS } from "../support/cheap-pipeline.ts";
import { readLcov, shareCovered } from "./lines-covered.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const REPORT = join(ROOT, "coverage", "lcov.info");
const LEAST = 0.98;
const LEFT_OUT: readonly string[] = ["differential.test.ts"];

const tests = (await readdir(join(ROOT, "test", "contracts"), { recursive: true }))
  .filter((path) => path.endsWith(".test.ts") && !LEFT_OUT.includes(path))
  .map((path) => join("test", "contracts", path))
  .sort();

await rm(REPORT, { force: true });
const child = spawn(
  process.execPath,
  [
    ...["--import", "tsx", join(ROOT, "node_modules", "hardhat", "dist", "src", "cli.js")],
    ...["--config", "test/run/coverage.config.ts", "--coverage", "--no-typechain"],
    ...["test", "mocha", "--grep-exclude", ABOUT_GAS, ...tests],
  ],
  { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...ROOMY_GAS } },
);
const status = await new Promise<number>((resolve) => {
  child.once("error", () => resolve(1));
  child.once("close", (code) => resolve(code ?? 1));
});
const share = shareCovered(readLcov(await readFile(REPORT, "utf8")));
console.log(
  `${(100 * share).toFixed(2)} % of the lines of contracts/ ran (at least ${100 * LEAST} % wanted)`,
);
process.exitCode = status === 0 && share >= LEAST ? 0 : 1;
