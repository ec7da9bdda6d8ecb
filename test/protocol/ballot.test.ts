import { expect } from "chai";
import fc from "fast-check";
import type { Entry } from "../../protocol/ballot.ts";
import { countEntries, decodeEntries, encodeEntries } from "../../protocol/ballot.ts";
import { entriesHashOf } from "../../protocol/commitment.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { readVectors } from "../vectors/read-vectors.ts";

const vectors = readVectors<{
  valid: { entries: Entry[]; packed: string }[];
  every: { items: number; hash: string };
  invalid: { packed: string; code: string; why: string }[];
}>("ballots");

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ScrutineerError) return error.code;
    throw error;
  }
  return "none";
}

const entriesArbitrary = fc
  .uniqueArray(fc.integer({ min: 0, max: 0xffffff }), { maxLength: 200 })
  .chain((items) =>
    fc.tuple(
      ...items
        .sort((a, b) => a - b)
        .map((itemIndex) =>
          fc.record({ itemIndex: fc.constant(itemIndex), verdict: fc.constantFrom(0, 1, 2) }),
        ),
    ),
  ) as fc.Arbitrary<Entry[]>;

describe("a ballot's entries", () => {
  vectors.valid.forEach(({ entries, packed }) => {
    it(`are packed as the golden vector of ${entries.length}`, () => {
      expect(encodeEntries(entries)).to.equal(packed);
      expect(decodeEntries(packed)).to.deep.equal(entries);
      expect(countEntries(packed)).to.equal(entries.length);
    });
  });

  it("hold 4,096 items at most, as one golden hash says", () => {
    const every = Array.from({ length: 4096 }, (_, itemIndex) => ({
      itemIndex,
      verdict: (itemIndex % 3) as 0 | 1 | 2,
    }));
    expect(entriesHashOf(encodeEntries(every))).to.equal(vectors.every.hash);
    expect(codeOf(() => encodeEntries([...every, { itemIndex: 4096, verdict: 0 }]))).to.equal(
      "entries-too-many",
    );
  });

  it("survive packing and unpacking, whatever they are", () => {
    fc.assert(
      fc.property(entriesArbitrary, (entries) => {
        expect(decodeEntries(encodeEntries(entries))).to.deep.equal(entries);
      }),
    );
  });

  it("are either refused or packed back to the same bytes, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        let entries: Entry[];
        try {
          entries = decodeEntries(bytes);
        } catch (error) {
          return error instanceof ScrutineerError;
        }
        return encodeEntries(entries) === `0x${Buffer.from(bytes).toString("hex")}`;
      }),
    );
  });

  describe("when the contract would void the ballot", () => {
    vectors.invalid.forEach(({ packed, code, why }) => {
      it(`are refused: ${why}`, () => expect(codeOf(() => decodeEntries(packed))).to.equal(code));
    });
  });

  it("are not packed out of order, beyond 24 bits, or from text that is no hex", () => {
    const entry = (itemIndex: number): Entry => ({ itemIndex, verdict: 0 });
    expect(codeOf(() => encodeEntries([entry(2), entry(1)]))).to.equal("entries-order-invalid");
    expect(codeOf(() => encodeEntries([entry(2 ** 24)]))).to.equal("entry-out-of-range");
    expect(codeOf(() => encodeEntries([entry(-1)]))).to.equal("entry-out-of-range");
    expect(codeOf(() => decodeEntries("0x0000000g"))).to.equal("invalid-hex");
    expect(codeOf(() => decodeEntries("0x000"))).to.equal("invalid-hex");
    expect(codeOf(() => decodeEntries("zz"))).to.equal("invalid-hex");
  });
});
