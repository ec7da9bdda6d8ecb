/** An operator signs for a list only if the rule it is said to be drawn by gives that very list, by the chain as it is now. */
import type { Api } from "../api.ts";
import { isScrutineerError, ScrutineerError } from "../../protocol/errors.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import { findAdmissionFault } from "../../release/recount/check-admission.ts";

/** That the lists hash to the terms has been checked. */
export async function checkAdmission(
  { deps: { drawAdmission } }: Api,
  admission: Manifest["admission"],
): Promise<void> {
  if (drawAdmission === undefined) return;
  for (const role of ["Human", "Ai"] as const) {
    const rule = role === "Human" ? admission.human : admission.ai;
    const term = role === "Human" ? "humanAdmissionRoot" : "aiAdmissionRoot";
    const fault = await findAdmissionFault(rule, role, drawAdmission).catch((error: unknown) => {
      // A contract that is not what the rule takes it for is a fault of the rule.
      if (isScrutineerError(error, "recount-failed")) return error.message;
      throw error;
    });
    if (fault !== undefined) {
      throw new ScrutineerError("acceptance-refused", `${term}: ${fault}`, { term });
    }
  }
}
