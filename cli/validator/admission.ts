/** A validator's place on a task's admission list, proved: without it nobody can bring its ballot to the chain. */
import { z } from "zod";
import type { ApiClient } from "../api-client.ts";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import { admissionRuleSchema, admittedBy } from "../../protocol/admission.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { admissionTree } from "../../protocol/manifest.ts";
import type { CopySlot } from "../../protocol/opening-copy.ts";
import { sha256 } from "../../protocol/sha256.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import type { Admission } from "./ballot-folder.ts";

const admissionsSchema = z.object({
  admission: z.object({ human: admissionRuleSchema, ai: admissionRuleSchema }),
});

const OPEN: Admission = { admissionIndex: 0, admissionProof: [] };

/**
 * From the manifest that the terms bind; refuses a task whose lists are not those of its terms, for what is done there may
 * never reach the chain. An address has one role for good, so it is on one list at most.
 */
export async function readAdmission(
  api: ApiClient,
  { taskId, validator }: Pick<CopySlot, "taskId" | "validator">,
): Promise<Admission> {
  const { terms } = await api.get<TaskJson>(`/tasks/${taskId}`);
  if (terms.humanAdmissionRoot === ZERO_HASH && terms.aiAdmissionRoot === ZERO_HASH) return OPEN;
  const content = await api.download(`/content/${terms.manifestHash}`);
  const bytes = new Uint8Array(await content.arrayBuffer());
  if (sha256(bytes) !== terms.manifestHash) {
    throw mismatch(taskId, "the manifest is not the one in the terms");
  }
  const parsed = admissionsSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  if (!parsed.success) throw mismatch(taskId, "the manifest names no rule of admission known here");
  const { human, ai } = parsed.data.admission;
  const trees = { human: admissionTree(human), ai: admissionTree(ai) };
  if (
    (trees.human?.root ?? ZERO_HASH) !== terms.humanAdmissionRoot ||
    (trees.ai?.root ?? ZERO_HASH) !== terms.aiAdmissionRoot
  ) {
    throw mismatch(taskId, "the manifest's admission lists do not hash to the terms");
  }
  for (const role of ["human", "ai"] as const) {
    const admissionIndex = admittedBy(parsed.data.admission[role])?.indexOf(validator) ?? -1;
    if (admissionIndex === -1) continue;
    return { admissionIndex, admissionProof: trees[role]?.proofOf(admissionIndex) ?? [] };
  }
  return OPEN;
}

function mismatch(taskId: string, why: string): ScrutineerError {
  return new ScrutineerError("manifest-mismatch", why, { taskId });
}
