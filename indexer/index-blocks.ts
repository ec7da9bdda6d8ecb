/** Fetched blocks into the store: events, changes, checkpoint, in one transaction. */
import { ScrutineerError } from "../protocol/errors.ts";
import type { Hash } from "../protocol/words.ts";
import {
  loadStates,
  lockCheckpoint,
  writeBatch,
  type BlockHeader,
  type Held,
} from "../store/chain-writes.ts";
import type { Database } from "../store/database.ts";
import type { ChainHeader } from "./chain-source.ts";
import { decodeLog, type Contracts } from "./decode-log.ts";
import type { FetchedBlock } from "./fetch-blocks.ts";
import { keysOf, WorkingSet } from "./working-set.ts";

export interface IndexedBatch {
  readonly blocks: readonly FetchedBlock[];
  /** What the checkpoint must be, or somebody else is writing too. */
  readonly after: Hash;
  readonly chainHead: bigint;
  /** Of the token at the end of the last block, where known. */
  readonly held: Held | undefined;
  /** Blocks below this are beyond any reorg: no undo is kept for them. */
  readonly finalBelow: bigint;
}

/** Returns how many events there were. Throws `not-leader` where the checkpoint is not the expected one. */
export async function indexBlocks(
  db: Database,
  contracts: Contracts,
  batch: IndexedBatch,
): Promise<number> {
  const events = batch.blocks.flatMap(({ header, logs }) =>
    logs.flatMap((log) => decodeLog(contracts, header, log) ?? []),
  );
  await db.transaction(async (tx) => {
    const checkpoint = await lockCheckpoint(tx);
    if (checkpoint?.blockHash !== batch.after) {
      throw new ScrutineerError("not-leader", "another indexer has moved the checkpoint", {});
    }
    const present = new WorkingSet(await loadStates(tx, keysOf(events)), contracts.commons);
    for (const event of events) present.apply(event);
    await writeBatch(tx, {
      facts: present.facts,
      states: present.states,
      undo: present.undo.filter((entry) => entry.blockNumber >= batch.finalBelow),
      headers: batch.blocks.map(({ header }) => withoutBloom(header)),
      chainHead: batch.chainHead,
      held: batch.held,
      pruneBelow: batch.finalBelow,
    });
  });
  return events.length;
}

/** What is kept of a header. */
export function withoutBloom({ number, hash, parentHash, timestamp }: ChainHeader): BlockHeader {
  return { number, hash, parentHash, timestamp };
}
