/** Exact fractions and big integers, for figures that owe nothing to the code under test. */

/** An exact fraction. */
export interface Fraction {
  num: bigint;
  den: bigint;
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b));
export const fraction = (num: bigint, den: bigint): Fraction => {
  const divisor = gcd(num, den) || 1n;
  return { num: num / divisor, den: den / divisor };
};
export const plus = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.num * b.den + b.num * a.den, a.den * b.den);
export const minus = (a: Fraction, b: Fraction): Fraction => plus(a, { num: -b.num, den: b.den });

export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

export const isAtLeast = (a: Fraction, b: Fraction): boolean => a.num * b.den >= b.num * a.den;
