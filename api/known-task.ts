/** What intake keeps in memory of a task; services/know-task.ts reads it. */
import type { Manifest } from "../protocol/manifest.ts";
import type { MerkleTree } from "../protocol/merkle-tree.ts";
import type { Draw } from "../protocol/pool.ts";
import type { Terms } from "../protocol/terms.ts";
import type { Address, Hash, Role } from "../protocol/words.ts";

export interface KnownTask {
  readonly taskId: Hash;
  readonly terms: Terms;
  readonly replay: boolean;
  readonly snapshotBlock: bigint;
  /** Undefined until the task is opened. */
  readonly draw: { readonly seed: Hash; readonly human: Draw; readonly ai: Draw } | undefined;
  /** Seats looked up so far; fixed by snapshot and seed. */
  readonly seats: Map<Address, Seat>;
  /** Read at the first need; undefined while this service does not have it. */
  manifest: KnownManifest | undefined;
}

export interface Seat {
  readonly role: Role;
  readonly draw: Draw;
  /** Place in the admission list; 0 where the role is open. */
  readonly admissionIndex: number;
}

export interface KnownManifest {
  readonly manifest: Manifest;
  readonly itemsTree: MerkleTree;
  /** Place of each admitted validator; undefined where the role is open. */
  readonly admitted: { readonly [role in Role]: ReadonlyMap<Address, number> | undefined };
}
