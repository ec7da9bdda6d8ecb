/**
 * What to do about each open intent. One key sends everything, so intents are mined in the order of their nonces; whatever
 * killed a process or emptied a mempool, the stored attempts and the key's nonce on chain tell what became of each.
 */

/** What the chain says of an intent's attempts. */
export type Fate = "mined" | "reverted" | "pending" | "unknown";

export interface QueuedIntent {
  readonly id: number;
  /** Null: not signed yet. */
  readonly nonce: number | null;
  readonly signedAtBlock: bigint | null;
  readonly fate: Fate;
}

export interface QueueFacts {
  readonly intents: readonly QueuedIntent[];
  /** The sender's next nonce by the newest block. */
  readonly nextNonce: number;
  readonly block: bigint;
  /** At most this many unmined at once. */
  readonly window: number;
  /** Unmined for this many blocks is stuck. */
  readonly stuckAfterBlocks: bigint;
}

export type QueueStep =
  | { readonly step: "confirm"; readonly id: number }
  | { readonly step: "revert"; readonly id: number }
  /** Its nonce went to another transaction: it never ran, and never will. */
  | { readonly step: "drop"; readonly id: number }
  | { readonly step: "bump"; readonly id: number; readonly nonce: number }
  | { readonly step: "rebroadcast"; readonly id: number }
  | { readonly step: "sign"; readonly id: number; readonly nonce: number };

export function planQueue(facts: QueueFacts): QueueStep[] {
  const steps: QueueStep[] = [];
  const taken = new Set<number>();
  for (const { id, nonce, signedAtBlock, fate } of facts.intents) {
    if (nonce === null) continue;
    if (fate === "mined") steps.push({ step: "confirm", id });
    else if (fate === "reverted") steps.push({ step: "revert", id });
    else if (nonce < facts.nextNonce) steps.push({ step: "drop", id });
    else {
      taken.add(nonce);
      const waited = facts.block - (signedAtBlock ?? facts.block);
      // Only the first in line can be stuck: the others wait for it, whatever they offer.
      const isFirst = nonce === facts.nextNonce;
      if (isFirst && waited >= facts.stuckAfterBlocks) steps.push({ step: "bump", id, nonce });
      else if (fate === "unknown") steps.push({ step: "rebroadcast", id });
    }
  }
  let free = facts.nextNonce;
  for (const { id, nonce } of facts.intents) {
    if (nonce !== null || taken.size >= facts.window) continue;
    while (taken.has(free)) free++;
    taken.add(free);
    steps.push({ step: "sign", id, nonce: free });
  }
  return steps;
}
