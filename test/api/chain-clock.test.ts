import { expect } from "chai";
import { createChainClock } from "../../api/chain-clock.ts";

describe("The chain's clock", () => {
  it("is this machine's while no block is ahead of it", () => {
    let here = 1_000n;
    const clock = createChainClock(() => here);
    expect(clock.observe(990n)).to.equal(1_000n);
    here = 1_007n;
    expect(clock.observe(990n)).to.equal(1_007n);
  });

  it("runs on from the furthest that any block was ahead", () => {
    let here = 1_000n;
    const clock = createChainClock(() => here);
    expect(clock.observe(5_000n)).to.equal(5_000n);
    here = 1_010n;
    expect(clock.observe(5_000n)).to.equal(5_010n);
    expect(clock.observe(5_020n)).to.equal(5_020n);
  });
});
