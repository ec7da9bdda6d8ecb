/** Credits each claim its share of the bond, once the bond is released: whoever was left out need not ask for it. */
import type { ClaimToPay, Duty } from "./duties.ts";

export function planClaims(claims: readonly ClaimToPay[]): Duty[] {
  return claims.map(({ taskId, validator }) => ({ kind: "pay-claim", taskId, validator }));
}
