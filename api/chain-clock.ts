/**
 * What time it is on chain. Blocks tell it only now and then, and a local chain may be set ahead of every clock, so: this
 * machine's time, plus the furthest any block has been ahead of it. Never earlier than the newest block seen.
 */
export interface ChainClock {
  /** Takes note of a block's time and answers the time on chain now, in seconds. */
  observe(blockTimestamp: bigint): bigint;
}

export function createChainClock(now: () => bigint): ChainClock {
  let ahead = 0n;
  return {
    observe(blockTimestamp) {
      const here = now();
      if (blockTimestamp - here > ahead) ahead = blockTimestamp - here;
      return here + ahead;
    },
  };
}
