/**
 * Takes out each line of the contracts that a test guards, and looks whether that test notices.
 *
 *     npm run attacks -- [--only TEXT] [--json FILE]
 *
 * The lines are those of the `// guards:` comments in test/contracts; how they are taken out where it takes more than deleting
 * them is in removals.ts. Each removal is compiled in a copy of the tree, and every test that guards the line has to fail on it.
 * `--only` keeps to lines whose source, text or test contains the text. Ends with 1 where a test did not notice.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import type { TestCase } from "../support/guarded-tests.ts";
import { listContractTests, patternOf, readTests } from "../support/guarded-tests.ts";
import type { Removal } from "./removals.ts";
import { removals } from "./removals.ts";
import type { Build } from "./sources.ts";
import { compileMutant, findDependents, mutatedSources, readBuild } from "./sources.ts";
import type { Workspace } from "./workspace.ts";
import { createWorkspace } from "./workspace.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const WORKERS = 2;
const LIMIT_MS = 600_000;

interface Trial {
  readonly source: string;
  readonly removal: Removal;
  readonly tests: readonly TestCase[];
}

interface Finding {
  readonly source: string;
  readonly line: string;
  readonly instead: string;
  readonly test: string;
  readonly noticed: boolean;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: "string", default: "" }, json: { type: "string" } },
  });
  const trials = listTrials().filter(({ source, removal, tests }) =>
    [source, removal.line, ...tests.map(({ file, title }) => `${file} ${title}`)].some((text) =>
      text.includes(values.only),
    ),
  );
  const workspaces: Workspace[] = [];
  const findings: Finding[] = [];
  try {
    const first = await createWorkspace(ROOT);
    workspaces.push(first);
    await first.build();
    const build = await readBuild(first.root);
    for (let i = 1; i < WORKERS; i++) workspaces.push(await createWorkspace(first.root, true));
    console.log(`${trials.length} lines to take out`);
    const waiting = [...trials.entries()];
    const work = async (workspace: Workspace): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [place, trial] = next;
        const found = await tryOut(workspace, build, trial);
        findings.push(...found);
        for (const { test, noticed, line } of found)
          console.log(
            `${place + 1}/${trials.length}  ${noticed ? "noticed" : "NOT NOTICED"}  ${test}  ${line}`,
          );
      }
    };
    await Promise.all(workspaces.map(work));
  } finally {
    for (const workspace of workspaces) await workspace.remove();
  }
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify(findings, undefined, 2)}\n`);
  const missed = findings.filter(({ noticed }) => !noticed).length;
  console.log(`${findings.length - missed} of ${findings.length} tests noticed what was taken out`);
  return missed === 0 && findings.length > 0 ? 0 : 1;
}

/** One for each line and each way to take it out. */
function listTrials(): Trial[] {
  const lines = new Map<string, { source: string; line: string; tests: TestCase[] }>();
  for (const test of listContractTests().flatMap(readTests))
    for (const { source, line } of test.guards) {
      const known = lines.get(`${source} ${line}`) ?? { source, line, tests: [] };
      known.tests.push(test);
      lines.set(`${source} ${line}`, known);
    }
  return [...lines.values()].flatMap(({ source, line, tests }) => {
    const ways = removals.filter((removal) => removal.line === line);
    return (ways.length === 0 ? [{ line, instead: "" }] : ways).map((removal: Removal): Trial => ({
      source,
      removal,
      tests: tests.filter(({ title }) => title.includes(removal.of ?? "")),
    }));
  });
}

async function tryOut(
  workspace: Workspace,
  build: Build,
  { source, removal, tests }: Trial,
): Promise<Finding[]> {
  const { line, instead, twin } = removal;
  const text = mutatedSources(build).get(source) ?? "";
  const changed = text.replace(patternOf(line), () => instead);
  if (changed === text) throw new Error(`${source} has no line ${line}`);
  const code = await compileMutant(build, { [source]: changed }, findDependents(build, source));
  const finding = ({ file, title }: TestCase, noticed: boolean): Finding => ({
    source,
    line,
    instead,
    test: `${file}: ${title}`,
    noticed,
  });
  if (typeof code === "string") {
    console.log(`does not compile without ${line}\n${code}`);
    return tests.map((test) => finding(test, false));
  }

  const twinText = twin && (await readFile(join(ROOT, twin.file), "utf8"));
  if (twin && !twinText?.includes(twin.from)) throw new Error(`${twin.file} has no ${twin.from}`);
  const findings: Finding[] = [];
  try {
    await workspace.install(code);
    if (twin) await workspace.writeSource(twin.file, (twinText ?? "").replace(twin.from, twin.to));
    for (const test of tests) {
      const title = fixedPartOf(test.title);
      const { ended, failure } = await workspace.runMocha([test.file], LIMIT_MS, title);
      // A run that ends badly without a failed test, or before it, says nothing of the test.
      const itself = failure !== undefined && !/" hook( for|$)/.test(failure);
      findings.push(finding(test, ended === "failed" && itself));
    }
  } finally {
    if (twin) await workspace.writeSource(twin.file, twinText ?? "");
    await workspace.install(build.sound);
  }
  return findings;
}

/** Of a title with `${…}` in it, the longest part without. */
function fixedPartOf(title: string): string {
  const parts = title.split(/\$\{[^}]*\}?/);
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), "");
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main();
