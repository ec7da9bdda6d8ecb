/**
 * Spoils the contracts on purpose, one fault at a time, and looks whether their tests notice.
 *
 *     npm run mutate -- [--seed N] [--count N] [--json FILE] [--only TEXT]
 *
 * Comparisons are flipped, checks dropped, operators swapped, booleans negated, constants changed; which, the seed decides.
 * Each mutant is compiled in a copy of the tree, and the tests in test/contracts run on it until one fails. `--only` keeps to
 * sources whose path contains the text. Ends with 1 where fewer than 95 % of those that have an effect
 * were noticed: survivors that cannot be noticed stand in test/mutation/survivors.json with the reason, and are listed too.
 */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { createRandom } from "../support/random.ts";
import { orderSites } from "./choose-sites.ts";
import { describeReport, LEAST_KILLED, makeReport, type Report, type Verdict } from "./report.ts";
import { applySite, keyOf, type Site } from "./sites.ts";
import {
  compileMutant,
  findDependents,
  findSites,
  mutatedSources,
  readBuild,
  type Build,
} from "./sources.ts";
import { orderTests } from "./test-order.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const WORKERS = 2;
/** Until the sound contracts are measured, and at least. */
const SHORTEST_LIMIT_MS = 300_000;

interface Bench {
  readonly build: Build;
  readonly texts: ReadonlyMap<string, string>;
  readonly tests: readonly string[];
  readonly limitMs: number;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "60" },
      json: { type: "string" },
      only: { type: "string", default: "" },
    },
  });
  const [seed, count] = [wholeNumber("seed", values.seed), wholeNumber("count", values.count)];

  const reasons = JSON.parse(
    await readFile(new URL("survivors.json", import.meta.url), "utf8"),
  ) as Record<string, string>;
  const verdicts: Verdict[] = [];
  let found = 0;
  const report = (): Report => makeReport({ seed, count, sites: found }, verdicts, reasons);
  // After each mutant, so that a run that is broken off leaves what it found.
  const write = async (): Promise<void> => {
    if (values.json === undefined) return;
    await writeFile(values.json, `${JSON.stringify(report(), undefined, 2)}\n`);
  };

  const workspaces: Workspace[] = [];
  try {
    const first = await createWorkspace(ROOT);
    workspaces.push(first);
    const bench = await prepare(first);
    for (let i = 1; i < Math.min(WORKERS, count); i++)
      workspaces.push(await createWorkspace(first.root, true));

    const sites = (await findSites(bench.build)).filter(({ file }) => file.includes(values.only));
    found = sites.length;
    const waiting = orderSites(sites, createRandom(seed));
    console.log(`${found} places to change; seed ${seed}`);
    const counts = ({ status }: Verdict): boolean => status === "killed" || status === "survived";
    let underWay = 0;
    const work = async (workspace: Workspace): Promise<void> => {
      while (verdicts.filter(counts).length + underWay < count) {
        const site = waiting.shift();
        if (site === undefined) return;
        underWay++;
        const verdict = await judge(workspace, bench, site);
        underWay--;
        verdicts.push(verdict);
        say(verdict, verdicts.filter(counts).length, count);
        await write();
      }
    };
    // A worker may have stopped because the other's last mutant seemed to be enough, and then was none that counts.
    while (verdicts.filter(counts).length < count && waiting.length > 0)
      await Promise.all(workspaces.map(work));
  } finally {
    for (const workspace of workspaces) await workspace.remove();
  }

  await write();
  console.log(describeReport(report()));
  return report().killedShareOfEffective >= LEAST_KILLED ? 0 : 1;
}

/** Compiles the sound contracts as mutants will be, and makes sure that every test holds on them. */
async function prepare(workspace: Workspace): Promise<Bench> {
  const started = Date.now();
  await workspace.build();
  const build = await readBuild(workspace.root);
  const tests = await listTests();
  console.log(`sound contracts compiled in ${secondsSince(started)} s; running all tests on them`);
  const running = Date.now();
  for (const run of [
    () => workspace.runMocha(tests, SHORTEST_LIMIT_MS * 3),
    () => workspace.runSolidity(SHORTEST_LIMIT_MS * 3),
  ]) {
    const { ended, output } = await run();
    if (ended !== "passed")
      throw new Error(`tests do not hold on sound contracts\n${output.slice(-4_000)}`);
  }
  console.log(`all hold, in ${secondsSince(running)} s`);
  const limitMs = Math.max(SHORTEST_LIMIT_MS, 3 * (Date.now() - running));
  return { build, texts: mutatedSources(build), tests, limitMs };
}

async function judge(workspace: Workspace, bench: Bench, site: Site): Promise<Verdict> {
  const started = Date.now();
  const text = bench.texts.get(site.file) ?? "";
  const verdict = (status: Verdict["status"], killedBy?: string): Verdict => ({
    site,
    key: keyOf(site, text),
    status,
    killedBy,
    seconds: secondsSince(started),
  });
  const dependents = findDependents(bench.build, site.file);
  const changed = applySite(text, site);
  const code = await compileMutant(bench.build, { [site.file]: changed }, dependents);
  if (typeof code === "string") return verdict("not compiled");
  const differs = [...code].some(
    ([artifact, { bytecode }]) => bytecode !== bench.build.sound.get(artifact)?.bytecode,
  );
  if (!differs) return verdict("same code");

  try {
    await workspace.install(code);
    const files = orderTests(bench.tests, site.file);
    const run = await workspace.runMocha(files, bench.limitMs);
    if (run.ended !== "passed") return verdict("killed", run.failure ?? run.ended);

    await workspace.writeSource(site.file, changed);
    const solidity = await workspace.runSolidity(bench.limitMs);
    if (solidity.ended !== "passed") return verdict("killed", solidity.failure ?? solidity.ended);
    return verdict("survived");
  } finally {
    await workspace.writeSource(site.file, text);
    await workspace.install(bench.build.sound);
  }
}

function say({ site, status, killedBy, seconds }: Verdict, done: number, count: number): void {
  const { file, line, operator, before, after } = site;
  const change = `${operator} ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
  const by = killedBy === undefined ? "" : `  by: ${killedBy.slice(0, 120)}`;
  console.log(`${done}/${count}  ${status}  ${file}:${line}  ${change}  ${seconds} s${by}`);
}

async function listTests(): Promise<string[]> {
  const entries = await readdir(join(ROOT, "test", "contracts"), { recursive: true });
  return entries
    .filter((entry) => entry.endsWith(".test.ts"))
    .map((entry) => `test/contracts/${entry}`)
    .sort();
}

function wholeNumber(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new Error(`--${name} ${value}: a whole number`);
  return Number(value);
}

function secondsSince(started: number): number {
  return Math.round((Date.now() - started) / 1000);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main();
