/** Admission lists go with the rows, as options in the first line: they may be too long for a query. */
import { createReadStream } from "node:fs";
import { z } from "zod";
import { uploadOptions } from "../../api/schemas/uploads.ts";
import type { UploadJson } from "../../api/schemas/uploads.ts";
import { readJsonLines } from "../../api/services/read-lines.ts";
import type { AdmissionRule } from "../../protocol/admission.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { admissionTree } from "../../protocol/manifest.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import type { Address } from "../../protocol/words.ts";
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

const optionsLine = z.strictObject({ options: uploadOptions });

/** What the file's own first line says of who may judge; none where it is no line of options, or not a good one. */
export async function readListsInFile(file: string): Promise<AdmissionLists> {
  for await (const read of readJsonLines(createReadStream(file))) {
    const own =
      read.line === 1 && "value" in read ? optionsLine.safeParse(read.value).data : undefined;
    if (own === undefined) return {};
    const { humans, ais, humanAdmission = listOf(humans), aiAdmission = listOf(ais) } = own.options;
    return {
      ...(humanAdmission === undefined ? {} : { humanAdmission }),
      ...(aiAdmission === undefined ? {} : { aiAdmission }),
    };
  }
  return {};
}

function listOf(validators: readonly Address[] | undefined): AdmissionRule | undefined {
  return validators === undefined ? undefined : { rule: "list", validators };
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

/**
 * What came back binds the lists that were sent, before the file or in it: else the terms would admit whom the service likes.
 */
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
