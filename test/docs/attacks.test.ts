import { existsSync, readFileSync, readdirSync } from "node:fs";

import { expect } from "chai";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
/** Breaks and indents are the formatter's business. */
const flat = (text: string): string => text.replace(/\s+/g, " ");

interface TestCase {
  readonly title: string;
  /** Lines of the source that `// guards:` comments right above the test name. */
  readonly guards: readonly { readonly file: string; readonly text: string }[];
}

/** The tests of a file, as written: a title may hold `${…}`. */
function testsIn(path: string): TestCase[] {
  const call = /((?:^[ \t]*\/\/ guards: .*\n)*)^[ \t]*it\(\s*(["`])((?:\\.|(?!\2)[^])*)\2,/gm;
  return [...read(path).matchAll(call)].map(([, comments = "", , title = ""]) => ({
    title,
    guards: [...comments.matchAll(/guards: (\S+) "(.*)"$/gm)].map(([, file = "", text = ""]) => ({
      file,
      text,
    })),
  }));
}

interface Cited {
  readonly attack: string;
  readonly file: string;
  readonly title: string;
}

/** What the tables cite: links to test files, each followed by quoted titles or their beginnings. */
function citedTests(): Cited[] {
  return attackRows().flatMap(({ attack, tests }) =>
    [...tests.matchAll(/\]\(\.\.\/(test\/[^)]+)\)((?:[^[]|\[(?=G\d+\]))*)/g)].flatMap(
      ([, file = "", titles = ""]) =>
        [...titles.matchAll(/“([^”]+)”/g)].map(([, title = ""]) => ({ attack, file, title })),
    ),
  );
}

/** Rows of the tables that have tests: attack, defence, tests, what remains. */
function attackRows(): { attack: string; tests: string }[] {
  return [
    ...read("docs/attacks.md").matchAll(/^\| (.+?) \| (.+?) \| (.*?\]\(\.\.\/test\/.*?) \|.*\|$/gm),
  ].map(([, attack = "", , tests = ""]) => ({ attack, tests }));
}

const contractTests = readdirSync(new URL("test/contracts", root), {
  recursive: true,
  encoding: "utf8",
})
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => `test/contracts/${name}`);

describe("docs/attacks.md", () => {
  it("cites tests that there are, under each attack at least one", () => {
    const cited = citedTests();
    expect(attackRows().map(({ attack }) => attack)).to.have.length.greaterThan(40);
    for (const { attack } of attackRows())
      expect(
        cited.some((test) => test.attack === attack),
        attack,
      ).to.equal(true);
    for (const { attack, file, title } of cited) {
      expect(existsSync(new URL(file, root)), `${attack}: ${file}`).to.equal(true);
      const found = testsIn(file).some((test) => test.title.includes(title));
      expect(found, `${attack}: “${title}” in ${file}`).to.equal(true);
    }
  });

  it("cites of the contracts' tests only those that name the line they guard", () => {
    for (const { attack, file, title } of citedTests().filter((test) =>
      test.file.startsWith("test/contracts/"),
    )) {
      const test = testsIn(file).find((one) => one.title.includes(title));
      expect(test?.guards.length ?? 0, `${attack}: “${title}” in ${file}`).to.be.greaterThan(0);
    }
  });

  it("leaves no test of an attack out", () => {
    const cited = citedTests();
    for (const file of contractTests.filter((name) => name.startsWith("test/contracts/attacks/")))
      for (const { title } of testsIn(file))
        expect(
          cited.some((test) => test.file === file && title.includes(test.title)),
          `“${title}” in ${file}`,
        ).to.equal(true);
  });
});

describe("a line that a test guards", () => {
  for (const file of contractTests)
    it(`is in the source as ${file} quotes it`, () => {
      const written = read(file).match(/\/\/ guards: /g)?.length ?? 0;
      const guards = testsIn(file).flatMap((test) => test.guards);
      // A comment that stands elsewhere than right above a test guards nothing.
      expect(guards).to.have.length(written);
      for (const { file: source, text } of guards)
        expect(flat(read(source)).includes(flat(text)), `${source}: ${text}`).to.equal(true);
    });
});
