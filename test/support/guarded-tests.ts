/** Tests that name, in a comment right above them, the line of a contract that they guard. */
import { readFileSync, readdirSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);
const FOLDER = "test/contracts";

/** `// guards: contracts/X.sol "the line"`; breaks and indents of the line are the formatter's business. */
export interface Guard {
  readonly source: string;
  readonly line: string;
}

/** A test as written: its title may hold `${…}`. */
export interface TestCase {
  readonly file: string;
  readonly title: string;
  readonly guards: readonly Guard[];
}

export function listContractTests(): string[] {
  return readdirSync(new URL(FOLDER, ROOT), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `${FOLDER}/${name}`)
    .sort();
}

export function readTests(file: string): TestCase[] {
  const call = /((?:^[ \t]*\/\/ guards: .*\n)*)^[ \t]*it\(\s*(["`])((?:\\.|(?!\2)[^])*)\2,/gm;
  return [...readSource(file).matchAll(call)].map(([, comments = "", , title = ""]) => ({
    file,
    title,
    guards: [...comments.matchAll(/guards: (\S+) "(.*)"$/gm)].map(([, source = "", line = ""]) => ({
      source,
      line,
    })),
  }));
}

export function readSource(path: string): string {
  return readFileSync(new URL(path, ROOT), "utf8");
}

/** Matches the line wherever it stands in a source, however it is broken. */
export function patternOf(line: string): RegExp {
  const words = line.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(words.join("\\s+"), "g");
}
