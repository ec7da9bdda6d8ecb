import { expect } from "chai";
import { termsSchema } from "../../protocol/terms-json.ts";
import type { BallotStep } from "../../web/ballots/ballot-steps.ts";
import { ballotSteps } from "../../web/ballots/ballot-steps.ts";
import type { BallotState } from "../../web/data/schemas.ts";
import { ballotStateSchema } from "../../web/data/schemas.ts";

const hash = (byte: string): string => `0x${byte.repeat(32)}`;
const address = (byte: string): string => `0x${byte.repeat(20)}`;
const open = { done: false, at: null, tx: null };
const done = { done: true, at: 1_700_000_000, tx: hash("01") };

function ballot(changes: object = {}): BallotState {
  return ballotStateSchema.parse({
    taskId: hash("aa"),
    validator: address("bb"),
    role: "Human",
    digest: hash("cc"),
    version: 3,
    judgments: 2,
    commitment: hash("dd"),
    stage: "receipted",
    signed: { ...done, tx: null, signature: "0x01", signer: address("ee") },
    receipted: { ...done, tx: null, receiptSignature: "0x02" },
    anchored: { ...open, root: null, proof: [] },
    committed: { ...open, version: null, locked: null },
    revealed: { ...open, entries: null, void: false },
    scored: { ...open, scorePpm: null, scored: null, multiplePpm: null, loss: null, gold: null },
    paid: { ...open, pay: null, withdrawn: false },
    ...changes,
  });
}
const COMMIT_ENDS_AT = 2_000;
const terms = termsSchema.parse({
  ...{ operator: address("01"), operatorBond: "1", receiptKey: address("02") },
  ...{ itemsRoot: hash("03"), itemCount: 30, manifestHash: hash("04") },
  ...{ humanVotes: 3, humanPrice: "2000000000000000000" },
  ...{ aiClosesAt: 1_000, closesAt: 1_000, commitEndsAt: COMMIT_ENDS_AT, revealEndsAt: 3_000 },
});
const stepsOf = (state: BallotState, now: number | undefined = 500): BallotStep[] =>
  ballotSteps(state, terms, now, 18);
const progressOf = (state: BallotState, now?: number): string =>
  stepsOf(state, now)
    .map(({ progress }) => progress[0])
    .join("");

describe("a ballot's seven steps", () => {
  it("are signed and receipted at first, and say what comes", () => {
    expect(progressOf(ballot())).to.equal("ddwwwww");
    expect(stepsOf(ballot())[0]?.says).to.equal("Version 3 with 2 judgments, by the session key.");
    expect(stepsOf(ballot())[2]?.says).to.match(/next anchor/);
    expect(stepsOf(ballot())[3]?.says).to.match(/when judging has closed/);
  });

  describe("given an older version on chain", () => {
    // As the api tells it: the newest version is not what is on chain, so its step is not done.
    const older = { ...open, version: 2, locked: "1000000000000000000" };

    it("say which, and that the newest replaces it while commits are taken", () => {
      const state = ballot({ committed: older });
      expect(stepsOf(state)[3]?.progress).to.equal("waiting");
      for (const now of [undefined, COMMIT_ENDS_AT - 1]) {
        expect(stepsOf(state, now)[3]?.says).to.match(
          /^Version 2 is on chain; version 3 replaces it in time\. .* locks 1 token /,
        );
      }
    });

    it("say afterwards that the newest was not committed in time, and go on with the one that was", () => {
      const state = ballot({ committed: older, revealed: { ...done, entries: "0x", void: false } });
      expect(stepsOf(state, COMMIT_ENDS_AT)[3]?.says).to.match(
        /^Version 2 is on chain and is the one that counts; version 3 was not committed in time\./,
      );
      expect(progressOf(state, COMMIT_ENDS_AT)).to.equal("ddwldww");
    });
  });

  it("end where nothing was committed in time", () => {
    expect(progressOf(ballot(), COMMIT_ENDS_AT)).to.equal("ddwllll");
    expect(stepsOf(ballot(), COMMIT_ENDS_AT)[3]?.says).to.match(/^Not committed in time/);
    expect(stepsOf(ballot(), COMMIT_ENDS_AT)[4]?.says).to.equal("Not reached.");
    const committed = { ...done, version: 3, locked: "0" };
    expect(progressOf(ballot({ committed }), COMMIT_ENDS_AT)).to.equal("ddwdwww");
  });

  it("end with the pay, withdrawn or not, or with the loss", () => {
    const scored = {
      ...{ ...done, scorePpm: 300_000, scored: 20, multiplePpm: 1_000_000, loss: "0" },
      gold: null,
    };
    const paid = { ...open, pay: "2500000000000000000", withdrawn: false };
    expect(stepsOf(ballot({ scored, paid })).at(-1)).to.include({
      progress: "done",
      tx: scored.tx,
      says: "2.5 tokens credited; they wait in the contract to be withdrawn.",
    });
    const withdrawn = { ...done, tx: hash("02"), pay: paid.pay, withdrawn: true };
    expect(stepsOf(ballot({ scored, paid: withdrawn })).at(-1)?.tx).to.equal(hash("02"));
    expect(stepsOf(ballot({ scored, paid: withdrawn })).at(-1)?.says).to.equal(
      "2.5 tokens credited and withdrawn.",
    );
    const lost = ballot({
      scored: { ...scored, loss: "1000000000000000000" },
      paid: { ...paid, pay: "0" },
    });
    expect(stepsOf(lost).at(-1)?.says).to.match(/1 token of stake lost/);
  });

  it("say when it was the gold gate that took the pay", () => {
    const gold = { right: 1, wrong: 6, failed: true };
    const scored = { ...done, scorePpm: 300_000, scored: 20, multiplePpm: 0, loss: "0", gold };
    const paid = { ...done, tx: null, pay: "0", withdrawn: false };
    expect(stepsOf(ballot({ scored, paid })).at(-1)?.says).to.equal(
      "Nothing earned: the gold gate was failed, with 1 of 7 golds answered rightly.",
    );
  });

  it("stop at the reveal for a forfeited or void ballot", () => {
    expect(progressOf(ballot({ stage: "forfeited" })).slice(4)).to.equal("lll");
    expect(progressOf(ballot({ stage: "void" })).slice(4)).to.equal("lll");
  });
});
