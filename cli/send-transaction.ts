/** Sends one call and waits for it; a refusal is told in the contract's own words. */
import { isError, type BaseContract, type ContractTransactionResponse } from "ethers";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Hash } from "../protocol/words.ts";

/** @param name what messages call the contract */
export async function sendTransaction(
  contract: BaseContract,
  call: () => Promise<ContractTransactionResponse>,
  name = "contract",
): Promise<Hash> {
  try {
    const mined = await (await call()).wait();
    if (mined !== null) return mined.hash;
  } catch (error) {
    throw explainRefusal(contract, error, name);
  }
  throw new ScrutineerError("transaction-lost", "the transaction was not mined");
}

/** What a transaction failed with, as an error that says why where the contract does; else the error itself. */
export function explainRefusal(contract: BaseContract, error: unknown, name = "contract"): unknown {
  if (isError(error, "INSUFFICIENT_FUNDS")) {
    return new ScrutineerError("funds-insufficient", "the account cannot pay the gas");
  }
  if (!isError(error, "CALL_EXCEPTION")) return error;
  const said = error.data ? contract.interface.parseError(error.data) : null;
  const why =
    said === null
      ? (error.reason ?? "no reason given")
      : `${said.name}(${said.args.map(String).join(", ")})`;
  return new ScrutineerError("transaction-reverted", `the ${name} refuses: ${why}`, {
    error: said?.name ?? null,
  });
}
