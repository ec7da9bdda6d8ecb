/** Nothing is shown that the task's items root does not vouch for: content hashes first, then the Merkle proof. */
import { ScrutineerError } from "../../protocol/errors.ts";
import { contentHash } from "../../protocol/item.ts";
import { isInTree, itemLeaf } from "../../protocol/merkle-tree.ts";
import type { Hash } from "../../protocol/words.ts";
import type { Lease, Message } from "../data/schemas.ts";

type LeasedItem = Lease["item"];

/** Throws what does not hold: `content-mismatch` or `proof-invalid`. */
export function checkItem(item: LeasedItem, leasedIndex: number, itemsRoot: Hash): void {
  if (item.itemIndex !== leasedIndex) {
    throw new ScrutineerError(
      "content-mismatch",
      `The server leased item ${leasedIndex} and sent item ${item.itemIndex}.`,
    );
  }
  for (const part of ["prompt", "outputA", "outputB"] as const) {
    if (contentHash(item[part]) !== item[`${part}Hash`]) {
      throw new ScrutineerError(
        "content-mismatch",
        `The ${part} of item ${item.itemIndex} is not the text that was agreed.`,
        { itemIndex: item.itemIndex, part },
      );
    }
  }
  const leaf = itemLeaf(item.itemIndex, {
    prompt: item.promptHash,
    outputA: item.outputAHash,
    outputB: item.outputBHash,
  });
  if (!isInTree(itemsRoot, leaf, item.proof)) {
    throw new ScrutineerError(
      "proof-invalid",
      `Item ${item.itemIndex} is not among the items this task was created with.`,
      { itemIndex: item.itemIndex },
    );
  }
}

export interface ShownItem {
  readonly itemIndex: number;
  readonly prompt: readonly Message[];
  readonly left: readonly Message[];
  readonly right: readonly Message[];
}

/** The ticket's flip puts output B on the left. */
export function presentItem(item: LeasedItem, flip: boolean): ShownItem {
  const [left, right] = flip ? [item.outputB, item.outputA] : [item.outputA, item.outputB];
  return {
    itemIndex: item.itemIndex,
    prompt: item.prompt.messages,
    left: left.messages,
    right: right.messages,
  };
}
