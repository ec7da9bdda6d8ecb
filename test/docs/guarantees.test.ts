import { existsSync, readFileSync } from "node:fs";

import { expect } from "chai";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

/** The table's rows: number, sentence, assumption, what checks it, what is not promised. */
function readGuarantees(): { name: string; promise: string; checks: string }[] {
  return read("docs/guarantees.md")
    .split("\n")
    .filter((line) => /^\| G\d+ \|/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map(([, name = "", promise = "", , checks = ""]) => ({ name, promise, checks }));
}

/** The files named by links in a text, as paths from the root. */
function linkedFiles(text: string): string[] {
  return [...text.matchAll(/\]\(\.\.\/([^)#]+)\)/g)].map((match) => match[1] ?? "");
}

describe("docs/guarantees.md", () => {
  it("numbers fifteen guarantees, each a sentence with what checks it", () => {
    const guarantees = readGuarantees();
    expect(guarantees.map(({ name }) => name)).to.deep.equal(
      Array.from({ length: 15 }, (_, index) => `G${index + 1}`),
    );
    for (const { name, promise } of guarantees) expect(promise, name).to.match(/\.$/);
  });

  it("names tests that exist and quote the guarantee", () => {
    for (const { name, checks } of readGuarantees()) {
      const tests = linkedFiles(checks);
      expect(tests, name).to.have.length.greaterThan(0);
      for (const test of tests) {
        expect(existsSync(new URL(test, root)), `${name} names ${test}`).to.equal(true);
        expect(read(test), `${test} quotes ${name}`).to.match(new RegExp(`\\[${name}\\]|${name}_`));
      }
    }
  });
});

describe("links in the documents", () => {
  for (const document of ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
    it(`of ${document} lead somewhere`, () => {
      for (const [, path = ""] of read(document).matchAll(/\]\((?!https?:)([^)#]+)/g))
        expect(existsSync(new URL(path, root)), path).to.equal(true);
    });

  for (const name of [
    "protocol",
    "guarantees",
    "attacks",
    "data-flow",
    "deploying",
    "errors",
    "operations",
  ])
    it(`of docs/${name}.md lead somewhere`, () => {
      for (const [, path = ""] of read(`docs/${name}.md`).matchAll(/\]\((?!https?:)([^)#]+)/g))
        expect(existsSync(new URL(path, new URL("docs/", root))), path).to.equal(true);
    });
});
