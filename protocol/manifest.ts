/**
 * What a task is over: the manifest is public at once and bound by the terms; the annex says which models wrote the
 * outputs, is bound by its hash in the manifest, and stays hidden until the release.
 */
import { canonicalBytes } from "./item.ts";
import type { ItemHashes } from "./item.ts";
import type { MerkleTree } from "./merkle-tree.ts";
import { admissionLeaf, buildMerkleTree } from "./merkle-tree.ts";
import { sha256 } from "./sha256.ts";
import type { Address, Hash } from "./words.ts";

/** How a role's admission list was drawn up; `list`: these addresses, index by place. */
export type AdmissionRule =
  { readonly rule: "open" } | { readonly rule: "list"; readonly validators: readonly Address[] };

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
}

export interface Annex {
  readonly format: "scrutineer-annex/1";
  /** 32 random bytes: without them nobody guesses the models. */
  readonly salt: Hash;
  readonly items: readonly AnnexItem[];
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
  if (admission.rule === "open") return undefined;
  return buildMerkleTree(
    admission.validators.map((validator, index) => admissionLeaf(index, validator)),
  );
}
