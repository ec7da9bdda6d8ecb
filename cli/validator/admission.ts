/** A validator's place on a task's admission list, proved: without it nobody can bring its ballot to the chain. */
import type { ApiClient } from "../api-client.ts";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import { admissionTree } from "../../protocol/manifest.ts";
import type { CopySlot } from "../../protocol/opening-copy.ts";
import { sha256 } from "../../protocol/sha256.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import type { Admission } from "./ballot-folder.ts";

const OPEN: Admission = { admissionIndex: 0, admissionProof: [] };

/** From the manifest that the terms bind. An address has one role for good, so it is on one list at most. */
export async function readAdmission(
  api: ApiClient,
  { taskId, validator }: Pick<CopySlot, "taskId" | "validator">,
): Promise<Admission> {
  const { terms } = await api.get<TaskJson>(`/tasks/${taskId}`);
  if (terms.humanAdmissionRoot === ZERO_HASH && terms.aiAdmissionRoot === ZERO_HASH) return OPEN;
  const content = await api.download(`/content/${terms.manifestHash}`);
  const bytes = new Uint8Array(await content.arrayBuffer());
  if (sha256(bytes) !== terms.manifestHash) {
    throw new ScrutineerError("manifest-mismatch", "the manifest is not the one in the terms", {
      taskId,
    });
  }
  const { admission } = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
  for (const rule of [admission.human, admission.ai]) {
    if (rule.rule === "open") continue;
    const admissionIndex = rule.validators.findIndex((one) => one.toLowerCase() === validator);
    if (admissionIndex === -1) continue;
    const admissionProof = admissionTree(rule)?.proofOf(admissionIndex) ?? [];
    return { admissionIndex, admissionProof: [...admissionProof] };
  }
  return OPEN;
}
