import { expect } from "chai";
import { insidersOn } from "../../web/tasks/insiders.ts";

const address = (byte: string): string => `0x${byte.repeat(20)}`;
const parties = { requester: address("aa"), operator: address("bb") };

describe("who may judge", () => {
  it("is marked where the requester or the operator is on the list", () => {
    const list = (...validators: string[]): string[] =>
      insidersOn({ rule: "list", validators }, parties);
    expect(list(address("cc"), parties.requester)).to.deep.equal(["requester"]);
    expect(list(parties.operator, parties.requester)).to.deep.equal(["requester", "operator"]);
    expect(list(address("cc"))).to.deep.equal([]);
  });

  it("is marked on a list that was drawn, and there is none to look at where all may judge", () => {
    const drawn = {
      rule: "settled",
      minimum: 1,
      block: 7,
      validators: [parties.requester],
    } as const;
    expect(insidersOn(drawn, parties)).to.deep.equal(["requester"]);
    expect(insidersOn({ rule: "open" }, parties)).to.deep.equal([]);
  });
});
