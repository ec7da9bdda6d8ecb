import { expect } from "chai";
import { MAX_LEAVES, planAnchors } from "../../operator/plan-anchors.ts";
import { planCancellation } from "../../operator/plan-cancellation.ts";
import { isCommitTime, planCommits } from "../../operator/plan-commits.ts";
import { planOpening } from "../../operator/plan-opening.ts";
import { planPayouts } from "../../operator/plan-payouts.ts";
import { isRevealTime, planReveals } from "../../operator/plan-reveals.ts";
import { planSessions } from "../../operator/plan-sessions.ts";
import { planSettlement } from "../../operator/plan-settlement.ts";
import { withoutOpen } from "../../operator/round.ts";
import { addressOf, at, ballot, hashOf, opening, task, TASK } from "./facts.ts";

const MIN_COMMIT = 5n;

describe("an operator's plans", () => {
  describe("for a task not opened yet", () => {
    const funded = task({ opened: false });

    it("open it with the block after the seed block", () => {
      expect(planOpening([funded], at(1_000n, 11n))).to.deep.equal([]);
      expect(planOpening([funded], at(1_000n, 12n))).to.deep.equal([
        { kind: "open-task", taskId: TASK },
      ]);
    });

    it("leave it alone once it is open, cancelled or past its time", () => {
      expect(planOpening([task()], at(1_000n))).to.deep.equal([]);
      expect(planOpening([task({ opened: false, cancelled: true })], at(1_000n))).to.deep.equal([]);
      expect(planOpening([funded], at(20_000n))).to.deep.equal([]);
    });

    it("cancel it once nobody can open it any more", () => {
      expect(planCancellation([funded], at(19_999n))).to.deep.equal([]);
      expect(planCancellation([funded], at(20_000n))).to.deep.equal([
        { kind: "cancel-task", taskId: TASK },
      ]);
      expect(planCancellation([task()], at(20_000n))).to.deep.equal([]);
    });

    it("leave a conditioned one alone once its AIs are closed", () => {
      const conditioned = task({ opened: false, conditionOnAi: true });
      expect(planOpening([conditioned], at(9_999n))).to.have.length(1);
      expect(planOpening([conditioned], at(10_000n))).to.deep.equal([]);
    });
  });

  describe("for sessions", () => {
    it("relay those that have not ended", () => {
      const request = {
        validator: addressOf(1),
        key: addressOf(2),
        expiresAt: 500n,
        nonce: 1n,
        signature: "0x",
      };
      expect(planSessions([request], at(499n))).to.deep.equal([
        { kind: "authorize-session", request },
      ]);
      expect(planSessions([request], at(500n))).to.deep.equal([]);
    });
  });

  describe("for anchors", () => {
    const unanchored = [{ taskId: TASK, digests: [hashOf(1), hashOf(2)] }];
    const now = (clock: number) => ({ ...at(1_000n), clock });

    it("anchor the first versions at once", () => {
      const [duty] = planAnchors(unanchored, new Map(), 30, now(100));
      expect(duty).to.deep.equal({ kind: "anchor", taskId: TASK, digests: [hashOf(1), hashOf(2)] });
    });

    it("anchor later ones early enough to be on chain within the interval", () => {
      const last = new Map([[TASK, 100]]);
      expect(planAnchors(unanchored, last, 30, now(123))).to.deep.equal([]);
      expect(planAnchors(unanchored, last, 30, now(124))).to.have.length(1);
    });

    it("do not wait for the interval once a tree is full, and bound the tree", () => {
      const many = Array.from({ length: MAX_LEAVES + 1 }, (_, i) => hashOf(i));
      const [duty] = planAnchors(
        [{ taskId: TASK, digests: many }],
        new Map([[TASK, 100]]),
        30,
        now(101),
      );
      expect(duty?.kind === "anchor" && duty.digests.length).to.equal(MAX_LEAVES);
    });

    it("do nothing when nothing is new", () => {
      expect(planAnchors([{ taskId: TASK, digests: [] }], new Map(), 30, now(100))).to.deep.equal(
        [],
      );
    });
  });

  describe("for commits", () => {
    const ballots = [ballot(1), ballot(2, "Ai")];
    const planned = (time: bigint, of = task()) =>
      planCommits(of, ballots, MIN_COMMIT, at(time)).flatMap((duty) =>
        duty.kind === "commit" ? duty.ballots : [],
      );

    it("commit every last version from closesAt until commitEndsAt", () => {
      expect(planned(19_999n)).to.deep.equal([]);
      expect(planned(20_000n)).to.deep.equal(ballots);
      expect(planned(29_999n)).to.deep.equal(ballots);
      expect(planned(30_000n)).to.deep.equal([]);
    });

    it("commit conditioning AIs' with a margin before aiClosesAt, people's after closesAt", () => {
      const conditioned = task({ conditionOnAi: true });
      expect(planned(9_399n, conditioned)).to.deep.equal([]);
      expect(planned(9_400n, conditioned)).to.deep.equal([ballots[1]]);
      expect(planned(10_000n, conditioned)).to.deep.equal([]);
      expect(planned(20_000n, conditioned)).to.deep.equal([ballots[0]]);
    });

    it("ask for ballots only when some may be due", () => {
      expect(isCommitTime(task(), MIN_COMMIT, at(19_999n))).to.equal(false);
      expect(isCommitTime(task(), MIN_COMMIT, at(20_000n))).to.equal(true);
      expect(isCommitTime(task({ opened: false }), MIN_COMMIT, at(20_000n))).to.equal(false);
    });
  });

  describe("for reveals", () => {
    const openings = [opening(1), opening(2, "Ai")];
    const planned = (time: bigint, of = task()) =>
      planReveals(of, openings, at(time)).flatMap((duty) =>
        duty.kind === "reveal" ? duty.openings : [],
      );

    it("open everything from commitEndsAt until revealEndsAt", () => {
      expect(planned(29_999n)).to.deep.equal([]);
      expect(planned(30_000n)).to.deep.equal(openings);
      expect(planned(40_000n)).to.deep.equal([]);
      expect(isRevealTime(task(), at(30_000n))).to.equal(true);
    });

    it("open conditioning AIs' in the first half and people's in the second", () => {
      const conditioned = task({ conditionOnAi: true });
      expect(planned(34_999n, conditioned)).to.deep.equal([openings[1]]);
      expect(planned(35_000n, conditioned)).to.deep.equal([openings[0]]);
    });
  });

  describe("for settlements", () => {
    const ballots = [{ validator: addressOf(1), entries: "0x00000000" }];

    it("settle what is on chain after revealEndsAt", () => {
      expect(planSettlement(task(), ballots, at(39_999n))).to.deep.equal([]);
      expect(planSettlement(task(), ballots, at(40_000n))).to.deep.equal([
        { kind: "settle", taskId: TASK, ballots },
      ]);
      expect(planSettlement(task({ settled: true }), ballots, at(40_000n))).to.deep.equal([]);
    });

    it("close the books of a task without ballots, once", () => {
      expect(planSettlement(task(), [], at(40_000n))).to.deep.equal([
        { kind: "settle", taskId: TASK, ballots: [] },
      ]);
      expect(planSettlement(task({ booksClosed: true }), [], at(40_000n))).to.deep.equal([]);
    });
  });

  describe("for payouts", () => {
    const nothing = { accounts: [], commonsDueUnits: 0n };

    it("release the bond after the claim window", () => {
      expect(planPayouts([task()], nothing, 60n, at(40_059n))).to.deep.equal([]);
      expect(planPayouts([task()], nothing, 60n, at(40_060n))).to.deep.equal([
        { kind: "release-bond", taskId: TASK },
      ]);
      expect(planPayouts([task({ bondReleased: true })], nothing, 60n, at(40_060n))).to.deep.equal(
        [],
      );
    });

    it("[G13] pay every credit to its owner, and the commons", () => {
      expect(
        planPayouts([], { accounts: [addressOf(1)], commonsDueUnits: 5n }, 60n, at(1n)),
      ).to.deep.equal([{ kind: "withdraw-for", account: addressOf(1) }, { kind: "pay-commons" }]);
    });
  });

  describe("beside what is on its way", () => {
    it("leave out elements of open intents and keep the others", () => {
      const duties = withoutOpen(
        [{ kind: "commit", taskId: TASK, ballots: [ballot(1), ballot(2)] }],
        [{ kind: "commit", taskId: TASK, elements: [`${addressOf(1)}:3`] }],
      );
      expect(duties).to.deep.equal([{ kind: "commit", taskId: TASK, ballots: [ballot(2)] }]);
    });

    it("keep a newer version of a ballot whose older one is on its way", () => {
      const duties = withoutOpen(
        [{ kind: "commit", taskId: TASK, ballots: [ballot(1)] }],
        [{ kind: "commit", taskId: TASK, elements: [`${addressOf(1)}:2`] }],
      );
      expect(duties).to.have.length(1);
    });

    it("drop a duty of which nothing is left", () => {
      expect(
        withoutOpen(
          [{ kind: "open-task", taskId: TASK }, { kind: "pay-commons" }],
          [
            { kind: "open-task", taskId: TASK, elements: [TASK] },
            { kind: "pay-commons", taskId: null, elements: ["commons"] },
          ],
        ),
      ).to.deep.equal([]);
    });
  });
});
