/** One transaction less: a token that knows permits is told by a signature what a contract may take. */
import type { Wallet } from "ethers";
import type { Address, Hex } from "../protocol/words.ts";
import { signPermit } from "../web/chain/permit.ts";

const VALID_SECONDS = 3_600n;

/** As the contracts take it; undefined where the token knows none: then approve. */
export async function permitFrom(
  wallet: Wallet,
  token: Address,
  spender: Address,
  units: bigint,
): Promise<readonly [deadline: bigint, v: number, r: Hex, s: Hex] | undefined> {
  const block = await wallet.provider?.getBlock("latest");
  // A quiet local chain's newest block may be old, and one whose time was moved ahead of every clock.
  const now = Math.max(block?.timestamp ?? 0, Math.floor(Date.now() / 1_000));
  const permit = await signPermit(wallet, token, spender, units, BigInt(now) + VALID_SECONDS);
  return permit && [permit.deadline, permit.v, permit.r, permit.s];
}
