/**
 * Merkle trees any library checks: the layout of OpenZeppelin's StandardMerkleTree. Leaves are hashed twice (so no inner
 * node passes for one) and sorted by hash; an inner node hashes its two children in sorted order. The tree is one array,
 * root first, as in a binary heap.
 */
import { ScrutineerError } from "./errors.ts";
import { bytesToHex, compareBytes, encodeWords, hexToBytes } from "./hex.ts";
import { keccak256Bytes } from "./keccak.ts";
import type { Address, Hash } from "./words.ts";

export interface MerkleTree {
  readonly root: Hash;
  readonly leafCount: number;
  /** Siblings from leaf to root, for the leaf at this place in the list the tree was built from. */
  proofOf(index: number): Hash[];
}

/** The tree over abi-encoded leaves. At least one; the same leaf twice is allowed. */
export function buildMerkleTree(leaves: readonly Uint8Array[]): MerkleTree {
  if (leaves.length === 0) throw new ScrutineerError("tree-empty", "a tree needs a leaf");
  const sorted = leaves
    .map((leaf, index) => ({ hash: hashLeaf(leaf), index }))
    .sort((a, b) => compareBytes(a.hash, b.hash));

  const nodes = new Array<Uint8Array>(2 * leaves.length - 1);
  const placeOf = new Array<number>(leaves.length);
  sorted.forEach(({ hash, index }, rank) => {
    const place = nodes.length - 1 - rank;
    nodes[place] = hash;
    placeOf[index] = place;
  });
  const pair = new Uint8Array(64);
  for (let place = leaves.length - 2; place >= 0; place--) {
    nodes[place] = hashPair(
      nodes[leftOf(place)] as Uint8Array,
      nodes[rightOf(place)] as Uint8Array,
      pair,
    );
  }

  return {
    root: bytesToHex(nodes[0] as Uint8Array),
    leafCount: leaves.length,
    proofOf(index) {
      let place = placeOf[index];
      if (place === undefined) {
        throw new ScrutineerError("invalid-input", `the tree has no leaf ${index}`, { index });
      }
      const proof: Hash[] = [];
      while (place > 0) {
        proof.push(bytesToHex(nodes[siblingOf(place)] as Uint8Array));
        place = parentOf(place);
      }
      return proof;
    },
  };
}

/** Whether the proof leads from this abi-encoded leaf to the root. */
export function isInTree(root: Hash, leaf: Uint8Array, proof: readonly Hash[]): boolean {
  const pair = new Uint8Array(64);
  let node = hashLeaf(leaf);
  for (const sibling of proof) {
    if (!/^0x[0-9a-fA-F]{64}$/.test(sibling)) return false;
    node = hashPair(node, hexToBytes(sibling), pair);
  }
  return bytesToHex(node) === root.toLowerCase();
}

/** abi.encode(uint256 itemIndex, bytes32 promptHash, bytes32 outputAHash, bytes32 outputBHash) */
export function itemLeaf(
  itemIndex: number,
  hashes: { readonly prompt: Hash; readonly outputA: Hash; readonly outputB: Hash },
): Uint8Array {
  return encodeWords(itemIndex, hashes.prompt, hashes.outputA, hashes.outputB);
}

/** abi.encode(uint256 index, address validator) */
export function admissionLeaf(index: number, validator: Address): Uint8Array {
  return encodeWords(index, validator);
}

/** abi.encode(bytes32): a ballot's digest in an anchor's tree, a row's hash in a release's. */
export function hashLeafOf(hash: Hash): Uint8Array {
  return encodeWords(hash);
}

export function hashLeaf(leaf: Uint8Array): Uint8Array {
  return keccak256Bytes(keccak256Bytes(leaf));
}

function hashPair(a: Uint8Array, b: Uint8Array, pair: Uint8Array): Uint8Array {
  const inOrder = compareBytes(a, b) < 0;
  pair.set(inOrder ? a : b, 0);
  pair.set(inOrder ? b : a, 32);
  return keccak256Bytes(pair);
}

const leftOf = (place: number): number => 2 * place + 1;
const rightOf = (place: number): number => 2 * place + 2;
const parentOf = (place: number): number => (place - 1) >> 1;
const siblingOf = (place: number): number => (place % 2 === 1 ? place + 1 : place - 1);
