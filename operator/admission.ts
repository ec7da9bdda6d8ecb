/** Proofs of places in admission lists, rebuilt from the manifest's list; trees are kept while they are in use. */
import { ScrutineerError } from "../protocol/errors.ts";
import { admissionTree, type Manifest } from "../protocol/manifest.ts";
import type { MerkleTree } from "../protocol/merkle-tree.ts";
import { ZERO_HASH, type Hash, type Role } from "../protocol/words.ts";
import type { Blobs } from "../store/blobs.ts";

export interface AdmittingTask {
  readonly taskId: Hash;
  readonly manifestHash: Hash;
  readonly humanAdmissionRoot: Hash;
  readonly aiAdmissionRoot: Hash;
}

export interface Admissions {
  proof(task: AdmittingTask, role: Role, index: number): Promise<readonly Hash[]>;
}

const TREES_KEPT = 16;

export function createAdmissions(blobs: Pick<Blobs, "get">): Admissions {
  const trees = new Map<string, MerkleTree>();

  async function treeOf(task: AdmittingTask, role: Role, root: Hash): Promise<MerkleTree> {
    const key = `${task.taskId}:${role}`;
    const kept = trees.get(key);
    if (kept !== undefined) return kept;
    const bytes = await blobs.get(task.manifestHash);
    if (bytes === undefined) {
      throw new ScrutineerError("manifest-unknown", "its admission list is not here", {
        taskId: task.taskId,
      });
    }
    // The bytes are what `manifestHash` binds, so whoever wrote them, they are the task's.
    const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
    const tree = admissionTree(role === "Human" ? manifest.admission.human : manifest.admission.ai);
    if (tree?.root !== root) {
      throw new ScrutineerError(
        "manifest-mismatch",
        "its admission list is not the one of the terms",
        {
          taskId: task.taskId,
        },
      );
    }
    if (trees.size >= TREES_KEPT) trees.clear();
    trees.set(key, tree);
    return tree;
  }

  return {
    async proof(task, role, index) {
      const root = role === "Human" ? task.humanAdmissionRoot : task.aiAdmissionRoot;
      return root === ZERO_HASH ? [] : (await treeOf(task, role, root)).proofOf(index);
    },
  };
}
