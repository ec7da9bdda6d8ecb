/** How many elements one transaction takes: packed by a guess first, then split by what the node says. */
import { ScrutineerError } from "../protocol/errors.ts";

/** No transaction may use more on a chain of today (EIP-7825). */
export const TRANSACTION_GAS_CAP = 16_777_216n;
/** What an estimate may say: the rest is room for state that changes between estimate and block. */
export const ESTIMATE_CAP = 12_500_000n;

/** In order, into the fewest consecutive batches whose weights stay within `limit`; a heavy element is alone. */
export function packByWeight<T>(
  elements: readonly T[],
  weightOf: (element: T) => number,
  limit: number,
): T[][] {
  const batches: T[][] = [];
  let weight = Infinity;
  for (const element of elements) {
    const more = weightOf(element);
    if (weight + more > limit) {
      batches.push([]);
      weight = 0;
    }
    (batches[batches.length - 1] as T[]).push(element);
    weight += more;
  }
  return batches;
}

export interface GasBatch<T> {
  readonly elements: readonly T[];
  readonly gasLimit: bigint;
}

/**
 * Halves a batch until each part's estimate is within the cap. `estimate` answers undefined where the call cannot run: in
 * one batch that is too much gas, of a single element a refusal, and the element is left out.
 */
export async function splitByGas<T>(
  elements: readonly T[],
  estimate: (elements: readonly T[]) => Promise<bigint | undefined>,
  cap: bigint = ESTIMATE_CAP,
): Promise<GasBatch<T>[]> {
  if (elements.length === 0) return [];
  const gas = await estimate(elements);
  if (gas !== undefined && gas <= cap) return [{ elements, gasLimit: gasLimitFor(gas) }];
  if (elements.length === 1) {
    if (gas === undefined) return [];
    if (gas > TRANSACTION_GAS_CAP) {
      throw new ScrutineerError("gas-too-high", `one element needs ${gas} gas`, {
        gas: gas.toString(),
      });
    }
    return [{ elements, gasLimit: TRANSACTION_GAS_CAP }];
  }
  const half = elements.length >> 1;
  return [
    ...(await splitByGas(elements.slice(0, half), estimate, cap)),
    ...(await splitByGas(elements.slice(half), estimate, cap)),
  ];
}

/** A fifth more than estimated and room for the last call's closing of the books, within the cap. */
export function gasLimitFor(estimate: bigint): bigint {
  const limit = estimate + estimate / 5n + 200_000n;
  return limit < TRANSACTION_GAS_CAP ? limit : TRANSACTION_GAS_CAP;
}
