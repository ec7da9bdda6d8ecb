import { expect } from "chai";
import {
  countTokens,
  formatDuration,
  formatPercent,
  formatPpm,
  formatShare,
  formatTokens,
  formatTokensExactly,
  shorten,
} from "../../web/data/format.ts";

const token = 10n ** 18n;

describe("figures on the page", () => {
  it("shows tokens with four decimals at most and never rounds up", () => {
    expect(formatTokens(0n, 18)).to.equal("0");
    expect(formatTokens(100n * token, 18)).to.equal("100");
    expect(formatTokens(1_234_567n * token, 18)).to.equal("1\u202f234\u202f567");
    expect(formatTokens((token * 19_999n) / 10_000n + 99n, 18)).to.equal("1.9999");
    expect(formatTokens(1n, 18)).to.equal("< 0.0001");
    expect(formatTokens(-token / 2n, 18)).to.equal("−0.5");
    expect(formatTokensExactly(token + 1n, 18)).to.equal("1.000000000000000001");
  });

  it("shows a token with six decimals, or none, by its own", () => {
    expect(formatTokens(1_234_567n, 6)).to.equal("1.2345");
    expect(formatTokens(12n, 6)).to.equal("< 0.0001");
    expect(formatTokensExactly(1_000_001n, 6)).to.equal("1.000001");
    expect(formatTokens(7n, 0)).to.equal("7");
    expect([countTokens(1_000_000n, 6), countTokens(token, 6)]).to.deep.equal([
      "1 token",
      "1\u202f000\u202f000\u202f000\u202f000 tokens",
    ]);
  });

  it("shows scores and shares", () => {
    expect(formatPpm(322_103)).to.equal("0.322");
    expect(formatPpm(-50_000)).to.equal("−0.050");
    expect(formatPercent(500_000)).to.equal("50 %");
    expect(formatPercent(-12_345)).to.equal("−1.2 %");
    expect(formatShare(1, 3)).to.equal(33);
    expect(formatShare(0, 0)).to.equal(0);
  });

  it("shows durations in two figures", () => {
    expect(formatDuration(0)).to.equal("0 s");
    expect(formatDuration(59)).to.equal("59 s");
    expect(formatDuration(125)).to.equal("2 min 5 s");
    expect(formatDuration(7_200)).to.equal("2 h");
    expect(formatDuration(90_061)).to.equal("1 d 1 h");
  });

  it("shortens what is long and nothing else", () => {
    expect(shorten("0x1234567890abcdef1234")).to.equal("0x1234…1234");
    expect(shorten("0x12345678")).to.equal("0x12345678");
  });
});
