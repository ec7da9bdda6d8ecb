/** Accounts that are contracts have no key: they say for themselves whether they stand by a signature (ERC-1271). */
import type { Api } from "../api.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";

/** As StakeRegistry takes it: by the account's own key, or, where that is not it, as the account says. */
export async function isSignedBy(
  api: Api,
  account: Address,
  digest: Hash,
  signature: Hex,
): Promise<boolean> {
  if (api.deps.signers.recoverAddress(digest, signature) === account) return true;
  return isApproved(api, account, digest, signature);
}

export async function isApproved(
  api: Api,
  account: Address,
  digest: Hash,
  signature: Hex,
): Promise<boolean> {
  return (await api.deps.approves?.(account, digest, signature)) ?? false;
}
