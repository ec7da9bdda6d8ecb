import { expect } from "chai";
import { isScrutineerError } from "../../protocol/errors.ts";
import { canonicalBytes } from "../../protocol/item.ts";
import { admissionLeaf, isInTree } from "../../protocol/merkle-tree.ts";
import { admissionTree } from "../../protocol/manifest.ts";
import { sha256 } from "../../protocol/sha256.ts";
import { checkManifest, placeIn } from "../../web/judging/manifest-check.ts";
import type { Terms } from "../../protocol/terms.ts";
import { ZERO_HASH } from "../../protocol/words.ts";

const address = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;
const rule = {
  rule: "settled",
  minimum: 2,
  block: 7,
  validators: [1, 2, 3].map(address),
} as const;

function made(human: unknown = rule, root = admissionTree(rule)!.root): [Uint8Array, Terms] {
  const bytes = canonicalBytes({
    format: "scrutineer-manifest/1",
    itemCount: 0,
    itemsRoot: ZERO_HASH,
    items: [],
    admission: { human, ai: { rule: "open" } },
  });
  const terms = {
    manifestHash: sha256(bytes),
    itemsRoot: ZERO_HASH,
    humanAdmissionRoot: root,
    aiAdmissionRoot: ZERO_HASH,
  };
  return [bytes, terms as Terms];
}

describe("The page's look at a manifest", () => {
  it("finds the list that the terms bind, and who is on it", () => {
    const checked = checkManifest(...made(), "Human");
    expect(checked.rule).to.deep.equal(rule);
    expect([1, 9].map((n) => checked.admitted(address(n)))).to.deep.equal([true, false]);
    expect(checkManifest(...made(), "Ai").admitted(address(9)), "open").to.equal(true);
  });

  const refused: [string, [Uint8Array, Terms]][] = [
    ["a list longer than the one bound", made({ ...rule, validators: [1, 2, 3, 4].map(address) })],
    ["a list where the terms are open", made(rule, ZERO_HASH)],
    ["no list where the terms bind one", made({ rule: "open" })],
    ["other bytes than the terms bind", [made()[0].slice(1), made()[1]]],
  ];
  for (const [what, [bytes, terms]] of refused) {
    it(`starts no work on ${what}`, () => {
      let error: unknown;
      try {
        checkManifest(bytes, terms, "Human");
      } catch (thrown) {
        error = thrown;
      }
      expect(isScrutineerError(error, "manifest-mismatch"), String(error)).to.equal(true);
    });
  }

  it("gives a place on the list with its proof, and none to whoever is not on it", () => {
    const { admissionIndex, admissionProof } = placeIn(rule, address(2));
    const leaf = admissionLeaf(admissionIndex, address(2));
    expect(isInTree(admissionTree(rule)!.root, leaf, admissionProof)).to.equal(true);
    expect(placeIn(rule, address(9))).to.deep.equal({ admissionIndex: 0, admissionProof: [] });
    expect(placeIn({ rule: "open" }, address(9))).to.deep.equal({
      admissionIndex: 0,
      admissionProof: [],
    });
  });
});
