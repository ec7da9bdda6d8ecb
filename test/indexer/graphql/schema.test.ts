import { expect } from "chai";
import { readFileSync } from "node:fs";
import { schemaText } from "../../../indexer/graphql/schema.ts";

const FILE = new URL("../../../indexer/graphql/schema.graphql", import.meta.url);

describe("the GraphQL schema", () => {
  it("is the one that is committed (write it anew with `tsx indexer/graphql/print-schema.ts`)", () => {
    expect(schemaText()).to.equal(readFileSync(FILE, "utf8"));
  });

  it("shows nothing of an opening before its reveal: no salt, no notes, no entries of versions", () => {
    const type = /type BallotVersion \{[^}]*\}/.exec(schemaText())?.[0] ?? "";
    expect(type)
      .to.contain("digest")
      .and.not.match(/\n {2}(entries|salt|notesHash)\b/);
    const filter = /input BallotVersionWhere \{[^}]*\}/.exec(schemaText())?.[0] ?? "";
    expect(filter)
      .to.contain("digest")
      .and.not.match(/\n {2}(entries|salt|notesHash)/);
  });
});
