/**
 * Figures of events as the tables hold them. All but one are bounded by the contracts far below what their columns take;
 * the end of a session is any uint64 that its owner likes. Whoever could state a figure that no column holds would stop the
 * index for everybody, so what is larger than its column becomes the largest that the column takes.
 */

/** 2^40 − 1: the last second that terms can name. What lasts until then outlasts every task. */
export const LAST_SECOND = 2n ** 40n - 1n;
/** The largest int8. */
export const LAST_BLOCK = 2n ** 63n - 1n;
/** The largest int4. */
export const LARGEST_COUNT = 2 ** 31 - 1;

export function secondsOf(value: bigint): bigint {
  return value < LAST_SECOND ? value : LAST_SECOND;
}

export function blockOf(value: bigint): bigint {
  return value < LAST_BLOCK ? value : LAST_BLOCK;
}

/** Counts and ppm. */
export function countOf(value: bigint): number {
  return value < LARGEST_COUNT ? Number(value) : LARGEST_COUNT;
}
