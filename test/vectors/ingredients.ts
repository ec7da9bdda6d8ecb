/** What several vectors are made of: named hashes and addresses, repeatable numbers, packed entries. */
import { AbiCoder, concat, id, toBeHex } from "ethers";

export const abi = AbiCoder.defaultAbiCoder();
export const hashOf = (name: string): string => id(`vector ${name}`);
export const addressOf = (name: string): string => `0x${hashOf(name).slice(26)}`;

/** The first 22 bytes. */
export const fingerprintOf = (hash: string): string => hash.slice(0, 46);

export const chainId = 31337n;
export const tasks = addressOf("FeedbackTasks");
export const registry = addressOf("StakeRegistry");
export const seed = hashOf("seed");
export const taskId = hashOf("task");

/** Deterministic numbers below `below` (xorshift32), so that a rerun writes the same files. */
export function numbers(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export type EntryVector = { itemIndex: number; verdict: number };

export const pack = (entries: EntryVector[]): string =>
  entries.length === 0
    ? "0x"
    : concat(entries.flatMap((e) => [toBeHex(e.itemIndex, 3), toBeHex(e.verdict, 1)]));
