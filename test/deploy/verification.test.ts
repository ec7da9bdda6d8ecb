import { expect } from "chai";

import { isSameCode } from "../../deploy/verification.ts";

/** Ten bytes of code, of which the third and fourth are an immutable, then three of metadata and their length. */
const COMPILED = {
  object: `60010000aabbccddeeff${"a1".repeat(3)}0003`,
  immutableReferences: { "7": [{ start: 2, length: 2 }] },
};
const onChain = (code: string, metadata = "b2".repeat(3)): string => `0x${code}${metadata}0003`;

describe("isSameCode", () => {
  it("leaves out immutables and the hash of the sources", () => {
    expect(isSameCode(COMPILED, onChain("60011234AABBCCDDEEFF"))).to.equal(true);
  });

  it("sees one digit that differs", () => {
    expect(isSameCode(COMPILED, onChain("60011234aabbccddeefe"))).to.equal(false);
    expect(isSameCode(COMPILED, onChain("61011234aabbccddeeff"))).to.equal(false);
  });

  it("sees code that is longer, shorter, or not there", () => {
    expect(isSameCode(COMPILED, onChain("60011234aabbccddeeff00"))).to.equal(false);
    expect(isSameCode(COMPILED, onChain("60011234aabbccddee"))).to.equal(false);
    expect(isSameCode(COMPILED, "0x")).to.equal(false);
  });

  it("leaves out a library's own address, with which its code begins", () => {
    const library = (address: string): string => `73${address}30146080${"a1".repeat(3)}0003`;
    const compiled = { object: library("00".repeat(20)) };
    expect(isSameCode(compiled, `0x${library("c0".repeat(20))}`)).to.equal(true);
    expect(isSameCode({ object: `60${library("").slice(2)}` }, `0x${library("")}`)).to.equal(false);
  });
});
