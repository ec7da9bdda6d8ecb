import { expect } from "chai";
import { actionOf, isTypingIn, keyMap, keyOf } from "../../web/judging/keys.ts";
import { choices, presentedVerdictOf } from "../../web/judging/verdict.ts";

const plain = { ctrlKey: false, metaKey: false, altKey: false, repeat: false };

describe("judging by keyboard", () => {
  it("gives each of the seven choices a key of its own", () => {
    expect(choices.map(keyOf)).to.deep.equal(["1", "2", "3", "4", "5", "6", "0"]);
    expect(new Set(keyMap.map(({ key }) => key)).size).to.equal(keyMap.length);
  });

  it("sends left, right or tie on chain", () => {
    expect(choices.map(presentedVerdictOf)).to.deep.equal([0, 0, 2, 1, 1, 2, 2]);
  });

  it("reads letters in either case", () => {
    expect(actionOf({ ...plain, key: "U" }, false)).to.deep.equal({ kind: "undo" });
    expect(actionOf({ ...plain, key: "?" }, false)).to.deep.equal({ kind: "help" });
  });

  it("ignores keys while somebody types, shortcuts of the browser, and a key held down", () => {
    expect(actionOf({ ...plain, key: "1" }, true)).to.equal(undefined);
    expect(actionOf({ ...plain, key: "r", ctrlKey: true }, false)).to.equal(undefined);
    expect(actionOf({ ...plain, key: "l", metaKey: true }, false)).to.equal(undefined);
    expect(actionOf({ ...plain, key: "1", repeat: true }, false)).to.equal(undefined);
    expect(actionOf({ ...plain, key: "Enter" }, false)).to.equal(undefined);
  });

  it("knows where people type", () => {
    expect(isTypingIn(null)).to.equal(false);
    expect(isTypingIn({ tagName: "BUTTON" })).to.equal(false);
    expect(isTypingIn({ tagName: "INPUT", type: "checkbox" })).to.equal(false);
    expect(isTypingIn({ tagName: "input", type: "text" })).to.equal(true);
    expect(isTypingIn({ tagName: "TEXTAREA" })).to.equal(true);
    expect(isTypingIn({ tagName: "DIV", isContentEditable: true })).to.equal(true);
  });
});
