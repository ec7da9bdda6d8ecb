/** Keys made in this browser to try things out. They lie open in its storage: for a local chain, or for small change. */
import { Wallet } from "ethers";
import { z } from "zod";
import type { Address, Hex } from "../../protocol/words.ts";
import { recall, remember } from "./device-store.ts";

const keysSchema = z.array(z.object({ address: z.string(), privateKey: z.string() }));
export type LocalKey = { readonly address: Address; readonly privateKey: Hex };

export function localKeys(): readonly LocalKey[] {
  return recall("keys", keysSchema) ?? [];
}

export function makeLocalKey(): LocalKey {
  const wallet = Wallet.createRandom();
  const made = { address: wallet.address.toLowerCase(), privateKey: wallet.privateKey };
  remember("keys", [...localKeys(), made]);
  return made;
}
