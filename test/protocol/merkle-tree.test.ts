import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { AbiCoder, id } from "ethers";
import { hexToBytes } from "../../protocol/hex.ts";
import { itemsTree } from "../../protocol/item.ts";
import { admissionTree } from "../../protocol/manifest.ts";
import type { MerkleTree } from "../../protocol/merkle-tree.ts";
import {
  admissionLeaf,
  buildMerkleTree,
  hashLeafOf,
  isInTree,
  itemLeaf,
} from "../../protocol/merkle-tree.ts";
import { readVectors } from "../vectors/read-vectors.ts";

interface TreeVector {
  types: string[];
  rows: (string | number)[][];
  root: string;
  proofs: string[][];
}
const vectors = readVectors<Record<"items" | "admission" | "anchors", TreeVector[]>>("trees");

const encode = (types: string[], row: (string | number)[]): Uint8Array =>
  hexToBytes(AbiCoder.defaultAbiCoder().encode(types, row));

describe("a Merkle tree", () => {
  for (const [kind, trees] of Object.entries(vectors)) {
    trees.forEach(({ types, rows, root, proofs }) => {
      it(`of ${rows.length} ${kind} has the golden root and proofs`, () => {
        const leaves = rows.map((row) => encode(types, row));
        const tree = buildMerkleTree(leaves);
        expect(tree.root).to.equal(root);
        expect(tree.leafCount).to.equal(rows.length);
        leaves.forEach((leaf, i) => {
          expect(tree.proofOf(i)).to.deep.equal(proofs[i]);
          expect(isInTree(root, leaf, tree.proofOf(i))).to.equal(true);
        });
      });
    });
  }

  it("packs its three kinds of leaves as abi.encode does", () => {
    const hash = (name: string): string => id(name);
    const address = `0x${"ab".repeat(20)}`;
    const hashes = { prompt: hash("p"), outputA: hash("a"), outputB: hash("b") };
    expect(itemLeaf(4095, hashes)).to.deep.equal(
      encode(
        ["uint256", "bytes32", "bytes32", "bytes32"],
        [4095, hashes.prompt, hashes.outputA, hashes.outputB],
      ),
    );
    expect(admissionLeaf(7, address)).to.deep.equal(encode(["uint256", "address"], [7, address]));
    expect(hashLeafOf(hash("d"))).to.deep.equal(encode(["bytes32"], [hash("d")]));
  });

  it("is OpenZeppelin's for every size to 40 and for 4,096", () => {
    for (const size of [...Array.from({ length: 40 }, (_, i) => i + 1), 4096]) {
      const rows = Array.from({ length: size }, (_, i) => [id(`leaf ${i}`)]);
      const theirs = StandardMerkleTree.of(rows, ["bytes32"]);
      const ours = buildMerkleTree(rows.map(([hash]) => hashLeafOf(hash as string)));
      expect(ours.root).to.equal(theirs.root);
      for (const i of [0, size >> 1, size - 1]) {
        expect(ours.proofOf(i)).to.deep.equal(theirs.getProof(i));
      }
    }
  });

  it("refuses no leaves, a leaf it has not, a proof of something else", () => {
    expect(() => buildMerkleTree([]))
      .to.throw()
      .with.property("code", "tree-empty");
    const leaves = ["a", "b", "c"].map((name) => hashLeafOf(id(name)));
    const tree: MerkleTree = buildMerkleTree(leaves);
    expect(() => tree.proofOf(3))
      .to.throw()
      .with.property("code", "invalid-input");
    const [a, b] = leaves as [Uint8Array, Uint8Array];
    expect(isInTree(tree.root, b, tree.proofOf(0))).to.equal(false);
    expect(isInTree(tree.root, a, tree.proofOf(0).slice(1))).to.equal(false);
    expect(isInTree(tree.root, a, ["0x12"])).to.equal(false);
  });

  it("stands behind items and admission lists", () => {
    const [, , items] = vectors.items as [TreeVector, TreeVector, TreeVector];
    const hashes = items.rows.map(([, prompt, outputA, outputB]) => ({
      prompt: prompt as string,
      outputA: outputA as string,
      outputB: outputB as string,
    }));
    expect(itemsTree(hashes).root).to.equal(items.root);
    const [admission] = vectors.admission as [TreeVector];
    const validators = admission.rows.map(([, validator]) => validator as string);
    expect(admissionTree({ rule: "list", validators })?.root).to.equal(admission.root);
    expect(admissionTree({ rule: "open" })).to.equal(undefined);
  });
});
