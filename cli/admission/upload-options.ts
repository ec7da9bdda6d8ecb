/** Admission lists go with the rows, as options in the first line: they may be too long for a query. */
import type { UploadJson } from "../../api/schemas/uploads.ts";
import type { AdmissionRule } from "../../protocol/admission.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { admissionTree } from "../../protocol/manifest.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import { readListFile } from "./list-file.ts";

export interface AdmissionLists {
  readonly humanAdmission?: AdmissionRule;
  readonly aiAdmission?: AdmissionRule;
}

export async function readLists(
  human: string | undefined,
  ai: string | undefined,
): Promise<AdmissionLists> {
  return {
    ...(human === undefined ? {} : { humanAdmission: await readListFile(human) }),
    ...(ai === undefined ? {} : { aiAdmission: await readListFile(ai) }),
  };
}

/** The rows as they are, after a line with the lists if there are any. */
export async function* withLists(
  lists: AdmissionLists,
  rows: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (Object.keys(lists).length > 0) {
    const options = { ...lists, prepended: true };
    yield new TextEncoder().encode(`${JSON.stringify({ options })}\n`);
  }
  yield* rows;
}

/** What came back binds the lists that were sent: else the terms would admit whom the service likes. */
export function checkLists(lists: AdmissionLists, parts: UploadJson["parts"]): void {
  const human = admissionTree(lists.humanAdmission ?? { rule: "open" })?.root ?? ZERO_HASH;
  const ai = admissionTree(lists.aiAdmission ?? { rule: "open" })?.root ?? ZERO_HASH;
  for (const { humanAdmissionRoot, aiAdmissionRoot, manifestHash } of parts) {
    if (humanAdmissionRoot === human && aiAdmissionRoot === ai) continue;
    throw new ScrutineerError(
      "manifest-mismatch",
      "the service put other admission lists into the manifest than were sent",
      { manifestHash },
    );
  }
}
