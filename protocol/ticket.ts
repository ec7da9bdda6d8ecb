/**
 * Tickets: whether a validator may judge an item, and which answer it sees on the left. A task has items × seats of them,
 * so they are compared as bytes, without bigints.
 */
import { compareBytes, writeHex, writeSmallWord, writeWord } from "./hex.ts";
import { keccak256Bytes } from "./keccak.ts";
import type { Address, CanonicalVerdict, Hash, PresentedVerdict } from "./words.ts";

/** What the ticket of one (validator, item) says. */
export interface Ticket {
  readonly eligible: boolean;
  /** True: output B is shown on the left. */
  readonly flip: boolean;
}

export type TicketReader = (itemIndex: number) => Ticket;

/** The tickets of one validator in one task. */
export function ticketsOf(seed: Hash, validator: Address, threshold: bigint): TicketReader {
  const hash = ticketHasher(seed, validator);
  const limit = limitOf(threshold);
  return (itemIndex) => {
    const ticket = hash(itemIndex);
    return {
      eligible: limit === "every" || compareBytes(ticket, limit) < 0,
      flip: isFlip(ticket),
    };
  };
}

/** The item indexes a validator may judge, ascending. */
export function eligibleItems(
  seed: Hash,
  validator: Address,
  threshold: bigint,
  itemCount: number,
): number[] {
  const hash = ticketHasher(seed, validator);
  const limit = limitOf(threshold);
  const items: number[] = [];
  for (let itemIndex = 0; itemIndex < itemCount; itemIndex++) {
    if (limit === "every" || compareBytes(hash(itemIndex), limit) < 0) items.push(itemIndex);
  }
  return items;
}

/** ticket = keccak256(abi.encode(seed, validator, itemIndex)): 32 bytes each; all but the index is written once. */
export function ticketHasher(seed: Hash, validator: Address): (itemIndex: number) => Uint8Array {
  const packed = new Uint8Array(96);
  writeHex(packed, 0, seed, 32);
  writeHex(packed, 44, validator, 20);
  return (itemIndex) => {
    writeSmallWord(packed, 64, itemIndex);
    return keccak256Bytes(packed);
  };
}

/** What was pressed → what is counted. The mapping is its own inverse. */
export function toCanonical(presented: PresentedVerdict, flip: boolean): CanonicalVerdict {
  return presented === 2 || !flip ? presented : presented === 0 ? 1 : 0;
}

/** What is counted → which side it was on. */
export function toPresented(canonical: CanonicalVerdict, flip: boolean): PresentedVerdict {
  return toCanonical(canonical, flip);
}

/** `ticket >> 1 < threshold` is `ticket < 2 · threshold`; at 2^255 every ticket is below. */
function limitOf(threshold: bigint): Uint8Array | "every" {
  if (threshold >= 2n ** 255n) return "every";
  const limit = new Uint8Array(32);
  writeWord(limit, 0, 2n * threshold);
  return limit;
}

function isFlip(ticket: Uint8Array): boolean {
  return ((ticket[31] as number) & 1) === 1;
}
