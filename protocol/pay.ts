/** What a score earns, and what a judgment is worth. Integers, truncated toward zero; a loss is rounded up in size. */
import { L } from "./peer-score.ts";
import type { Score } from "./peer-score.ts";
import type { Terms } from "./terms.ts";
import { PPM, PPM_BIG } from "./words.ts";

/**
 * The share of the price a score earns, in ppm, from -maxPenalty to 1,000,000; scaled down while fewer than `need`
 * judgments are scored; 0 where none is.
 *
 * Example with the defaults (fullPayScore 250,000, breakEven 50,000): a score of 150,000 over `need` judgments earns half.
 */
export function multipleOf(
  { scorePpm, scored }: Score,
  terms: Pick<Terms, "fullPayScore" | "breakEven" | "maxPenalty">,
  need: number,
  /** Whether a gold gate was failed: then at most 0. */
  goldFailed = false,
): number {
  if (scored === 0) return 0;
  const earned = Math.trunc(
    ((scorePpm - terms.breakEven) * PPM) / (terms.fullPayScore - terms.breakEven),
  );
  const clamped = Math.max(-terms.maxPenalty, Math.min(PPM, earned));
  const multiple = Math.trunc((clamped * Math.min(scored, need)) / need);
  // `|| 0` turns a negative zero into zero.
  return (goldFailed ? Math.min(multiple, 0) : multiple) || 0;
}

/** L times the judgments' worth: 1 each, less where more votes than wanted share an item's pay. */
export function weightOf(votesOnEachItem: readonly number[], votesWanted: number): bigint {
  let weight = 0;
  for (const votes of votesOnEachItem) weight += (L * Math.min(votesWanted, votes)) / votes;
  return BigInt(weight);
}

export interface Pay {
  /** Credited, out of the escrow. */
  readonly payUnits: bigint;
  /** Taken from the lock, to the commons. */
  readonly lossUnits: bigint;
}

export function payOf(priceUnits: bigint, weight: bigint, multiplePpm: number): Pay {
  const worth = priceUnits * weight * BigInt(multiplePpm);
  const scale = BigInt(L) * PPM_BIG;
  return worth >= 0n
    ? { payUnits: worth / scale, lossUnits: 0n }
    : { payUnits: 0n, lossUnits: (-worth + scale - 1n) / scale };
}
