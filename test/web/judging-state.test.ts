import { expect } from "chai";
import type { JudgingEvent, JudgingState } from "../../web/judging/judging-state.ts";
import {
  canSkip,
  canUndo,
  isRevisiting,
  nextJudging,
  startJudging,
} from "../../web/judging/judging-state.ts";
import type { ShownItem } from "../../web/judging/verify-item.ts";

const item = (itemIndex: number): ShownItem => ({ itemIndex, prompt: [], left: [], right: [] });
const after = (state: JudgingState, ...events: JudgingEvent[]): JudgingState =>
  events.reduce(nextJudging, state);
const arrive = (itemIndex: number): JudgingEvent => ({ kind: "arrived", item: item(itemIndex) });
const judge: JudgingEvent = { kind: "judged", choice: "left" };
const receipt = (judgments: number, version = judgments): JudgingEvent => ({
  kind: "receipted",
  judgments,
  version,
});

describe("the judge page", () => {
  const twoJudged = after(
    startJudging(0),
    arrive(4),
    judge,
    receipt(1),
    arrive(9),
    judge,
    receipt(2),
    arrive(2),
  );

  it("claims the next pair only after the receipt", () => {
    const sent = after(startJudging(0), arrive(4), judge);
    expect(sent).to.include({ phase: "sending", pending: "left" });
    expect(after(sent, judge)).to.equal(sent);
    expect(after(sent, receipt(1))).to.include({ phase: "claiming", receipted: 1 });
  });

  it("says each verdict out loud", () => {
    expect(after(startJudging(0), arrive(4), judge, receipt(1)).announcement).to.match(
      /^Left better\. Saved; receipt for version 1 checked, 1 judged/,
    );
  });

  it("says something new for every pair skipped or gone back to: what stays the same is not read out", () => {
    const skip: JudgingEvent = { kind: "skipped" };
    const once = after(startJudging(0), arrive(4), skip);
    const twice = after(once, arrive(9), skip);
    expect([once, twice].map(({ announcement }) => announcement)).to.deep.equal([
      "Item 4 skipped. Next pair.",
      "Item 9 skipped. Next pair.",
    ]);
    const back = after(twoJudged, { kind: "undone" });
    expect(back.announcement).to.not.equal(after(back, { kind: "undone" }).announcement);
  });

  it("goes back step by step, keeps the pair on screen for later, and returns to it", () => {
    const back = after(twoJudged, { kind: "undone" });
    expect(back.current?.itemIndex).to.equal(9);
    expect(back.parked?.itemIndex).to.equal(2);
    const further = after(back, { kind: "undone" });
    expect(further.current?.itemIndex).to.equal(4);
    expect(canUndo(further)).to.equal(false);
    const again = after(further, judge, receipt(2, 3));
    expect(again).to.include({ phase: "judging", receipted: 2 });
    expect(again.current?.itemIndex).to.equal(2);
    expect(again.judged.map(({ itemIndex }) => itemIndex)).to.deep.equal([4, 9]);
  });

  it("does not skip what is in the ballot already", () => {
    const back = after(twoJudged, { kind: "undone" });
    expect(isRevisiting(back)).to.equal(true);
    expect(canSkip(back)).to.equal(false);
    expect(after(back, { kind: "skipped" })).to.equal(back);
  });

  it("sets skipped pairs aside until they are taken up again", () => {
    const skipped = after(twoJudged, { kind: "skipped" });
    expect(skipped).to.deep.include({ phase: "claiming", setAside: [2] });
    const finished = after(skipped, { kind: "none-left" });
    expect(canUndo(finished)).to.equal(true);
    expect(after(finished, { kind: "taken-up-again" })).to.deep.include({
      phase: "claiming",
      setAside: [],
    });
  });

  it("sends the same verdict again after a lost connection", () => {
    const failed = after(twoJudged, judge, { kind: "failed", problem: "no answer" });
    expect(failed).to.include({ phase: "failed", pending: "left" });
    expect(after(failed, { kind: "retried" })).to.include({ phase: "sending", pending: "left" });
    expect(
      after(startJudging(0), { kind: "failed", problem: "x" }, { kind: "retried" }).phase,
    ).to.equal("claiming");
  });
});
