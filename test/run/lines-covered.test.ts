import { expect } from "chai";

import { readLcov, shareCovered } from "./lines-covered.ts";

const REPORT = `TN:
SF:contracts/A.sol
DA:3,1
DA:5,0
DA:6,1
LH:2
LF:3
end_of_record
SF:contracts/B.sol
DA:1,7
LH:1
LF:1
end_of_record
`;

describe("reading coverage", () => {
  it("counts the lines of each file and names those that never ran", () => {
    expect(readLcov(REPORT)).to.deep.equal([
      { path: "contracts/A.sol", lines: 3, covered: 2, missed: [5] },
      { path: "contracts/B.sol", lines: 1, covered: 1, missed: [] },
    ]);
  });

  it("takes all files together", () => {
    expect(shareCovered(readLcov(REPORT))).to.equal(0.75);
  });

  it("calls nothing covered where nothing was measured", () => {
    expect(shareCovered(readLcov(""))).to.equal(0);
  });
});
