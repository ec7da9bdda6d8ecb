/** What a request carries: the store, the time, and one batch of look-ups a tick, so that no list asks row by row. */
import DataLoader from "dataloader";
import { findCheckpoint } from "../../store/chain-writes.ts";
import type { Database } from "../../store/database.ts";
import type { Checkpoint } from "../../store/schema/chain.ts";

export interface RequestContext {
  readonly db: Database;
  /** Seconds on chain. */
  now(): Promise<bigint>;
  checkpoint(): Promise<Checkpoint | undefined>;
  /** A loader under this name, made once a request. */
  loader<Key, Value>(
    name: string,
    load: (keys: readonly Key[]) => Promise<readonly (Value | Error)[]>,
  ): DataLoader<Key, Value, string>;
}

/** `clock` gives the time on chain, told the newest block's. */
export function createContext(
  db: Database,
  clock: (blockTimestamp: bigint) => bigint,
): RequestContext {
  const loaders = new Map<string, DataLoader<never, never, string>>();
  let checkpoint: Promise<Checkpoint | undefined> | undefined;
  const context: RequestContext = {
    db,
    checkpoint: () => (checkpoint ??= findCheckpoint(db)),
    now: async () => clock((await context.checkpoint())?.blockTimestamp ?? 0n),
    loader: <Key, Value>(
      name: string,
      load: (keys: readonly Key[]) => Promise<readonly (Value | Error)[]>,
    ) => {
      const made = loaders.get(name);
      if (made !== undefined) return made;
      const loader = new DataLoader<Key, Value, string>(load, {
        cacheKeyFn: (key) => (Array.isArray(key) ? key.join("/") : String(key)),
        maxBatchSize: 2_000,
      });
      loaders.set(name, loader as unknown as DataLoader<never, never, string>);
      return loader;
    },
  };
  return context;
}
