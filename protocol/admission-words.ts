/** Admission as people read it: on the page, in the command line, in refusals. */
import type { AdmissionKind, AdmissionRule, DrawingRule } from "./admission.ts";
import type { Role } from "./words.ts";

/** @example "2 scored ballots or more at block 120" */
export function describeDrawing(rule: DrawingRule): string {
  if (rule.rule === "settled") {
    const ballots = rule.minimum === 1 ? "scored ballot" : "scored ballots";
    return `${rule.minimum} ${ballots} or more at block ${rule.block}`;
  }
  return `an attestation of schema ${rule.schema} by ${rule.attesters.join(" or ")} (EAS at ${rule.contract}) at block ${rule.block}`;
}

/** One sentence without its full stop. */
export function describeAdmission(kind: AdmissionKind | AdmissionRule, role: Role): string {
  const people = role === "Human" ? "people" : "AIs";
  switch (kind.rule) {
    case "open":
      return `All ${people} with a seat`;
    case "list":
      return `${role === "Human" ? "People" : "AIs"} whom the requester named`;
    case "eas":
    case "settled":
      return `${role === "Human" ? "People" : "AIs"} with a seat and ${describeDrawing(kind)}`;
  }
}
