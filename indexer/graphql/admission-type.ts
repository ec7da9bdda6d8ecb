/** Who may judge in a role of a task. */
import type { AdmissionKind } from "../../protocol/admission.ts";
import { describeAdmission } from "../../protocol/admission-words.ts";
import type { Role } from "../../protocol/words.ts";
import { builder } from "./builder.ts";

export const AdmissionType = builder
  .objectRef<{ readonly kind: AdmissionKind; readonly role: Role }>("Admission")
  .implement({
    description:
      "Who may judge in a role, and what a list was drawn by; the list is in the manifest.",
    fields: (t) => ({
      rule: t.string({
        resolve: ({ kind }) => kind.rule,
        description: "open, list (named by the requester), eas or settled (drawn from the chain).",
      }),
      words: t.string({ resolve: ({ kind, role }) => describeAdmission(kind, role) }),
      contract: t.field({
        type: "Address",
        nullable: true,
        resolve: ({ kind }) => (kind.rule === "eas" ? kind.contract : null),
        description: "eas: the contract of the attestation service.",
      }),
      schema: t.field({
        type: "Hash",
        nullable: true,
        resolve: ({ kind }) => (kind.rule === "eas" ? kind.schema : null),
      }),
      attesters: t.field({
        type: ["Address"],
        nullable: true,
        resolve: ({ kind }) => (kind.rule === "eas" ? kind.attesters : null),
      }),
      minimum: t.field({
        type: "BigInt",
        nullable: true,
        resolve: ({ kind }) => (kind.rule === "settled" ? BigInt(kind.minimum) : null),
        description: "settled: scored ballots at least.",
      }),
      block: t.field({
        type: "BigInt",
        nullable: true,
        resolve: ({ kind }) => ("block" in kind ? BigInt(kind.block) : null),
        description: "The list is drawn from the chain as it was at the end of this block.",
      }),
    }),
  });
