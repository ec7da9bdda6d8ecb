import { createHash } from "node:crypto";
import { expect } from "chai";
import type { Content, Message } from "../../protocol/item.ts";
import {
  canonicalJson,
  contentBytes,
  contentHash,
  isEmpty,
  isIdentical,
  splitConversations,
} from "../../protocol/item.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import { annexHash, manifestHash } from "../../protocol/manifest.ts";
import { notesHash } from "../../protocol/notes.ts";
import { sha256, sha256Bytes, sha256Text } from "../../protocol/sha256.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import { readVectors } from "../vectors/read-vectors.ts";

const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string): Message => ({ role: "assistant", content });

describe("an item's content", () => {
  readVectors<{ content: Content; canonical: string; sha256: string }[]>("items").forEach(
    (vector) => {
      it(`has the golden bytes and hash: ${JSON.stringify(vector.content.messages[0]?.content)}`, () => {
        expect(new TextDecoder().decode(contentBytes(vector.content))).to.equal(vector.canonical);
        expect(contentHash(vector.content)).to.equal(vector.sha256);
      });
    },
  );

  it("is hashed over its two fields alone, whatever else the object carries", () => {
    const content = { salt: ZERO_HASH, messages: [user("hi")] };
    const more = {
      note: "not hashed",
      messages: [{ name: "not hashed", content: "hi", role: "user" }],
      salt: ZERO_HASH,
    };
    expect(contentHash(more)).to.equal(contentHash(content));
  });

  it("follows RFC 8785: keys by UTF-16, numbers as ECMAScript writes them", () => {
    // The sorting example of RFC 8785, section 3.2.3, and numbers of its appendix B.
    const keys = {
      "\u20ac": 1,
      "\r": 2,
      "\ufb33": 3,
      "1": 4,
      "\u{1f600}": 5,
      "\u0080": 6,
      "\u00f6": 7,
    };
    expect(canonicalJson(keys)).to.equal(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}',
    );
    expect(canonicalJson([333333333.33333329, 1e30, 4.5, 2e-3, 1e-27, -0])).to.equal(
      "[333333333.3333333,1e+30,4.5,0.002,1e-27,0]",
    );
  });

  it("refuses what JSON cannot say", () => {
    for (const value of ["\ud800", NaN, undefined]) {
      expect(() => canonicalJson(value))
        .to.throw()
        .with.property("code", "content-invalid");
    }
  });
});

describe("two conversations", () => {
  it("split at the last message where all before is shared", () => {
    const shared = [user("1"), assistant("2"), user("3")];
    expect(
      splitConversations([...shared, assistant("a")], [...shared, assistant("b")]),
    ).to.deep.equal({ prompt: shared, outputA: [assistant("a")], outputB: [assistant("b")] });
  });

  it("split after the common beginning where earlier turns differ", () => {
    const a = [user("1"), assistant("2a"), user("3"), assistant("4a")];
    const b = [user("1"), assistant("2b"), user("3"), assistant("4b")];
    expect(splitConversations(a, b)).to.deep.equal({
      prompt: [user("1")],
      outputA: a.slice(1),
      outputB: b.slice(1),
    });
  });

  it("keep each side an answer, even where all is the same", () => {
    const same = [user("1"), assistant("2")];
    expect(splitConversations(same, same)).to.deep.equal({
      prompt: [user("1")],
      outputA: [assistant("2")],
      outputB: [assistant("2")],
    });
  });

  it("are refused without a shared prompt", () => {
    for (const [a, b] of [
      [
        [user("1"), assistant("2")],
        [user("x"), assistant("2")],
      ],
      [[assistant("2")], [assistant("2")]],
      [[], []],
    ] as [Message[], Message[]][]) {
      expect(() => splitConversations(a, b))
        .to.throw()
        .with.property("code", "content-invalid");
    }
  });

  it("are identical or empty by their last message", () => {
    const long = [assistant("x"), user("y"), assistant("same")];
    expect(isIdentical(long, [assistant("same")])).to.equal(true);
    expect(isIdentical(long, [assistant("Same")])).to.equal(false);
    expect(isEmpty(long, [assistant(" \n")])).to.equal(true);
    expect(isEmpty(long, [])).to.equal(true);
    expect(isEmpty(long, long)).to.equal(false);
  });
});

describe("manifest, annex and notes", () => {
  it("are hashed as canonical JSON, whatever the order of keys", () => {
    const manifest: Manifest = {
      format: "scrutineer-manifest/1",
      title: "t",
      itemCount: 0,
      itemsRoot: ZERO_HASH,
      items: [],
      admission: { human: { rule: "open" }, ai: { rule: "open" } },
      guideline: { version: "1", text: "" },
      replay: false,
      identical: 0,
      empty: 0,
      annexHash: ZERO_HASH,
    };
    const reversed = Object.fromEntries(Object.entries(manifest).reverse()) as unknown as Manifest;
    expect(manifestHash(reversed)).to.equal(manifestHash(manifest));
    const text = `{"format":"scrutineer-annex/1","items":[],"salt":"${ZERO_HASH}"}`;
    expect(annexHash({ salt: ZERO_HASH, items: [], format: "scrutineer-annex/1" })).to.equal(
      sha256Text(text),
    );
    expect(notesHash(undefined)).to.equal(ZERO_HASH);
    expect(notesHash({ salt: ZERO_HASH, notes: [{ itemIndex: 1 }] })).to.equal(
      sha256Text(`{"notes":[{"itemIndex":1}],"salt":"${ZERO_HASH}"}`),
    );
  });

  it("rest on the SHA-256 everybody has", () => {
    const bytes = new Uint8Array(1_000_003).fill(7);
    const theirs = createHash("sha256").update(bytes).digest("hex");
    expect(sha256(bytes)).to.equal(`0x${theirs}`);
    expect(Buffer.from(sha256Bytes(bytes)).toString("hex")).to.equal(theirs);
  });
});
