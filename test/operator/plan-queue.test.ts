import { expect } from "chai";
import { bumpedFees, freshFees } from "../../operator/fees.ts";
import { createPatience } from "../../operator/patience.ts";
import { planQueue, type Fate, type QueuedIntent } from "../../operator/plan-queue.ts";

function sent(id: number, nonce: number, fate: Fate, signedAtBlock = 10n): QueuedIntent {
  return { id, nonce, signedAtBlock, fate };
}
const fresh = (id: number): QueuedIntent => ({
  id,
  nonce: null,
  signedAtBlock: null,
  fate: "unknown",
});
const plan = (intents: QueuedIntent[], nextNonce: number, block = 10n, window = 4) =>
  planQueue({ intents, nextNonce, block, window, stuckAfterBlocks: 3n });

describe("the transaction queue's plan", () => {
  it("signs planned intents with the key's next nonces, in order", () => {
    expect(plan([fresh(1), fresh(2)], 7)).to.deep.equal([
      { step: "sign", id: 1, nonce: 7 },
      { step: "sign", id: 2, nonce: 8 },
    ]);
  });

  it("keeps at most a window unmined", () => {
    expect(plan([sent(1, 7, "pending"), fresh(2), fresh(3), fresh(4)], 7, 10n, 2)).to.deep.equal([
      { step: "sign", id: 2, nonce: 8 },
    ]);
  });

  it("ends what was mined, well or not", () => {
    expect(plan([sent(1, 6, "mined"), sent(2, 7, "reverted")], 8)).to.deep.equal([
      { step: "confirm", id: 1 },
      { step: "revert", id: 2 },
    ]);
  });

  it("drops an intent whose nonce another transaction took, and fills no gap twice", () => {
    expect(plan([sent(1, 6, "unknown"), sent(2, 7, "pending"), fresh(3)], 7)).to.deep.equal([
      { step: "drop", id: 1 },
      { step: "sign", id: 3, nonce: 8 },
    ]);
  });

  it("broadcasts again what the node forgot", () => {
    expect(plan([sent(1, 7, "unknown")], 7)).to.deep.equal([{ step: "rebroadcast", id: 1 }]);
  });

  it("offers more for the first in line once it is stuck, not for those behind it", () => {
    expect(plan([sent(1, 7, "pending"), sent(2, 8, "pending")], 7, 13n)).to.deep.equal([
      { step: "bump", id: 1, nonce: 7 },
    ]);
  });

  it("fills the gap a dropped nonce left before going on", () => {
    expect(plan([sent(1, 9, "pending"), fresh(2), fresh(3)], 8)).to.deep.equal([
      { step: "sign", id: 2, nonce: 8 },
      { step: "sign", id: 3, nonce: 10 },
    ]);
  });
});

describe("fees", () => {
  it("outlast six full blocks", () => {
    let base = 1_000_000_000n;
    const { maxFeePerGas } = freshFees(base, 1n);
    for (let block = 0; block < 5; block++) base += base / 8n;
    expect(maxFeePerGas >= base).to.equal(true);
  });

  it("grow by more than a tenth when bumped, and follow the market when that is higher", () => {
    const last = { maxFeePerGas: 1_000n, maxPriorityFeePerGas: 0n };
    expect(bumpedFees(last, { maxFeePerGas: 900n, maxPriorityFeePerGas: 0n })).to.deep.equal({
      maxFeePerGas: 1_126n,
      maxPriorityFeePerGas: 1n,
    });
    expect(bumpedFees(last, { maxFeePerGas: 5_000n, maxPriorityFeePerGas: 7n })).to.deep.equal({
      maxFeePerGas: 5_000n,
      maxPriorityFeePerGas: 7n,
    });
  });
});

describe("patience", () => {
  it("doubles the wait with each refusal of one thing", () => {
    const patience = createPatience();
    expect(patience.mayTry("a", 0)).to.equal(true);
    patience.refused("a", 0);
    expect(patience.mayTry("a", 1)).to.equal(false);
    expect(patience.mayTry("a", 2)).to.equal(true);
    patience.refused("a", 2);
    expect(patience.mayTry("a", 5)).to.equal(false);
    expect(patience.mayTry("a", 6)).to.equal(true);
    expect(patience.mayTry("b", 0)).to.equal(true);
  });
});
