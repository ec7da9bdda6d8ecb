import { expect } from "chai";
import fc from "fast-check";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Gold } from "../../protocol/gold.ts";
import {
  decodeGolds,
  encodeGolds,
  findGoldsFault,
  goldHashOf,
  mostGolds,
} from "../../protocol/gold.ts";
import { hexToBytes } from "../../protocol/hex.ts";
import { readVectors } from "../vectors/read-vectors.ts";

const { valid, invalid } = readVectors<{
  packings: {
    valid: { itemCount: number; golds: Gold[]; packed: string; salt: string; goldHash: string }[];
    invalid: { itemCount: number; packed: string; code: string; why: string }[];
  };
}>("gold").packings;

describe("packed gold", () => {
  valid.forEach(({ itemCount, golds, packed, salt, goldHash }) => {
    it(`is the golden vector's: ${golds.length} of ${itemCount} items, and its hash`, () => {
      expect(encodeGolds(golds, itemCount)).to.equal(packed);
      expect(decodeGolds(packed, itemCount)).to.deep.equal(golds);
      expect(goldHashOf(salt, packed)).to.equal(goldHash);
    });
  });

  invalid.forEach(({ itemCount, packed, code, why }) => {
    it(`is refused for ${why}`, () => {
      expect(findGoldsFault(hexToBytes(packed), itemCount)?.code).to.equal(code);
      expect(() => decodeGolds(packed, itemCount))
        .to.throw(ScrutineerError)
        .with.property("code", code);
    });
  });

  it("is refused to whoever packs it badly", () => {
    for (const golds of [
      [{ itemIndex: 20, answer: 0 }],
      [{ itemIndex: 0.5, answer: 0 }],
      [{ itemIndex: -1, answer: 0 }],
      [{ itemIndex: 3, answer: 2 }],
      [
        { itemIndex: 3, answer: 0 },
        { itemIndex: 3, answer: 1 },
      ],
    ]) {
      expect(() => encodeGolds(golds as Gold[], 20))
        .to.throw(ScrutineerError)
        .with.property("code", "gold-invalid");
    }
  });

  it("is at most 15 % of the items, rounded down, and 1,024", () => {
    expect([1, 6, 7, 100, 419, 4096, 10_000].map(mostGolds)).to.deep.equal([
      0, 0, 1, 15, 62, 614, 1024,
    ]);
  });

  it("comes back as it was packed", () => {
    const golds = fc
      .uniqueArray(fc.integer({ min: 0, max: 4095 }), { maxLength: 600 })
      .chain((items) =>
        fc.tuple(
          fc.constant(items.sort((a, b) => a - b)),
          fc.array(fc.constantFrom<0 | 1>(0, 1), {
            minLength: items.length,
            maxLength: items.length,
          }),
        ),
      )
      .map(([items, answers]) =>
        items.map((itemIndex, i): Gold => ({ itemIndex, answer: answers[i] as 0 | 1 })),
      );
    fc.assert(
      fc.property(golds, (made) => {
        expect(decodeGolds(encodeGolds(made, 4096), 4096)).to.deep.equal(made);
      }),
      { numRuns: 50 },
    );
  });

  it("says nothing of itself without its salt: another salt, another hash", () => {
    const [, one] = valid as [unknown, (typeof valid)[number]];
    expect(goldHashOf(`0x${"00".repeat(32)}`, one.packed)).to.not.equal(one.goldHash);
  });
});
