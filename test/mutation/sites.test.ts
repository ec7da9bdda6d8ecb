import { expect } from "chai";

import { createRandom } from "../support/random.ts";
import { compileStandardJson } from "../../deploy/standard-json.ts";
import { orderSites } from "./choose-sites.ts";
import { makeReport, type Verdict } from "./report.ts";
import { applySite, keyOf, listSites, type Site } from "./sites.ts";
import { orderTests } from "./test-order.ts";
import { findFailure } from "./workspace.ts";

const SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract Purse {
    uint256[3] private _coins; // — a comment whose dash is three bytes long
    function spend(uint256 a, bool late) external returns (uint256 left) {
        if (a > 0x0f) revert();
        require(!late || a == 1_000, "late");
        left = a * 2 - 1;
        left += 3 days;
        for (uint256 i = 0; i < 3; ++i) _coins[i] = left;
        assembly ("memory-safe") {
            left := add(left, 7)
        }
    }
}
`;

describe("spoiling a source", () => {
  let sites: Site[];

  before(async () => {
    const output = await compileStandardJson({
      language: "Solidity",
      sources: { "Purse.sol": { content: SOURCE } },
      settings: { stopAfter: "parsing", outputSelection: { "*": { "": ["ast"] } } },
    });
    sites = listSites("Purse.sol", SOURCE, output.sources?.["Purse.sol"]?.ast);
  });

  const linesOf = (operator: Site["operator"]): string[] =>
    sites
      .filter((site) => site.operator === operator)
      .map((site) => keyOf(site, SOURCE).replace("Purse.sol: ", ""));

  it("flips comparisons both ways", () => {
    expect(linesOf("comparison")).to.deep.equal([
      "if (a <= 0x0f) revert();",
      "if (a >= 0x0f) revert();",
      'require(!late || a != 1_000, "late");',
      "for (uint256 i = 0; i <= 3; ++i) _coins[i] = left;",
      "for (uint256 i = 0; i >= 3; ++i) _coins[i] = left;",
    ]);
  });

  it("drops checks", () => {
    expect(linesOf("guard")).to.deep.equal(["if (false) revert();", 'require(true, "late");']);
  });

  it("swaps arithmetic, in assembly too, and leaves a loop's step alone", () => {
    expect(linesOf("arithmetic")).to.deep.equal([
      "left = a / 2 - 1;",
      "left = a * 2 + 1;",
      "left -= 3 days;",
      "left := sub(left, 7)",
    ]);
  });

  it("negates booleans", () => {
    expect(linesOf("boolean")).to.deep.equal([
      'require(late || a == 1_000, "late");',
      'require(!late && a == 1_000, "late");',
    ]);
  });

  it("changes constants, but no array's length", () => {
    expect(linesOf("constant")).to.deep.equal([
      "if (a > 0x0e) revert();",
      'require(!late || a == 1001, "late");',
      "left = a * 3 - 1;",
      "left = a * 2 - 2;",
      "left += (2 * 3 days);",
      "for (uint256 i = 1; i < 3; ++i) _coins[i] = left;",
      "for (uint256 i = 0; i < 4; ++i) _coins[i] = left;",
      "left := add(left, 8)",
    ]);
  });

  it("changes one place and nothing else", () => {
    for (const site of sites) {
      const changed = applySite(SOURCE, site);
      expect(changed).to.not.equal(SOURCE);
      expect(changed.split("\n").length).to.equal(SOURCE.split("\n").length);
      expect(SOURCE.split("\n")[site.line - 1]).to.contain(site.before.split("\n")[0]);
    }
  });
});

describe("choosing mutants", () => {
  const made = (file: string, count: number): Site[] =>
    Array.from({ length: count }, (_, start) => ({
      file,
      line: 1,
      operator: "constant",
      start,
      end: start + 1,
      before: "1",
      after: "2",
    }));
  const sites = [...made("A.sol", 200), ...made("B.sol", 20), ...made("C.sol", 1)];

  it("takes every site once, in an order that the seed alone decides", () => {
    const order = orderSites(sites, createRandom(3));
    expect(new Set(order).size).to.equal(sites.length);
    expect(orderSites(sites, createRandom(3))).to.deep.equal(order);
    expect(orderSites(sites, createRandom(4))).to.not.deep.equal(order);
  });

  it("begins with one of each file and stays in proportion", () => {
    const order = orderSites(sites, createRandom(3)).map(({ file }) => file);
    expect(order.slice(0, 3).sort()).to.deep.equal(["A.sol", "B.sol", "C.sol"]);
    expect(order.slice(0, 60).filter((file) => file === "B.sol").length).to.be.within(4, 8);
  });
});

describe("running tests on a mutant", () => {
  it("begins with those nearest to the change, and leaves none out", () => {
    const files = ["a/claims.test.ts", "a/gold.test.ts", "a/settle.test.ts"];
    expect(orderTests(files, "contracts/libraries/Books.sol")[0]).to.equal("a/settle.test.ts");
    expect(orderTests(files, "contracts/Unknown.sol")).to.deep.equal(files);
  });

  it("names the test that failed, from Mocha's words", () => {
    const words =
      "  3 passing (1s)\n  1 failing\n\n  1) settle\n       given gold\n         pays:\n\n      AssertionError: no\n";
    expect(findFailure(words)).to.equal("settle given gold pays");
    expect(findFailure("all is well")).to.equal(undefined);
  });
});

describe("reporting mutants", () => {
  const verdict = (status: Verdict["status"], key: string): Verdict => ({
    site: {
      file: "A.sol",
      line: 1,
      operator: "guard",
      start: 0,
      end: 1,
      before: "x",
      after: "false",
    },
    key,
    status,
    killedBy: undefined,
    seconds: 1,
  });

  it("counts what ran, and apart from it what can be noticed at all", () => {
    const verdicts = [
      verdict("killed", "a"),
      verdict("killed", "b"),
      verdict("killed", "c"),
      verdict("survived", "no effect"),
      verdict("survived", "missed"),
      verdict("not compiled", "d"),
      verdict("same code", "e"),
    ];
    const run = { seed: 1, count: 5, sites: 9 };
    const report = makeReport(run, verdicts, { "no effect": "It has none." });
    expect([report.killed, report.survived, report.notCompiled, report.sameCode]).to.deep.equal([
      3, 2, 1, 1,
    ]);
    expect([report.killedShare, report.killedShareOfEffective]).to.deep.equal([0.6, 0.75]);
    expect(report.survivors.map(({ reason }) => reason.slice(0, 7))).to.deep.equal([
      "It has ",
      "unknown",
    ]);
  });
});
