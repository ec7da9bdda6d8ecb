import { expect } from "chai";
import { bytes, slot } from "../support/labeler.ts";
import type { Locks } from "../../web/judging/slot-lock.ts";
import { holdSlot } from "../../web/judging/slot-lock.ts";

/** As the Web Locks API has it: one holder a name, the others wait in line until they leave it. */
function makeLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    request(name, { signal }, hold) {
      const turn = (tails.get(name) ?? Promise.resolve()).then(() =>
        signal.aborted ? undefined : hold(),
      );
      tails.set(name, turn);
      return turn;
    },
  };
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("one tab at a time", () => {
  it("holds a ballot's slot; the next in line gets it when that tab lets go", async () => {
    const locks = makeLocks();
    const held: string[] = [];
    const letGo = holdSlot(locks, slot, () => held.push("first"));
    const leave = holdSlot(locks, slot, () => held.push("left"));
    holdSlot(locks, slot, () => held.push("third"));
    await settled();
    expect(held).to.deep.equal(["first"]);
    leave();
    letGo();
    await settled();
    expect(held).to.deep.equal(["first", "third"]);
  });

  it("leaves other tasks and other validators to other tabs", async () => {
    const locks = makeLocks();
    const held: string[] = [];
    holdSlot(locks, slot, () => held.push("one"));
    holdSlot(locks, { ...slot, taskId: bytes("12") }, () => held.push("another task"));
    holdSlot(locks, { ...slot, validator: slot.tasks }, () => held.push("another validator"));
    await settled();
    expect(held).to.have.members(["one", "another task", "another validator"]);
  });
});
