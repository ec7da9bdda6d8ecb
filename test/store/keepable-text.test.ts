import { expect } from "chai";
import { ballotSubmission } from "../../api/schemas/ballots.ts";
import { releaseRequest } from "../../api/schemas/releases.ts";
import { isKeepable, toKeepable } from "../../store/keepable-text.ts";

describe("text that a column can hold", () => {
  it("is all but NUL and half surrogate pairs", () => {
    for (const text of ["", "Grüße", "\u{1F600}", "\u0001\n\uFFFF"]) {
      expect([isKeepable(text), toKeepable(text)]).to.deep.equal([true, text]);
    }
    for (const [text, kept] of [
      ["a\0b\0", "a\uFFFDb\uFFFD"],
      ["\ud83d \ude00", "\uFFFD \uFFFD"],
    ] as const) {
      expect([isKeepable(text), toKeepable(text)]).to.deep.equal([false, kept]);
    }
  });

  it("is what a release's title and a ballot's notes must be", () => {
    expect(releaseRequest.shape.title.safeParse("a\0b").success).to.equal(false);
    expect(ballotSubmission.shape.notes.safeParse('{"rationale":"\0"}').success).to.equal(false);
    expect(releaseRequest.shape.title.parse(" a b ")).to.equal("a b");
  });
});
