/** When the page does by itself what is due, without its owner's pressing a button. */
import type { Account } from "../account/account.tsx";
import type { Due } from "./look-after.ts";

export interface Tries {
  readonly due: Pick<Due, "duty" | "isOurTurn">;
  readonly accountKind: Account["kind"] | undefined;
  /** Nothing was tried yet. */
  readonly isFirst: boolean;
  readonly isPending: boolean;
  /** The owner said no in the wallet. */
  readonly isDeclined: boolean;
}

const RETRY_MS = 15_000;

/** Milliseconds from now; undefined: not by itself. */
export function nextTryIn(tries: Tries): number | undefined {
  const { due, accountKind, isFirst, isPending, isDeclined } = tries;
  // What was declined is asked for no more but by the button; nor need a copy be fetched by surprise.
  const isSurprise = due.duty.kind === "restore" && accountKind === "wallet";
  if (!due.isOurTurn || isPending || isDeclined || isSurprise) return undefined;
  // Done and still due, as after a failure: not again at once.
  return isFirst ? 0 : RETRY_MS;
}
