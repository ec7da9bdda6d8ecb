import { readFileSync } from "node:fs";

import { expect } from "chai";

import type { ErrorCode } from "../../protocol/errors.ts";
import { errorCodes, refusalOf } from "../../protocol/errors.ts";

describe("docs/errors.md", () => {
  const text = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const rows = [
    ...text.matchAll(/^\| `([a-z0-9-]+)` \| (\d+) \| `([A-Z_]+)` \| (\d) \| (.+) \|$/gm),
  ];

  it("lists every code once, with its HTTP status, GraphQL code and exit status", () => {
    const said = rows.map(([, code, http, graphql, exit]) => [
      code,
      Number(http),
      graphql,
      Number(exit),
    ]);
    const meant = errorCodes.map((code: ErrorCode) => {
      const { http, graphql, exit } = refusalOf(code);
      return [code, http, graphql, exit];
    });
    expect(said).to.deep.equal(meant);
  });
});
