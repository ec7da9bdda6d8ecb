/** Trying again, with growing waits, what may work a little later. */
import { setTimeout as wait } from "node:timers/promises";

export interface RetryOptions {
  /** Tries in all, at least 1; Infinity until it works or `signal` aborts. */
  readonly attempts?: number;
  readonly firstDelayMs?: number;
  readonly maxDelayMs?: number;
  /** False: this error will not go away. */
  readonly shouldRetry?: (error: unknown) => boolean;
  readonly onRetry?: (error: unknown, attempt: number, delayMs: number) => void;
  readonly signal?: AbortSignal;
  /** 0 to 1; spreads the waits of many callers. */
  readonly random?: () => number;
  readonly sleep?: (delayMs: number, signal?: AbortSignal) => Promise<void>;
}

/** Runs `work` until it succeeds; throws its last error. `attempt` counts from 1. */
export async function retry<T>(
  work: (attempt: number) => Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  const { attempts = 5, firstDelayMs = 200, maxDelayMs = 10_000, shouldRetry, onRetry } = options;
  const { signal, random = Math.random, sleep = sleepFor } = options;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= attempts || signal?.aborted || shouldRetry?.(error) === false) throw error;
      const delayMs = delayBefore(attempt + 1, firstDelayMs, maxDelayMs, random());
      onRetry?.(error, attempt, delayMs);
      await sleep(delayMs, signal);
    }
  }
}

/** Doubling from the second attempt on, capped, then between half and all of that. */
export function delayBefore(
  attempt: number,
  firstDelayMs: number,
  maxDelayMs: number,
  random: number,
): number {
  const full = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 2));
  return Math.round(full * (0.5 + random / 2));
}

/** Resolves after the time; rejects with the signal's reason if it aborts first. */
export async function sleepFor(delayMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(delayMs, undefined, { signal });
  } catch (error) {
    throw signal?.aborted ? (signal.reason as unknown) : error;
  }
}
