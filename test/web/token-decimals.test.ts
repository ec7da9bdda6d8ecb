import { expect } from "chai";
import type { ContractRunner } from "ethers";
import { readDecimals } from "../../web/chain/token-decimals.ts";

const token = `0x${"11".repeat(20)}`;
const node = (call: () => Promise<string>): ContractRunner => ({ provider: null, call });

describe("the token's decimals", () => {
  it("are what the token says", async () => {
    const answer = `0x${"06".padStart(64, "0")}`;
    expect(
      await readDecimals(
        token,
        node(() => Promise.resolve(answer)),
      ),
    ).to.equal(6);
  });

  it("are none where the token does not say", async () => {
    expect(
      await readDecimals(
        token,
        node(() => Promise.resolve("0x")),
      ),
    ).to.equal(0);
  });

  it("are not guessed where the node does not answer", async () => {
    const away = node(() => Promise.reject(new Error("no answer")));
    const error = await readDecimals(token, away).catch((thrown: unknown) => thrown);
    expect(String(error)).to.include("no answer");
  });
});
