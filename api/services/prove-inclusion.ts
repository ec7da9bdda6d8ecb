/** That a ballot stood among those anchored: the proof from its digest to a root on chain. */
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { buildMerkleTree, hashLeafOf } from "../../protocol/merkle-tree.ts";
import type { MerkleTree } from "../../protocol/merkle-tree.ts";
import type { Hash } from "../../protocol/words.ts";
import { findBallotVersion } from "../../store/submissions/ballots.ts";
import { findAnchorOf, listAnchorLeaves } from "../../store/submissions/tasks.ts";
import type { InclusionProofJson } from "../schemas/ballots.ts";

export interface Inclusion {
  readonly root: Hash;
  readonly proof: readonly Hash[];
  /** The Anchored event; undefined while its transaction is under way. */
  readonly fact: { readonly tx: Hash; readonly at: bigint } | undefined;
}

/** Undefined while no anchor was planned for this ballot. */
export async function findInclusion(api: Api, digest: Hash): Promise<Inclusion | undefined> {
  const anchor = await findAnchorOf(api.deps.db, digest);
  if (anchor === undefined) return undefined;
  const tree = await treeOf(api, anchor.treeId, anchor.root);
  return { root: anchor.root, proof: tree.proofOf(anchor.position), fact: anchor.fact };
}

/** Refuses with `anchor-pending` until the root is on chain. */
export async function proveInclusion(api: Api, digest: Hash): Promise<InclusionProofJson> {
  const inclusion = await findInclusion(api, digest);
  if (inclusion?.fact !== undefined) {
    const { root, proof, fact } = inclusion;
    return { root, proof: [...proof], leaf: digest, anchorTx: fact.tx };
  }
  if ((await findBallotVersion(api.deps.db, digest)) === undefined) {
    throw new ScrutineerError("ballot-unknown", `no ballot ${digest}`, { digest });
  }
  const { anchorSeconds } = api.deps.publicConfig;
  throw new ScrutineerError("anchor-pending", "the next anchor is not on chain yet; ask again", {
    digest,
    anchorSeconds,
  });
}

async function treeOf(api: Api, treeId: number, root: Hash): Promise<MerkleTree> {
  const kept = api.anchorTrees.get(treeId);
  if (kept?.root === root) return kept;
  const leaves = await listAnchorLeaves(api.deps.db, treeId);
  const tree = buildMerkleTree(leaves.map(hashLeafOf));
  api.anchorTrees.set(treeId, tree);
  return tree;
}
