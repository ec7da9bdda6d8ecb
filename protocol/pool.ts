/**
 * Who is drawn for a task, and how many items each is given: enough to be scored fairly.
 */
import { encodeWords } from "./hex.ts";
import { keccak256, keccak256Bytes } from "./keccak.ts";
import type { Terms } from "./terms.ts";
import { admittedSeatsOf, isOpenTo, oversubscriptionOf, votesOf } from "./terms.ts";
import type { Address, Hash, Role } from "./words.ts";
import { PPM_BIG } from "./words.ts";

/** One role's draw, fixed when the task opens. */
export interface Draw {
  readonly seats: number;
  /** How many seats are drawn, in expectation. */
  readonly pool: number;
  /** Scored judgments at which the multiple is no longer scaled down. */
  readonly need: number;
  /** An item is a validator's iff `ticket >> 1 < threshold`; 2^255 = every item. */
  readonly threshold: bigint;
}

const EVERY_TICKET = 2n ** 255n;
const MAX_UINT256 = 2n ** 256n - 1n;

type DrawTerms = Pick<
  Terms,
  | "itemCount"
  | "humanVotes"
  | "aiVotes"
  | "oversubscription"
  | "minJudgments"
  | "humanAdmissionRoot"
  | "aiAdmissionRoot"
  | "humanSeats"
  | "aiSeats"
>;

/** `activeSeats`: seats of the role at the snapshot block. */
export function drawOf(terms: DrawTerms, role: Role, activeSeats: number, minPool: number): Draw {
  const seats = isOpenTo(terms, role)
    ? activeSeats
    : Math.min(activeSeats, admittedSeatsOf(terms, role));
  const votes = votesOf(terms, role);
  if (votes === 0 || seats === 0) return { seats, pool: 0, need: 1, threshold: 0n };

  const tickets = BigInt(oversubscriptionOf(terms, role)) * BigInt(votes);
  const items = BigInt(terms.itemCount);
  const wanted = (items * tickets) / (2n * PPM_BIG * BigInt(terms.minJudgments));
  const pool = least(BigInt(seats), wanted > BigInt(minPool) ? wanted : BigInt(minPool));
  if (pool === 0n) return { seats, pool: 0, need: 1, threshold: 0n };

  const threshold =
    tickets >= PPM_BIG * pool ? EVERY_TICKET : (EVERY_TICKET * tickets) / (PPM_BIG * pool);
  const half = (items * least(PPM_BIG * pool, tickets)) / (2n * PPM_BIG * pool);
  const need = Math.max(1, Math.min(Number(half), terms.minJudgments));
  return { seats, pool: Number(pool), need, threshold };
}

/** The hash that draws seats: below the limit = in the pool. */
export function poolHash(seed: Hash, validator: Address): Hash {
  return keccak256(encodeWords(seed, validator));
}

export function isInPool(
  seed: Hash,
  validator: Address,
  draw: Pick<Draw, "seats" | "pool">,
): boolean {
  if (draw.pool === 0) return false;
  if (draw.pool === draw.seats) return true;
  const limit = (MAX_UINT256 * BigInt(draw.pool)) / BigInt(draw.seats);
  const hash = keccak256Bytes(encodeWords(seed, validator));
  return toBigInt(hash) <= limit;
}

function toBigInt(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
