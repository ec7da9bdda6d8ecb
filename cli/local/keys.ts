/**
 * The local chain's people. Their keys follow from their names, so anybody can have them: they are worth nothing anywhere
 * else.
 */
import { computeAddress } from "ethers";
import { keccak256Text } from "../../protocol/keccak.ts";
import type { Address, Hash } from "../../protocol/words.ts";

export interface LocalKey {
  readonly privateKey: Hash;
  readonly address: Address;
}

function keyOf(name: string): LocalKey {
  const privateKey = keccak256Text(`scrutineer local ${name}`);
  return { privateKey, address: computeAddress(privateKey).toLowerCase() };
}

export const OPERATOR = keyOf("operator");
/** Signs receipts. */
export const RECEIPTS = keyOf("receipts");
/** Sends the operator's transactions. */
export const RELAY = keyOf("relay");
export const REQUESTER = keyOf("requester");
/** Offered on the page to whoever comes to judge. */
export const NEWCOMERS: readonly LocalKey[] = [keyOf("newcomer 1"), keyOf("newcomer 2")];
/** Judge by program, so that a newcomer has peers. */
export const SIMULATED: readonly LocalKey[] = [
  keyOf("simulated 1"),
  keyOf("simulated 2"),
  keyOf("simulated 3"),
];
