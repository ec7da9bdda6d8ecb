import { expect } from "chai";
import { planClaims } from "../../operator/plan-claims.ts";
import {
  isGoldLost,
  isGoldOpeningTime,
  planGoldJudgment,
  planGoldOpening,
} from "../../operator/plan-gold.ts";
import { planSettlement } from "../../operator/plan-settlement.ts";
import { withoutOpen } from "../../operator/round.ts";
import { addressOf, at, hashOf, task, TASK } from "./facts.ts";

const sealed = { salt: hashOf(7), golds: "0x0000000100000300" };
const bound = task({ goldHash: hashOf(8), goldStage: "Sealed" });
const opened = task({ goldHash: hashOf(8), goldStage: "Opened" });
const openGold = { kind: "open-gold", taskId: TASK, ...sealed };
const HEAD = 100n;
const judgeGold = { kind: "judge-gold", taskId: TASK, golds: sealed.golds };

describe("an operator's plans for gold", () => {
  describe("that is still sealed", () => {
    it("open it from commitEndsAt until half of the reveal time is over", () => {
      expect(planGoldOpening(bound, sealed, at(29_999n))).to.deep.equal([]);
      expect(planGoldOpening(bound, sealed, at(30_000n))).to.deep.equal([openGold]);
      expect(planGoldOpening(bound, sealed, at(34_999n))).to.deep.equal([openGold]);
      expect(planGoldOpening(bound, sealed, at(35_000n))).to.deep.equal([]);
    });

    it("cannot open what the requester kept to itself", () => {
      expect(planGoldOpening(bound, undefined, at(30_000n))).to.deep.equal([]);
    });

    it("never ask for it in a task without gold, or one that was cancelled or never opened", () => {
      for (const other of [
        task(),
        task({ goldHash: hashOf(8), goldStage: "Sealed", cancelled: true }),
        task({ goldHash: hashOf(8), goldStage: "Sealed", opened: false }),
      ]) {
        expect(isGoldOpeningTime(other, at(30_000n))).to.equal(false);
        expect(isGoldLost(other, HEAD, at(35_000n))).to.equal(false);
      }
    });

    it("call it lost from the second half on, and settle without it", () => {
      expect(isGoldLost(bound, HEAD, at(34_999n, HEAD))).to.equal(false);
      expect(isGoldLost(bound, HEAD, at(35_000n, HEAD))).to.equal(true);
      expect(planSettlement(bound, [], at(40_000n))).to.have.length(1);
      expect(isGoldLost(opened, HEAD, at(35_000n, HEAD))).to.equal(false);
    });

    it("call nothing lost while the facts do not reach the head: they may tell of its opening yet", () => {
      expect(isGoldLost(bound, HEAD - 1n, at(35_000n, HEAD))).to.equal(false);
      expect(isGoldLost(bound, HEAD + 1n, at(35_000n, HEAD))).to.equal(true);
    });
  });

  describe("that is open", () => {
    it("judge it once revealing is over, and settle nothing before", () => {
      expect(planGoldJudgment(opened, sealed.golds, at(39_999n))).to.deep.equal([]);
      expect(planGoldJudgment(opened, sealed.golds, at(40_000n))).to.deep.equal([judgeGold]);
      expect(planSettlement(opened, [], at(40_000n))).to.deep.equal([]);
    });

    it("settle once it is judged, whichever way", () => {
      for (const goldStage of ["Gate", "NoGate"] as const) {
        const judged = task({ goldHash: hashOf(8), goldStage });
        expect(planGoldJudgment(judged, sealed.golds, at(40_000n))).to.deep.equal([]);
        expect(planSettlement(judged, [], at(40_000n))).to.have.length(1);
      }
    });
  });

  it("leave out what is on its way", () => {
    const intents = [{ kind: "open-gold" as const, taskId: TASK, elements: [TASK] }];
    expect(withoutOpen(planGoldOpening(bound, sealed, at(30_000n)), intents)).to.deep.equal([]);
    expect(withoutOpen(planGoldJudgment(opened, "0x", at(40_000n)), intents)).to.have.length(1);
  });
});

describe("an operator's plans for claims", () => {
  const claims = [1, 2].map((index) => ({ taskId: TASK, validator: addressOf(index) }));

  it("pay each, but for those on their way", () => {
    const duties = planClaims(claims);
    expect(duties.map(({ kind }) => kind)).to.deep.equal(["pay-claim", "pay-claim"]);
    const left = withoutOpen(duties, [
      { kind: "pay-claim", taskId: TASK, elements: [addressOf(1)] },
    ]);
    expect(left).to.deep.equal([{ kind: "pay-claim", taskId: TASK, validator: addressOf(2) }]);
  });
});
