/** What has to go on its way before the next pair is asked for. */
import { recoverSigner } from "../../protocol/signature.ts";
import type { Address } from "../../protocol/words.ts";
import type { JournalHead } from "./journal.ts";
import { unsentIn } from "./journal.ts";

export interface Signers {
  /** Of the session that signs here now. */
  readonly sessionKey: Address;
  readonly validator: Address;
  readonly isRevoked: (key: Address) => Promise<boolean>;
}

/**
 * The version that has no receipt yet is sent. What an earlier session signed is signed anew by this one: without a receipt
 * because its key may be of no use any more, with one if its session was revoked, for then nobody can put it on chain.
 */
export async function outstandingIn(
  head: JournalHead | undefined,
  { sessionKey, validator, isRevoked }: Signers,
): Promise<"nothing" | "send" | "sign anew"> {
  if (head === undefined || head.box.judgments.length === 0) return "nothing";
  const isUnsent = unsentIn(head) !== undefined;
  const signer = recoverSigner(head.signed.digest, head.signed.signature);
  // What the wallet signed, no session replaces.
  if (signer !== undefined && signer !== sessionKey && signer !== validator) {
    if (isUnsent || (await isRevoked(signer))) return "sign anew";
  }
  return isUnsent ? "send" : "nothing";
}
