/**
 * A block's bloom filter: never misses an address that logged, at times suspects one that did not (Yellow Paper, 4.3.1).
 * Three bits of 2,048, each from two bytes of keccak256(address).
 */
import { hexToBytes } from "../protocol/hex.ts";
import { keccak256Bytes } from "../protocol/keccak.ts";
import type { Address, Hex } from "../protocol/words.ts";

/** False: certainly no log of this address in the block. */
export function mayHaveLogged(logsBloom: Hex, address: Address): boolean {
  const bloom = hexToBytes(logsBloom);
  const digest = keccak256Bytes(hexToBytes(address));
  return [0, 2, 4].every((i) => {
    const bit = (((digest[i] as number) << 8) | (digest[i + 1] as number)) & 2047;
    return ((bloom[255 - (bit >> 3)] as number) & (1 << (bit & 7))) !== 0;
  });
}
