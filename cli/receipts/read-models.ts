/**
 * Which models an executor signs for: a JSON file, label → `{"modelId", "manifest", "key", "parameters"}`. Label is what
 * rows call the model, `manifest` and `key` are files beside it, `parameters` is optional.
 */
import { dirname, resolve } from "node:path";
import { computeAddress } from "ethers";
import { z } from "zod";
import { ScrutineerError } from "../../protocol/errors.ts";
import { readModelManifest } from "../../protocol/record-manifest.ts";
import { toHash } from "../../protocol/words.ts";
import { readJson, readPrivateKey, readText } from "../read-file.ts";
import type { ExecutedModel } from "./sign-row.ts";

const modelsFile = z.record(
  z.string().min(1),
  z.strictObject({
    modelId: z.string(),
    manifest: z.string(),
    key: z.string(),
    parameters: z.record(z.string(), z.json()).default({}),
  }),
);

export async function readModels(file: string): Promise<Map<string, ExecutedModel>> {
  const parsed = modelsFile.safeParse(await readJson(file));
  if (!parsed.success) {
    throw new ScrutineerError("invalid-input", `${file}: ${z.prettifyError(parsed.error)}`, {
      file,
    });
  }
  const beside = (name: string): string => resolve(dirname(file), name);
  const found = new Map<string, ExecutedModel>();
  for (const [label, model] of Object.entries(parsed.data)) {
    const manifest = await readText(beside(model.manifest));
    const privateKey = await readPrivateKey(beside(model.key));
    const address = computeAddress(privateKey).toLowerCase();
    const { name, executors } = readModelManifest(new TextEncoder().encode(manifest));
    if (name !== label) {
      throw invalid(file, `rows call it ${label}, its manifest ${name}; receipts would not hold`);
    }
    if (!executors.includes(address)) {
      throw invalid(file, `the key of ${label} is ${address}, which its manifest does not name`);
    }
    found.set(label, {
      modelId: toHash(model.modelId),
      manifest,
      executor: { address, privateKey },
      parameters: model.parameters,
    });
  }
  return found;
}

function invalid(file: string, message: string): ScrutineerError {
  return new ScrutineerError("invalid-input", `${file}: ${message}`, { file });
}
