import { expect } from "chai";
import { stepsDue, type TaskOnChain } from "../../cli/task-steps.ts";

const present = { block: 100n, time: 1_000n, claimWindow: 60n };

/** Settled, its bond released. */
const settled = {
  created: { seedBlock: 1n, terms: { closesAt: 10n, revealEndsAt: 100n } },
  ...{ opened: {}, booksClosed: {}, bondReleased: {}, cancelled: false },
  ...{ committed: [], revealed: [], settled: [], forfeited: [], claims: [], claimsPaid: [] },
} as unknown as TaskOnChain;

describe("What is due in a settled task", () => {
  it("is nothing where nobody claimed", () => {
    expect(stepsDue(settled, present)).to.deep.equal([]);
  });

  it("is one payment a validator that was not paid, however often its claim was raised", () => {
    const claimOf = (validator: string): { validator: string } => ({ validator });
    const task = {
      ...settled,
      claims: [claimOf("0xa"), claimOf("0xb"), claimOf("0xa"), claimOf("0xc")],
      claimsPaid: [claimOf("0xc")],
    } as unknown as TaskOnChain;
    expect(stepsDue(task, present)).to.deep.equal([
      { kind: "pay-claim", validator: "0xa" },
      { kind: "pay-claim", validator: "0xb" },
    ]);
  });
});
