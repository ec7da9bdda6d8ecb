/** Whether those who pay or serve a task are among those who judge it. Only by address: whoever hides behind another is not seen. */
import type { AdmissionRule } from "../../protocol/admission.ts";
import { admittedBy } from "../../protocol/admission.ts";
import type { Address } from "../../protocol/words.ts";

export type Insider = "requester" | "operator";

export function insidersOn(
  rule: AdmissionRule,
  parties: Readonly<Record<Insider, Address>>,
): Insider[] {
  const listed = new Set(admittedBy(rule));
  return (["requester", "operator"] as const).filter((party) => listed.has(parties[party]));
}
