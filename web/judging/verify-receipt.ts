/** A receipt counts only if it names this very version and the task's receipt key signed it. */
import { recoverAddress } from "ethers";
import type { Ballot } from "../../protocol/ballot.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { SigningDomain } from "../../protocol/typed-data.ts";
import { openingReceiptDigest } from "../../protocol/typed-data.ts";
import type { Address } from "../../protocol/words.ts";
import type { Receipt } from "../data/schemas.ts";

export function checkReceipt(
  { receipt, receiptSignature }: Pick<Receipt, "receipt" | "receiptSignature">,
  ballot: Ballot,
  domain: SigningDomain,
  receiptKey: Address,
): void {
  for (const field of ["taskId", "validator", "version", "judgments", "commitment"] as const) {
    if (receipt[field] !== ballot[field]) {
      throw new ScrutineerError("task-mismatch", `The receipt is for another ${field}.`, {
        expected: ballot[field],
        received: receipt[field],
      });
    }
  }
  const signer = recoverAddress(
    openingReceiptDigest(domain, receipt),
    receiptSignature,
  ).toLowerCase();
  if (signer !== receiptKey) {
    throw new ScrutineerError(
      "signer-wrong",
      "The receipt is not signed by this task's receipt key.",
      {
        expected: receiptKey,
        signer,
      },
    );
  }
}
