import { expect } from "chai";

import { countOfCheck, countOfRunner, describeCounts, sumOf } from "./counts.ts";

describe("counting what runners say", () => {
  it("reads Mocha's summary, colours and all", () => {
    const output =
      "  ✔ holds\n\n\u001b[32m  12 passing\u001b[0m (46ms)\n  3 pending\n  1 failing\n\n  1) breaks\n";
    expect(countOfRunner(output, 1)).to.deep.equal({ passed: 12, failed: 1, skipped: 3 });
  });

  it("reads the summary of Hardhat's Solidity tests", () => {
    expect(countOfRunner("  4 passing\n  2 skipped\n", 0)).to.deep.equal({
      passed: 4,
      failed: 0,
      skipped: 2,
    });
  });

  it("reads the last summary where a test prints another runner's", () => {
    const output = "  9 passing (1s)\n  9 failing\n…\n  2 passing (3s)\n";
    expect(countOfRunner(output, 0)).to.deep.equal({ passed: 2, failed: 0, skipped: 0 });
  });

  it("counts a runner that ends badly, or that counts nothing, as one failure", () => {
    expect(countOfRunner("  2 passing (3s)\n", 1)).to.deep.equal({
      passed: 2,
      failed: 1,
      skipped: 0,
    });
    expect(countOfRunner("Error: no such file", 1)).to.deep.equal({
      passed: 0,
      failed: 1,
      skipped: 0,
    });
    expect(countOfRunner("", 0)).to.deep.equal({ passed: 0, failed: 1, skipped: 0 });
  });

  it("adds up, and says so in one line", () => {
    const sum = sumOf([countOfCheck(0), countOfCheck(2), { passed: 5, failed: 0, skipped: 1 }]);
    expect(describeCounts(sum)).to.equal("6 passed, 1 failed, 1 skipped");
  });
});
