/** The seed that draws pools and tickets: a block hash nobody knew when the seats were fixed. */
import { encodeWords } from "./hex.ts";
import { keccak256 } from "./keccak.ts";
import type { Address, Hash } from "./words.ts";

/**
 * The block whose hash an `openTask` in `blockNumber` uses: `seedBlock`, or, once that hash is out of the EVM's reach, the
 * same moved on by whole rounds of 256 blocks.
 */
export function seedSourceBlock(seedBlock: bigint, blockNumber: bigint): bigint {
  return seedBlock + 256n * ((blockNumber - 1n - seedBlock) / 256n);
}

export function deriveSeed(blockHash: Hash, chainId: bigint, tasks: Address, taskId: Hash): Hash {
  return keccak256(encodeWords(blockHash, chainId, tasks, taskId));
}
