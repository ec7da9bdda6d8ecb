import { expect } from "chai";
import { ScrutineerError } from "../../protocol/errors.ts";
import { termsSchema } from "../../protocol/terms-json.ts";
import { bytes, slot } from "../support/labeler.ts";
import { memoryJournal } from "../support/memory-journal.ts";
import { findDuties, noDuties } from "../../web/ballots/find-duties.ts";
import { journalBallot } from "../../web/ballots/journal-ballot.ts";
import type { Due, OwnBallot, OwnTask } from "../../web/ballots/look-after.ts";

const draw = { seats: 3, pool: 3, need: 1, threshold: 1n };
const task: OwnTask = {
  terms: termsSchema.parse({
    ...{ operator: slot.tasks, operatorBond: "1", receiptKey: slot.tasks, itemsRoot: bytes("03") },
    ...{ itemCount: 30, manifestHash: bytes("04"), humanVotes: 3, humanPrice: "2" },
    ...{ aiClosesAt: 1, closesAt: 1, commitEndsAt: 2, revealEndsAt: 3 },
  }),
  ...{ role: "Human", requester: slot.tasks, seed: bytes("05"), snapshotBlock: 1 },
  ...{ draw, human: draw, ai: draw, obstacle: undefined, minCommit: 1n, claimWindow: 1n },
};
const ballots = ["01", "02"].map((byte) =>
  journalBallot(memoryJournal(), { ...slot, taskId: bytes(byte) }),
);
const dueIn = (own: OwnBallot): Due => ({
  duty: { kind: "commit", version: 5, from: 1n, until: 2n },
  ...{ own, task, isOurTurn: true },
});

describe("what is due in one's ballots", () => {
  it("is told of all of them", async () => {
    const { due, unseen } = await findDuties(ballots, async (own) => dueIn(own), noDuties);
    expect(due.map(({ own }) => own)).to.deep.equal(ballots);
    expect(unseen).to.deep.equal([]);
  });

  it("stays as it was seen last where the chain does not answer, and says so", async () => {
    const before = await findDuties(ballots, async (own) => dueIn(own), noDuties);
    const now = await findDuties(
      ballots,
      async (own) => {
        if (own === ballots[0]) throw new Error("connection refused");
        return undefined;
      },
      before,
    );
    expect(now.due.map(({ own }) => own)).to.deep.equal([ballots[0]]);
    expect(now.unseen).to.deep.equal([bytes("01")]);
  });

  it("is nothing in a task that the chain does not know", async () => {
    const unknown = async (): Promise<undefined> => {
      throw new ScrutineerError("task-unknown", "no such task");
    };
    expect(await findDuties(ballots, unknown, noDuties)).to.deep.equal(noDuties);
  });
});
