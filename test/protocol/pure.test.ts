import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";

const folder = new URL("../../protocol/", import.meta.url);

describe("protocol/", () => {
  const impure: [string, RegExp][] = [
    [
      "imports no part of Node, so that it runs in a browser",
      /from "node:|import\("node:|\bBuffer\b/,
    ],
    ["reads no clock", /\bDate\b|performance\.now/],
    ["draws no random number", /Math\.random|getRandomValues|randomBytes/],
    ["reads no environment and does no I/O", /process\.|\bfetch\(|console\./],
  ];
  impure.forEach(([promise, pattern]) => {
    it(promise, () => {
      const guilty = readdirSync(folder).filter((name) => {
        const code = readFileSync(new URL(name, folder), "utf8").replace(
          /\/\*[^]*?\*\/|\/\/.*$/gm,
          "",
        );
        return pattern.test(code);
      });
      expect(guilty).to.deep.equal([]);
    });
  });
});
