/**
 * What a task is over: the manifest is public at once and bound by the terms; the annex says which models wrote the
 * outputs, is bound by its hash in the manifest, and stays hidden until the release.
 */
import { admittedBy } from "./admission.ts";
import type { AdmissionRule } from "./admission.ts";
import { canonicalBytes } from "./item.ts";
import type { ItemHashes } from "./item.ts";
import type { MerkleTree } from "./merkle-tree.ts";
import { admissionLeaf, buildMerkleTree } from "./merkle-tree.ts";
import type { AnnexModel, OutputReceiptJson } from "./receipt-json.ts";
import { sha256 } from "./sha256.ts";
import type { Hash } from "./words.ts";

export interface Manifest {
  readonly format: "scrutineer-manifest/1";
  readonly title: string;
  readonly itemCount: number;
  readonly itemsRoot: Hash;
  readonly items: readonly ItemHashes[];
  readonly admission: { readonly human: AdmissionRule; readonly ai: AdmissionRule };
  readonly guideline: { readonly version: string; readonly text: string };
  /** Judgments made elsewhere; served live to nobody. */
  readonly replay: boolean;
  /** How many items have two identical answers, and how many an empty one. */
  readonly identical: number;
  readonly empty: number;
  readonly annexHash: Hash;
}

export interface AnnexItem {
  readonly modelA: string;
  readonly modelB: string;
  readonly category: string;
  readonly language: string;
  readonly source: string;
  readonly identical: boolean;
  readonly empty: boolean;
  /** Who vouches for an output's origin; absent where nobody does. */
  readonly receiptA?: OutputReceiptJson;
  readonly receiptB?: OutputReceiptJson;
}

export interface Annex {
  readonly format: "scrutineer-annex/1";
  /** 32 random bytes: without them nobody guesses the models. */
  readonly salt: Hash;
  readonly items: readonly AnnexItem[];
  /** Of which the receipts speak; absent without receipts. */
  readonly models?: readonly AnnexModel[];
}

/** sha-256 of the canonical JSON: `terms.manifestHash`. */
export function manifestHash(manifest: Manifest): Hash {
  return sha256(canonicalBytes(manifest));
}

/** sha-256 of the canonical JSON: `manifest.annexHash`. */
export function annexHash(annex: Annex): Hash {
  return sha256(canonicalBytes(annex));
}

/** The tree over (index, validator) whose root the terms carry; undefined where the role is open. */
export function admissionTree(admission: AdmissionRule): MerkleTree | undefined {
  const validators = admittedBy(admission);
  return (
    validators &&
    buildMerkleTree(validators.map((validator, index) => admissionLeaf(index, validator)))
  );
}
