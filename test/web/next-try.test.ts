import { expect } from "chai";
import type { Tries } from "../../web/ballots/next-try.ts";
import { nextTryIn } from "../../web/ballots/next-try.ts";

describe("what the page does by itself", () => {
  const duty = { kind: "commit", version: 5, from: 1n, until: 2n } as const;
  const first: Tries = {
    due: { duty, isOurTurn: true },
    ...{ accountKind: "key", isFirst: true, isPending: false, isDeclined: false },
  };
  const restore = {
    ...first,
    due: { duty: { ...duty, kind: "restore" as const }, isOurTurn: true },
  };

  it("is done at once when it is its turn, and not before", () => {
    expect(nextTryIn(first)).to.equal(0);
    expect(nextTryIn({ ...first, due: { duty, isOurTurn: false } })).to.equal(undefined);
  });

  it("is not done again at once where it is still due afterwards, as a copy that did not have the opening", () => {
    for (const tried of [first, restore]) {
      expect(nextTryIn({ ...tried, isFirst: false })).to.be.greaterThan(1_000);
      expect(nextTryIn({ ...tried, isFirst: false, isPending: true })).to.equal(undefined);
    }
  });

  it("is left to the owner once the wallet's window was declined, and a copy to a wallet's owner from the start", () => {
    expect(nextTryIn({ ...first, isFirst: false, isDeclined: true })).to.equal(undefined);
    expect(nextTryIn(restore)).to.equal(0);
    expect(nextTryIn({ ...restore, accountKind: "wallet" })).to.equal(undefined);
  });
});
