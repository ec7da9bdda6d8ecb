import { expect } from "chai";
import { majority } from "../../statistics/majority.ts";

describe("Majority", () => {
  it("decides for the side ahead of the other side and of the ties", () => {
    expect(majority({ a: 2, b: 1, tie: 0 })).to.deep.equal({
      outcome: "a",
      agreement: 2 / 3,
      strength: 1 / 3,
      shareA: 2 / 3,
      shareB: 1 / 3,
    });
    expect(majority({ a: 0, b: 1, tie: 0 }).outcome).to.equal("b");
  });

  it("leaves equal votes, and ties at least as many as the leader's, a tie", () => {
    expect(majority({ a: 2, b: 2, tie: 1 }).outcome).to.equal("tie");
    expect(majority({ a: 2, b: 1, tie: 2 }).outcome).to.equal("tie");
    expect(majority({ a: 0, b: 0, tie: 3 })).to.deep.include({ agreement: 1, strength: 0 });
  });

  it("is a tie with no agreement where nobody voted", () => {
    const none = { outcome: "tie", agreement: 0, strength: 0, shareA: 0, shareB: 0 };
    expect(majority({ a: 0, b: 0, tie: 0 })).to.deep.equal(none);
  });
});
