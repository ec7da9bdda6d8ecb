import { expect } from "chai";
import { obstacleTo } from "../../web/judging/obstacle.ts";

describe("what stands in the way of judging", () => {
  const free = { seat: undefined, admitted: true, now: 99n, closesAt: 100n };

  it("is nothing for a drawn, admitted seat before the close", () => {
    expect(obstacleTo(free)).to.equal(undefined);
  });

  it("is the seat, the list or the time, in this order", () => {
    const none = { seat: "no seat", admitted: false, now: 100n, closesAt: 100n };
    expect(obstacleTo(none)).to.equal("no seat");
    expect(obstacleTo({ ...none, seat: undefined })).to.match(/list/);
    expect(obstacleTo({ ...free, now: 100n })).to.match(/closed/);
  });
});
