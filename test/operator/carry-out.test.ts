import { expect } from "chai";
import { makeError } from "ethers";
import { IFeedbackTasks__factory } from "../../bindings/index.ts";
import { carryOut, type Means } from "../../operator/carry-out.ts";
import type { Duty } from "../../operator/duties.ts";
import { createPatience } from "../../operator/patience.ts";
import { addressOf, at, hashOf } from "./facts.ts";

describe("carrying out a duty that the chain refuses", () => {
  /** Refuses every call and counts them; no duty gets as far as the database. */
  let asked: number;
  let means: Means;
  beforeEach(() => {
    asked = 0;
    const provider = {
      estimateGas: async () => {
        asked++;
        throw makeError("reverted", "CALL_EXCEPTION");
      },
    };
    means = {
      chain: {
        provider,
        tasks: { interface: IFeedbackTasks__factory.createInterface() },
        tasksAddress: addressOf(99),
      },
      sender: addressOf(98),
      patience: createPatience(),
      admissionProof: () => Promise.resolve([]),
    } as unknown as Means;
  });

  const pay = (task: number): Duty => ({
    kind: "pay-claim",
    taskId: hashOf(task),
    validator: addressOf(1),
  });

  it("asks again only after a while", async () => {
    expect(await carryOut(pay(1), means, at(0n))).to.equal(0);
    expect(await carryOut(pay(1), means, at(0n))).to.equal(0);
    expect(asked).to.equal(1);
    await carryOut(pay(1), means, { ...at(0n), clock: 2 });
    expect(asked).to.equal(2);
  });

  it("does not make the same validator wait in another task", async () => {
    await carryOut(pay(1), means, at(0n));
    await carryOut(pay(2), means, at(0n));
    expect(asked).to.equal(2);
  });
});
