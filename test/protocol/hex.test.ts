import { expect } from "chai";
import { AbiCoder, getBytes, hexlify, keccak256 as ethersKeccak } from "ethers";
import fc from "fast-check";
import {
  bytesToHex,
  compareBytes,
  concatBytes,
  encodeWords,
  hexToBytes,
} from "../../protocol/hex.ts";
import { keccak256, keccak256Bytes, keccak256Hex } from "../../protocol/keccak.ts";
import { toAddress, toHash } from "../../protocol/words.ts";

describe("bytes and text", () => {
  it("agree with ethers, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(bytesToHex(bytes)).to.equal(hexlify(bytes));
        expect(hexToBytes(hexlify(bytes))).to.deep.equal(getBytes(hexlify(bytes)));
        expect(keccak256(bytes)).to.equal(ethersKeccak(bytes));
        expect(bytesToHex(keccak256Bytes(bytes))).to.equal(ethersKeccak(bytes));
        expect(keccak256Hex(hexlify(bytes))).to.equal(ethersKeccak(bytes));
      }),
    );
  });

  it("are packed into words as abi.encode packs them", () => {
    const address = `0x${"ab".repeat(20)}`;
    const hash = `0x${"cd".repeat(32)}`;
    expect(bytesToHex(encodeWords(address, hash, 2n ** 256n - 1n, 4095, true))).to.equal(
      AbiCoder.defaultAbiCoder().encode(
        ["address", "bytes32", "uint256", "uint16", "bool"],
        [address, hash, 2n ** 256n - 1n, 4095, true],
      ),
    );
  });

  it("are refused where they are none", () => {
    for (const text of ["", "0", "0x0", "0xzz", "00ff", "0x0g"]) {
      expect(() => hexToBytes(text))
        .to.throw()
        .with.property("code", "invalid-hex");
    }
    expect(() => encodeWords("0x1234"))
      .to.throw()
      .with.property("code", "invalid-hex");
    expect(() => encodeWords(2n ** 256n))
      .to.throw()
      .with.property("code", "invalid-amount");
    expect(() => encodeWords(-1n))
      .to.throw()
      .with.property("code", "invalid-amount");
  });

  it("compare and join", () => {
    const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
    expect(compareBytes(bytes(1, 2), bytes(1, 3))).to.be.below(0);
    expect(compareBytes(bytes(2), bytes(1, 3))).to.be.above(0);
    expect(compareBytes(bytes(1, 3), bytes(1, 3))).to.equal(0);
    expect(compareBytes(bytes(1), bytes(1, 0))).to.be.below(0);
    expect(concatBytes(bytes(1), bytes(), bytes(2, 3))).to.deep.equal(bytes(1, 2, 3));
  });

  it("are addresses and hashes of one case, or refused", () => {
    expect(toAddress(`0x${"aB".repeat(20)}`)).to.equal(`0x${"ab".repeat(20)}`);
    expect(toHash(`0x${"aB".repeat(32)}`)).to.equal(`0x${"ab".repeat(32)}`);
    expect(() => toAddress("0x12"))
      .to.throw()
      .with.property("code", "invalid-address");
    expect(() => toHash(`0x${"ab".repeat(20)}`))
      .to.throw()
      .with.property("code", "invalid-hash");
  });
});
