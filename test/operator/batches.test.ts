import { expect } from "chai";
import {
  ESTIMATE_CAP,
  gasLimitFor,
  packByWeight,
  splitByGas,
  TRANSACTION_GAS_CAP,
} from "../../operator/batches.ts";

describe("batches", () => {
  it("pack neighbours up to the limit and leave a heavy one alone", () => {
    expect(packByWeight([3, 4, 5, 20, 1], (weight) => weight, 10)).to.deep.equal([
      [3, 4],
      [5],
      [20],
      [1],
    ]);
    expect(packByWeight([], () => 1, 10)).to.deep.equal([]);
  });

  it("split until every estimate fits, and lose nothing", async () => {
    const elements = Array.from({ length: 37 }, (_, i) => i);
    const batches = await splitByGas(elements, async (part) => BigInt(part.length) * 1_000_000n);
    expect(batches.flatMap((batch) => batch.elements)).to.deep.equal(elements);
    for (const { elements: part, gasLimit } of batches) {
      expect(BigInt(part.length) * 1_000_000n <= ESTIMATE_CAP).to.equal(true);
      expect(gasLimit <= TRANSACTION_GAS_CAP).to.equal(true);
    }
  });

  it("split what cannot run at once and leave out the element that never can", async () => {
    const batches = await splitByGas([1, 2, 3, 4], async (part) =>
      part.includes(3) ? undefined : 21_000n,
    );
    expect(batches.map((batch) => batch.elements)).to.deep.equal([[1, 2], [4]]);
  });

  it("send a single element alone up to the cap of a transaction", async () => {
    const [batch] = await splitByGas([1], async () => 15_000_000n);
    expect(batch?.gasLimit).to.equal(TRANSACTION_GAS_CAP);
    const refusal = await splitByGas([1], async () => 20_000_000n).catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "gas-too-high");
  });

  it("leave room above the estimate, never above the cap", () => {
    expect(gasLimitFor(1_000_000n)).to.equal(1_400_000n);
    expect(gasLimitFor(16_700_000n)).to.equal(TRANSACTION_GAS_CAP);
  });
});
