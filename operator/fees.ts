/** What to offer for gas (EIP-1559), and how much more when a transaction is stuck. */

export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** Twice the base fee outlasts six full blocks in a row. */
export function freshFees(baseFeePerGas: bigint, suggestedPriority: bigint): Fees {
  return {
    maxFeePerGas: 2n * baseFeePerGas + suggestedPriority,
    maxPriorityFeePerGas: suggestedPriority,
  };
}

/** A node takes a replacement only if both fees grow by a tenth; an eighth is what all agree on. */
export function bumpedFees(last: Fees, fresh: Fees): Fees {
  const more = (fee: bigint): bigint => fee + fee / 8n + 1n;
  const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
  return {
    maxFeePerGas: larger(more(last.maxFeePerGas), fresh.maxFeePerGas),
    maxPriorityFeePerGas: larger(more(last.maxPriorityFeePerGas), fresh.maxPriorityFeePerGas),
  };
}
