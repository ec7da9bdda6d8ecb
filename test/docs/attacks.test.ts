import { existsSync } from "node:fs";

import { expect } from "chai";

import { removals } from "../mutation/removals.ts";
import { ABOUT_GAS } from "../support/cheap-pipeline.ts";
import { listContractTests, patternOf, readSource, readTests } from "../support/guarded-tests.ts";

const root = new URL("../../", import.meta.url);

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
    ...readSource("docs/attacks.md").matchAll(
      /^\| (.+?) \| (.+?) \| (.*?\]\(\.\.\/test\/.*?) \|.*\|$/gm,
    ),
  ].map(([, attack = "", , tests = ""]) => ({ attack, tests }));
}

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
      const found = file.endsWith(".t.sol")
        ? readSource(file).includes(`function ${title}(`)
        : readTests(file).some((test) => test.title.includes(title));
      expect(found, `${attack}: “${title}” in ${file}`).to.equal(true);
    }
  });

  it("cites of the contracts' tests only those that name the line they guard", () => {
    for (const { attack, file, title } of citedTests()) {
      // What a measurement or an invariant guards is no single line.
      if (!/^test\/contracts\/.*\.test\.ts$/.test(file) || title.includes(ABOUT_GAS)) continue;
      const test = readTests(file).find((one) => one.title.includes(title));
      expect(test?.guards.length ?? 0, `${attack}: “${title}” in ${file}`).to.be.greaterThan(0);
    }
  });

  it("leaves no test of an attack out", () => {
    const cited = citedTests();
    for (const file of listContractTests().filter((name) =>
      name.startsWith("test/contracts/attacks/"),
    ))
      for (const { title } of readTests(file))
        expect(
          cited.some((test) => test.file === file && title.includes(test.title)),
          `“${title}” in ${file}`,
        ).to.equal(true);
  });
});

describe("a line that a test guards", () => {
  for (const file of listContractTests())
    it(`is in the source as ${file} quotes it`, () => {
      const written = readSource(file).match(/\/\/ guards: /g)?.length ?? 0;
      const named = readTests(file).flatMap((test) => test.guards);
      // A comment that stands elsewhere than right above a test guards nothing.
      expect(named).to.have.length(written);
      for (const { source, line } of named)
        expect(readSource(source), `${source}: ${line}`).to.match(patternOf(line));
    });

  it("is taken out for every test that guards it, whatever the ways", () => {
    for (const { title, file, guards } of listContractTests().flatMap(readTests))
      for (const { line } of guards) {
        const ways = removals.filter((removal) => removal.line === line);
        const isTried = ways.length === 0 || ways.some(({ of = "" }) => title.includes(of));
        expect(isTried, `“${title}” in ${file}: ${line}`).to.equal(true);
      }
  });

  it("is one of those that removals.ts takes out in another way than by deleting them", () => {
    const tests = listContractTests().flatMap(readTests);
    for (const { line, of = "", twin } of removals) {
      const guarding = tests.filter(
        ({ title, guards }) => title.includes(of) && guards.some((guard) => guard.line === line),
      );
      expect(guarding, `${line} ${of}`).to.have.length.greaterThan(0);
      if (twin) expect(readSource(twin.file).split(twin.from), twin.from).to.have.length(2);
    }
  });
});
