/** A list of validators in a file, with the rule it was drawn by: what `admission draw` prints and `task create` takes. */
import { z } from "zod";
import { admissionRuleSchema } from "../../protocol/admission.ts";
import type { AdmissionRule } from "../../protocol/admission.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { readJson } from "../read-file.ts";

export async function readListFile(file: string): Promise<AdmissionRule> {
  const parsed = admissionRuleSchema.safeParse(await readJson(file));
  if (parsed.success) return parsed.data;
  throw new ScrutineerError("invalid-input", `${file}: ${z.prettifyError(parsed.error)}`, { file });
}
