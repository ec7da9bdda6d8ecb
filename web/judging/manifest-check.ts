/** The manifest a task was created with: its bytes must hash to the terms, and its list to the admission root. */
import { admissionRuleSchema, admittedBy } from "../../protocol/admission.ts";
import type { AdmissionRule } from "../../protocol/admission.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { ItemHashes } from "../../protocol/item.ts";
import { admissionTree } from "../../protocol/manifest.ts";
import { sha256 } from "../../protocol/sha256.ts";
import type { Terms } from "../../protocol/terms.ts";
import { admissionRootOf } from "../../protocol/terms.ts";
import type { Address, Role } from "../../protocol/words.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import { z } from "zod";
import type { Manifest } from "../data/schemas.ts";
import { manifestSchema } from "../data/schemas.ts";
import type { Admission } from "./journal.ts";

const listsSchema = z.object({
  admission: z.object({ human: admissionRuleSchema, ai: admissionRuleSchema }),
  items: z.array(z.object({ prompt: z.string(), outputA: z.string(), outputB: z.string() })),
});

/** Where a validator stands on the list that the rule drew up; index 0 and no proof where there is none, or not it. */
export function placeIn(rule: AdmissionRule, validator: Address): Admission {
  const admissionIndex = admittedBy(rule)?.indexOf(validator) ?? 0;
  if (admissionIndex < 0) return { admissionIndex: 0, admissionProof: [] };
  const admissionProof = admissionTree(rule)?.proofOf(admissionIndex) ?? [];
  return { admissionIndex, admissionProof };
}

export interface CheckedManifest {
  readonly manifest: Manifest;
  readonly items: readonly ItemHashes[];
  readonly rule: AdmissionRule;
  readonly admitted: (validator: Address) => boolean;
}

export function checkManifest(bytes: Uint8Array, terms: Terms, role: Role): CheckedManifest {
  if (sha256(bytes) !== terms.manifestHash) {
    throw new ScrutineerError(
      "manifest-mismatch",
      "The manifest is not the one this task was created with.",
    );
  }
  const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const manifest = manifestSchema.parse(json);
  const { admission, items } = listsSchema.parse(json);
  const rule: AdmissionRule = role === "Human" ? admission.human : admission.ai;
  const root = admissionTree(rule)?.root ?? ZERO_HASH;
  if (root !== admissionRootOf(terms, role) || manifest.itemsRoot !== terms.itemsRoot) {
    throw new ScrutineerError(
      "manifest-mismatch",
      "The manifest's lists do not hash to the roots in the terms.",
    );
  }
  return {
    manifest,
    items,
    rule,
    admitted: (validator) => admittedBy(rule)?.includes(validator) ?? true,
  };
}
