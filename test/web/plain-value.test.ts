import { expect } from "chai";
import { AbiCoder, Result } from "ethers";
import { plainValue } from "../../web/trace/plain-value.ts";

describe("a decoded argument as text", () => {
  it("names the fields of a struct and numbers the elements of a list", () => {
    const coder = AbiCoder.defaultAbiCoder();
    const type = "tuple(address validator, uint32[2] counts)[]";
    const decoded = coder.decode(
      [type],
      coder.encode([type], [[[`0x${"ab".repeat(20)}`, [1, 2]]]]),
    )[0] as unknown;
    expect(plainValue(decoded)).to.equal(
      "\n  [0] \n    validator: 0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB\n    counts: \n      [0] 1\n      [1] 2",
    );
  });

  it("shortens long bytes and long lists, and says so", () => {
    expect(plainValue(`0x${"00".repeat(300)}`)).to.match(/… \(300 bytes\)$/);
    expect(plainValue(Result.fromItems(Array.from({ length: 25 }, (_, i) => i)))).to.match(
      /… and 5 more$/,
    );
    expect(plainValue(Result.fromItems([]))).to.equal("(none)");
  });
});
