import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROCESSES = ["api", "cli", "deploy", "indexer", "operator", "runtime", "store", "bench"];
const ROOT_FILES = ["hardhat.config.ts", "drizzle.config.ts"];

/** What any machine sets, not what this project defines. */
const NOT_OURS = ["PATH", "HOME", "TMPDIR", "DISPLAY", "WAYLAND_DISPLAY", "CI", "NO_COLOR"];

/** Variables read by name, and the fields of schemas that are handed to `readEnv`. */
function variablesOf(text: string): string[] {
  const named = [...text.matchAll(/\benv(?:ironment)?(?:\.|\[["'])([A-Z][A-Z0-9_]+)/g)];
  const fields = /\breadEnv\b/.test(text) ? [...text.matchAll(/^\s*([A-Z][A-Z0-9_]{2,}): /gm)] : [];
  return [...named, ...fields]
    .map((match) => match[1] ?? "")
    .filter((name) => !NOT_OURS.includes(name));
}

describe(".env.example", () => {
  it("documents every variable that a process reads, and no other", () => {
    const sources = PROCESSES.filter((folder) => existsSync(join(ROOT, folder)))
      .flatMap((folder) =>
        readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
          .filter((name) => /\.(ts|mjs)$/.test(name) && name !== "env.ts" && name !== "set-up.mjs")
          .map((name) => join(ROOT, folder, name)),
      )
      .concat(ROOT_FILES.map((name) => join(ROOT, name)));
    const read = new Set(sources.flatMap((path) => variablesOf(readFileSync(path, "utf8"))));
    const example = readFileSync(join(ROOT, ".env.example"), "utf8");
    const documented = [...example.matchAll(/^# ?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1]);
    expect([...documented].sort()).to.deep.equal([...read].sort());
  });
});
