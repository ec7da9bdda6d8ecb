import type { Anvil, AnvilOptions } from "../../cli/anvil.ts";
import { startAnvil } from "../../cli/anvil.ts";

/** Anvil's first account (of the mnemonic "test test … junk"): deploys, mints, relays. Worthless everywhere else. */
export const FUNDED_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/** A chain of its own for one test, on a free port. One block a transaction, as anvil does by default. */
export function startLocalChain(options: Omit<AnvilOptions, "port"> = {}): Promise<Anvil> {
  return startAnvil({ port: 0, ...options });
}
