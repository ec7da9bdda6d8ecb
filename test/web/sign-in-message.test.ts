import { expect } from "chai";
import { SiweMessage } from "siwe";
import { signInMessage } from "../../web/account/sign-in-message.ts";

describe("the sign-in message", () => {
  it("is read back by the siwe package field by field", () => {
    const text = signInMessage({
      domain: "127.0.0.1:4000",
      uri: "http://127.0.0.1:4000",
      address: "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
      chainId: 31337n,
      nonce: "abcdefgh12345678",
      issuedAt: new Date("2026-03-01T12:00:00.000Z"),
    });
    const read = new SiweMessage(text);
    expect(read.domain).to.equal("127.0.0.1:4000");
    expect(read.address).to.equal("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    expect(read.chainId).to.equal(31337);
    expect(read.nonce).to.equal("abcdefgh12345678");
    expect(read.prepareMessage()).to.equal(text);
  });
});
