/**
 * How an operator's bond answers for a task's claims: each in full while the bond lasts, else in proportion, in whatever
 * order they are paid. Example: a bond of 10 and claims of 9 and 6 pay 6 and 4.
 */

export interface BondShares {
  /** One a claim, in order. */
  readonly paidUnits: readonly bigint[];
  /** Taken from the bond. */
  readonly seizedUnits: bigint;
  /** What rounding leaves of it; to the commons. */
  readonly dustUnits: bigint;
  /** Unlocked for the operator. */
  readonly returnedUnits: bigint;
}

/** min(claim, mulDiv(claim, bond, Σ claims)); 0 where nothing is claimed. */
export function bondShareOf(claimUnits: bigint, bondUnits: bigint, claimedUnits: bigint): bigint {
  if (claimedUnits === 0n) return 0n;
  return least(claimUnits, (claimUnits * bondUnits) / claimedUnits);
}

export function shareBond(bondUnits: bigint, claims: readonly bigint[]): BondShares {
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);
  const claimedUnits = sum(claims);
  const seizedUnits = least(bondUnits, claimedUnits);
  const paidUnits = claims.map((claimUnits) => bondShareOf(claimUnits, bondUnits, claimedUnits));
  return {
    paidUnits,
    seizedUnits,
    dustUnits: seizedUnits - sum(paidUnits),
    returnedUnits: bondUnits - seizedUnits,
  };
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
