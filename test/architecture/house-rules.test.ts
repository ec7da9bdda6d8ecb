import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { findViolations } from "./house-rules.ts";

describe("the house plan", () => {
  it("stands: ranks are kept, nothing runs in a circle, and every folder's name says something", () => {
    expect(findViolations(fileURLToPath(new URL("../..", import.meta.url)))).to.deep.equal([]);
  });

  describe("on a tree made up for the purpose", () => {
    let root: string;
    beforeEach(() => (root = mkdtempSync(join(tmpdir(), "scrutineer-house-"))));
    afterEach(() => rmSync(root, { recursive: true }));

    const violationsOf = (tree: Readonly<Record<string, string>>): string[] => {
      for (const [path, text] of Object.entries(tree)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
      return findViolations(root);
    };

    it("admits imports from a lower rank, from the same folder, from packages, and anything in tests", () => {
      expect(
        violationsOf({
          "protocol/ballot.ts": 'import { keccak256 } from "ethers";',
          "store/rows.ts":
            'import type { Ballot } from "../protocol/ballot.ts";\nimport "./schema.ts";',
          "store/schema.ts": "",
          "test/store/rows.test.ts": 'import "../../store/rows.ts";\nimport "../../cli/main.ts";',
          "cli/main.ts":
            'import "node:fs";\nimport "../bindings/index.ts";\nexport * from "../store/rows.ts";',
          "bindings/index.ts": 'import "../cli/main.ts"; // written by a program',
          "contracts/A.sol":
            'import {B} from "./B.sol";\nimport {X} from "@openzeppelin/contracts/X.sol";',
          "contracts/B.sol": "// import {A} from './A.sol';",
          "hardhat.config.ts": 'import "hardhat/config";',
        }),
      ).to.deep.equal([]);
    });

    it("names an import from a higher rank", () => {
      const tree = { "protocol/ballot.ts": 'import "../store/rows.ts";', "store/rows.ts": "" };
      expect(violationsOf(tree)).to.deep.equal([
        "protocol/ballot.ts (rank 0) imports store/rows.ts (rank 2)",
      ]);
    });

    it("names an import from the same rank, a type, a re-export and a dynamic import alike", () => {
      const tree = {
        "api/app.ts":
          'import type { A } from "../indexer/a.ts";\nexport { b } from "../operator/b.ts";\nexport const c = () => import("../web/c.tsx");',
        "indexer/a.ts": "",
        "operator/b.ts": "",
        "web/c.tsx": "",
      };
      expect(violationsOf(tree)).to.deep.equal([
        "api/app.ts (rank 3) imports indexer/a.ts (rank 3)",
        "api/app.ts (rank 3) imports operator/b.ts (rank 3)",
        "api/app.ts (rank 3) imports web/c.tsx (rank 3)",
      ]);
    });

    it("names an import of tests, and what settings at the root import", () => {
      const tree = {
        "cli/main.ts": 'import "../test/support/chain.ts";\nimport "../settings.ts";',
        "test/support/chain.ts": "",
        "settings.ts": 'import "./protocol/ballot.ts";',
        "protocol/ballot.ts": "",
      };
      expect(violationsOf(tree)).to.have.members([
        "cli/main.ts (rank 4) imports test/support/chain.ts (rank 5)",
        "settings.ts (the root) imports protocol/ballot.ts (rank 0)",
      ]);
    });

    it("names what the page may not reach though its rank is lower", () => {
      const tree = {
        "web/page.tsx": 'import "../store/rows.ts";\nconst a = <p>hello</p>;',
        "store/rows.ts": "",
      };
      expect(violationsOf(tree)).to.deep.equal([
        "web/page.tsx (rank 3) imports store/rows.ts (rank 2)",
      ]);
    });

    it("names what of Node a pure folder imports", () => {
      expect(
        violationsOf({ "statistics/alpha.ts": 'import { readFileSync } from "node:fs";' }),
      ).to.deep.equal(["statistics/alpha.ts is to be pure and imports node:fs"]);
    });

    it("names a circle within a folder, in TypeScript and in Solidity", () => {
      const tree = {
        "protocol/a.ts": 'import "./b.ts";',
        "protocol/b.ts": 'import "./c.ts";',
        "protocol/c.ts": 'import type { A } from "./a.ts";',
        "contracts/A.sol": 'import {B} from "./B.sol";',
        "contracts/B.sol": 'import * as A from "./A.sol";',
      };
      expect(violationsOf(tree)).to.have.members([
        "circle: protocol/a.ts → protocol/b.ts → protocol/c.ts → protocol/a.ts",
        "circle: contracts/A.sol → contracts/B.sol → contracts/A.sol",
      ]);
    });

    it("names a Solidity import that is neither OpenZeppelin's nor ours, and one of testing contracts", () => {
      const tree = {
        "contracts/A.sol":
          'import {\n  X\n} from "solady/X.sol";\nimport "./testing/TestToken.sol";\nimport "../protocol/p.sol";',
        "contracts/testing/TestToken.sol": "",
        "protocol/p.sol": "",
      };
      expect(violationsOf(tree)).to.deep.equal([
        "contracts/A.sol (rank 0) imports protocol/p.sol (rank 0)",
        "contracts/A.sol imports solady/X.sol, neither OpenZeppelin's nor ours",
        "contracts/A.sol imports contracts/testing/TestToken.sol, which is for tests",
      ]);
    });

    it("names a folder without a rank, and folders whose names say nothing", () => {
      const tree = { "tools/a.ts": "", "api/utils/b.ts": "", "test/helpers/c.ts": "" };
      expect(violationsOf(tree)).to.have.members([
        "tools/ has no rank",
        "api/utils/ has a name that says nothing",
        "test/helpers/ has a name that says nothing",
      ]);
    });
  });
});
