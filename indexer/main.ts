/** The indexer's process: lead or stand by, follow the chain, read manifests as they arrive. */
import { setTimeout as wait } from "node:timers/promises";
import { isScrutineerError } from "../protocol/errors.ts";
import { toAddress, type Address } from "../protocol/words.ts";
import type { Blobs } from "../store/blobs.ts";
import { findCheckpoint, noteChainHead } from "../store/chain-writes.ts";
import type { OpenDatabase } from "../store/database.ts";
import type { Leadership } from "../store/leadership.ts";
import { openChainSource, type ChainSource } from "./chain-source.ts";
import { followOnce, type FollowConfig, type Step } from "./follow-chain.ts";
import { readManifests } from "./read-manifests.ts";

export interface IndexerConfig {
  readonly rpcUrl: string;
  readonly stakeRegistry: Address;
  readonly feedbackTasks: Address;
  /** Left out: lineage is not indexed. A database is with it or without it from its beginning. */
  readonly provenanceRegistry?: Address | undefined;
  /** Asked of FeedbackTasks once, if it is left out. */
  readonly commons?: Address | undefined;
  /** First block to look at; 0 by default. */
  readonly startBlock?: bigint | undefined;
  /** Rest between two looks at the chain's head, in milliseconds; 300 by default. */
  readonly pollMs?: number | undefined;
  /** How many blocks a reorg may reach back; 1,000 by default. */
  readonly reorgDepth?: bigint | undefined;
  /** Blocks a step at most; 500 by default, and fewer while the RPC refuses as many. */
  readonly maxStretch?: bigint | undefined;
}

export interface IndexerDeps {
  readonly database: OpenDatabase;
  /** Where manifests lie; without it the items table stays empty. */
  readonly blobs?: Blobs | undefined;
  /** The chain, if not the one behind `rpcUrl`. */
  readonly source?: ChainSource | undefined;
  readonly logger?: IndexerLogger | undefined;
}

export interface IndexerLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface IndexerHealth {
  /** False: another process leads and this one stands by, ready. */
  readonly leading: boolean;
  /** -1 until the first block. */
  readonly blockNumber: bigint;
  readonly chainHead: bigint;
  readonly blocksBehind: bigint;
  /** Why it stopped for good; reads go on. */
  readonly error: string | null;
  /** Why the last step has to be tried again. */
  readonly hiccup: string | null;
}

export interface Indexer {
  health(): Promise<IndexerHealth>;
  /** Ends after the step at hand, and hands leadership on. */
  stop(): Promise<void>;
}

/** Errors that go away by themselves; after any other the indexer stops and says so. */
const PASSING = ["not-ready", "chain-unreachable", "not-leader", "store-unavailable"] as const;

export function startIndexer(config: IndexerConfig, deps: IndexerDeps): Indexer {
  const { database, blobs, logger } = deps;
  const source = deps.source ?? openChainSource(config.rpcUrl);
  const pollMs = config.pollMs ?? 300;
  const stakeRegistry = toAddress(config.stakeRegistry);
  const feedbackTasks = toAddress(config.feedbackTasks);
  const provenanceRegistry = config.provenanceRegistry && toAddress(config.provenanceRegistry);
  let commons = config.commons && toAddress(config.commons);
  const follow: Omit<FollowConfig, "contracts"> = {
    startBlock: config.startBlock ?? 0n,
    reorgDepth: config.reorgDepth ?? 1_000n,
    maxStretch: config.maxStretch ?? 500n,
  };
  const stopping = new AbortController();
  let leadership: Leadership | undefined;
  let hiccup: string | null = null;
  let error: string | null = null;

  const rest = (ms: number): Promise<void> =>
    wait(ms, undefined, { signal: stopping.signal }).catch(() => undefined);

  /** Whatever comes of a manifest, indexing goes on. */
  const readArrived = async (): Promise<void> => {
    if (blobs === undefined) return;
    await readManifests(database.db, blobs).catch((reason: unknown) =>
      logger?.warn({ err: reason }, "reading manifests failed; trying again"),
    );
  };

  /** Steps while there is something to do; true when there was. */
  let stretch = follow.maxStretch;
  const step = async (): Promise<boolean> => {
    try {
      commons ??= await source.commons(feedbackTasks);
      const taken = await followOnce(database.db, source, {
        ...follow,
        contracts: { stakeRegistry, feedbackTasks, provenanceRegistry, commons },
        maxStretch: stretch,
      });
      hiccup = null;
      if (stretch < follow.maxStretch) stretch *= 2n;
      if (taken.kind === "rolledBack") logger?.warn(jsonOf(taken), "rolled back a reorg");
      if (taken.kind === "advanced") await readArrived();
      return taken.kind === "rolledBack" || (taken.kind === "advanced" && taken.behind > 0n);
    } catch (reason) {
      const passes = isScrutineerError(reason, ...PASSING) || isConnectionError(reason);
      hiccup = (reason as Error).message;
      if (!passes) {
        error = hiccup;
        logger?.error({ err: reason }, "indexing stopped; reads go on");
        const known = await findCheckpoint(database.db).catch(() => undefined);
        if (known) await noteChainHead(database.db, known.chainHead, error).catch(() => undefined);
      } else {
        // A range that is too much for the RPC comes as any other refusal: ask for less.
        if (isScrutineerError(reason, "chain-unreachable") && stretch > 1n) stretch /= 2n;
        logger?.warn({ reason: hiccup }, "trying again");
      }
      return false;
    }
  };

  const run = async (): Promise<void> => {
    let manifestsReadAt = 0;
    while (!stopping.signal.aborted && error === null) {
      if (leadership === undefined || leadership.lost.aborted) {
        leadership = await database.tryLead("indexer").catch(() => undefined);
        if (leadership === undefined) {
          await rest(pollMs);
          continue;
        }
        logger?.info({}, "leading");
      }
      if (await step()) continue;
      if (blobs !== undefined && Date.now() - manifestsReadAt > 1_000) {
        manifestsReadAt = Date.now();
        await readArrived();
      }
      await rest(pollMs);
    }
    await leadership?.release();
    leadership = undefined;
  };
  const running = run();

  return {
    health: async () => {
      const known = await findCheckpoint(database.db);
      const blockNumber = known?.blockNumber ?? -1n;
      const chainHead = known?.chainHead ?? -1n;
      return {
        leading: leadership !== undefined && !leadership.lost.aborted,
        blockNumber,
        chainHead,
        blocksBehind: chainHead > blockNumber ? chainHead - blockNumber : 0n,
        error: error ?? known?.error ?? null,
        hiccup,
      };
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/**
 * The database went away for a moment, or asks for another try: PostgreSQL's classes 08, 40, 53 and 57P, sockets that
 * broke, and what `pg` says without a code.
 */
function isConnectionError(reason: unknown): boolean {
  const causes = [reason, (reason as { cause?: unknown } | undefined)?.cause];
  return causes.some((cause) => {
    const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
    return (
      (typeof code === "string" && /^(08|40|53|57P|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT)/.test(code)) ||
      (typeof message === "string" &&
        /connection terminated|not queryable|timeout exceeded/i.test(message))
    );
  });
}

function jsonOf(step: Step): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(step).map(([name, value]) => [
      name,
      typeof value === "bigint" ? Number(value) : value,
    ]),
  );
}
