/** A file of pairs → the same file with salts and output receipts, and the models in its options. */
import { createReadStream } from "node:fs";
import { access, constants, open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { z } from "zod";
import { readJsonLines } from "../../api/services/read-lines.ts";
import { ScrutineerError, isScrutineerError } from "../../protocol/errors.ts";
import { annexModelSchema } from "../../protocol/receipt-json.ts";
import type { AnnexModel } from "../../protocol/receipt-json.ts";
import { readable } from "../read-file.ts";
import { signRow } from "./sign-row.ts";
import type { SigningOptions } from "./sign-row.ts";

export interface SignedFile {
  readonly rows: number;
  readonly signed: number;
}

const optionsLine = z.strictObject({
  options: z.looseObject({
    models: z.array(annexModelSchema).default([]),
    layout: z.enum(["pairs", "battles"]).optional(),
  }),
});

/** `target` must not exist, and does not if this fails. Several executors sign one after the other, each what the one before left open. */
export async function signFile(
  source: string,
  target: string,
  options: SigningOptions,
): Promise<SignedFile> {
  await readable(source, () => access(source, constants.R_OK));
  const output = await readable(target, () => openNew(target));
  if (output === undefined) {
    throw new ScrutineerError("file-exists", `${target} is there already`, { file: target });
  }
  try {
    return await signLines(source, output, options);
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  } finally {
    await output.close();
  }
}

/** Undefined where there is something of that name. */
async function openNew(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "wx");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return undefined;
    throw error;
  }
}

async function signLines(
  source: string,
  output: FileHandle,
  given: SigningOptions,
): Promise<SignedFile> {
  let options = given;
  const write = (value: unknown): Promise<void> => output.appendFile(`${JSON.stringify(value)}\n`);
  const added = [...options.models.values()].map(({ modelId, manifest }) => ({
    modelId,
    manifest,
  }));
  let rows = 0;
  let signed = 0;
  let hasOptions = false;
  for await (const read of readJsonLines(createReadStream(source))) {
    if ("fault" in read) throw badLine(source, read.line, read.fault.message);
    const own = read.line === 1 ? optionsLine.safeParse(read.value).data : undefined;
    if (!hasOptions) {
      hasOptions = true;
      const models = merge(own?.options.models ?? [], added);
      await write({ options: { ...own?.options, models } });
      options = { ...given, layout: own?.options.layout ?? given.layout };
      if (own !== undefined) continue;
    }
    try {
      const one = signRow(read.value, options);
      await write(one.row);
      signed += one.signed;
      rows += 1;
    } catch (error) {
      if (isScrutineerError(error)) throw badLine(source, read.line, error.message);
      throw error;
    }
  }
  return { rows, signed };
}

function merge(had: readonly AnnexModel[], added: readonly AnnexModel[]): AnnexModel[] {
  const known = new Set(had.map(({ modelId }) => modelId));
  return [...had, ...added.filter(({ modelId }) => !known.has(modelId))];
}

function badLine(file: string, line: number, message: string): ScrutineerError {
  return new ScrutineerError("import-rows-bad", `${file}, line ${line}: ${message}`, {
    file,
    line,
  });
}
