/** What an event does to money: stake that is locked or free again, and what the task contract owes. */
import type { Change } from "../../store/chain-writes.ts";
import type { Credit, Validator } from "../../store/schema/chain.ts";
import { fact, put, type FactPosition } from "../changes.ts";

export function locked(validator: Validator, moreUnits: bigint): Change {
  return put("validators", { ...validator, lockedUnits: validator.lockedUnits + moreUnits });
}

export function credited(
  account: string,
  kind: Credit["kind"],
  units: bigint,
  taskId: string,
  at: FactPosition,
): Change[] {
  return units === 0n ? [] : [fact("credits", { account, kind, units, taskId, ...at })];
}
