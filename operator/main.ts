/** The operator's process: one leader a database does the rounds, standbys wait for its lock. */
import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "../runtime/logger.ts";
import type { Blobs } from "../store/blobs.ts";
import type { OpenDatabase } from "../store/database.ts";
import { createAdmissions } from "./admission.ts";
import { openChain } from "./chain.ts";
import type { OperatorConfig } from "./config.ts";
import { createPatience } from "./patience.ts";
import { runRound, type RoundReport } from "./round.ts";
import { createTransactionQueue } from "./transaction-queue.ts";

export interface OperatorDeps {
  readonly database: OpenDatabase;
  /** Manifests, for admission lists. */
  readonly blobs: Pick<Blobs, "get">;
  readonly log: Logger;
  /** Seconds; paces anchors and second tries. */
  readonly clock?: () => number;
}

export interface OperatorHealth {
  readonly leads: boolean;
  /** The last round that ended well; undefined before the first. */
  readonly lastRound: RoundReport | undefined;
  /** Why the last round failed; undefined where it did not. */
  readonly error: string | undefined;
}

export interface Operator {
  health(): OperatorHealth;
  stop(): Promise<void>;
}

export async function startOperator(config: OperatorConfig, deps: OperatorDeps): Promise<Operator> {
  const { database, log, clock = () => Date.now() / 1_000 } = deps;
  const chain = await openChain(config.rpcUrl, config.feedbackTasks);
  const queueConfig = {
    chainId: chain.chainId,
    privateKey: config.relayKey,
    window: config.window,
    stuckAfterBlocks: config.stuckAfterBlocks,
  };
  const queue = createTransactionQueue(database.db, chain.provider, queueConfig, log);
  const roundDeps = {
    config,
    db: database.db,
    chain,
    queue,
    admissions: createAdmissions(deps.blobs),
    patience: createPatience(),
    lastAnchoredAt: new Map<string, number>(),
    lostGolds: new Set<string>(),
    seen: { dueAtBlock: undefined },
    log,
    clock,
  };
  const stopped = new AbortController();
  let health: OperatorHealth = { leads: false, lastRound: undefined, error: undefined };

  async function lead(): Promise<void> {
    const leadership = await database.tryLead("operator");
    if (leadership === undefined) return;
    try {
      await queue.recover();
      log.info({ sender: queue.sender }, "leading");
      while (!stopped.signal.aborted && !leadership.lost.aborted) {
        try {
          health = { leads: true, lastRound: await runRound(roundDeps), error: undefined };
        } catch (error) {
          if (stopped.signal.aborted) return;
          // An RPC or a database that is away: the next round is the retry.
          health = { ...health, leads: true, error: (error as Error).message };
          log.error({ err: error }, "round failed");
        }
        await pause();
      }
    } finally {
      health = { ...health, leads: false };
      await leadership.release();
    }
  }

  async function pause(): Promise<void> {
    await wait(config.roundMilliseconds, undefined, { signal: stopped.signal }).catch(
      () => undefined,
    );
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      await lead().catch((error: unknown) => {
        health = { ...health, error: (error as Error).message };
        log.error({ err: error }, "cannot lead");
      });
      await pause();
    }
  }

  const running = run();
  return {
    health: () => health,
    async stop() {
      stopped.abort();
      await running;
      chain.close();
    },
  };
}
