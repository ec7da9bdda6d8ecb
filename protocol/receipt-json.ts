/**
 * Output receipts as JSON carries them, in rows to import and in an annex; and the models they speak of, each with the
 * text of its record's manifest, so that whoever holds the annex knows whose keys may sign.
 */
import { z } from "zod";
import { ScrutineerError } from "./errors.ts";
import type { ErrorCode } from "./errors.ts";
import { findReceiptFault } from "./provenance.ts";
import { readModelManifest } from "./record-manifest.ts";
import type { ModelManifest } from "./record-manifest.ts";
import { recoverSigner } from "./signature.ts";
import type { SigningDomain } from "./typed-data.ts";
import type { Address, Hash, Hex } from "./words.ts";

const hash = z.string().regex(/^0x[0-9a-f]{64}$/, "not a hash in lower-case 0x text");
const address = z.string().regex(/^0x[0-9a-f]{40}$/, "not an address in lower-case 0x text");

/** Exactly these fields, in lower case: an annex is hashed as it stands. */
export const outputReceiptSchema = z.strictObject({
  modelId: hash,
  /** The key that signed, named in the model's manifest. */
  executor: address,
  promptHash: hash,
  outputHash: hash,
  parametersHash: hash,
  /** Seconds. */
  generatedAt: z.int().min(0),
  signature: z.string().regex(/^0x[0-9a-f]{130}$/, "not 65 bytes in lower-case 0x text"),
});
export type OutputReceiptJson = z.output<typeof outputReceiptSchema>;

/** Longest manifest of a model that an annex carries, in characters. */
export const MAX_MODEL_MANIFEST = 65_536;

export const annexModelSchema = z.strictObject({
  /** Id of the model's record. */
  modelId: hash,
  /** The manifest byte for byte; its sha-256 is the record's `manifestHash`. */
  manifest: z.string().max(MAX_MODEL_MANIFEST),
});
export type AnnexModel = z.output<typeof annexModelSchema>;

/** The manifests of models by their records' ids. Refuses one that is none, and a model named twice. */
export function readAnnexModels(models: readonly AnnexModel[]): Map<Hash, ModelManifest> {
  const found = new Map<Hash, ModelManifest>();
  for (const { modelId, manifest } of models) {
    if (found.has(modelId)) {
      throw new ScrutineerError("manifest-invalid", `model ${modelId} is named twice`, { modelId });
    }
    found.set(modelId, readModelManifest(new TextEncoder().encode(manifest)));
  }
  return found;
}

/** An output as an item has it. */
export interface ReceiptedOutput {
  readonly promptHash: Hash;
  readonly outputHash: Hash;
  /** Which model is said to have written it. */
  readonly model: string;
}

export interface ReceiptFault {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Why this receipt does not vouch for this output, if it does not. `recover`: a faster way to tell a signer. */
export function findOutputFault(
  domain: SigningDomain,
  receipt: OutputReceiptJson,
  output: ReceiptedOutput,
  models: ReadonlyMap<Hash, ModelManifest>,
  recover: (digest: Hash, signature: Hex) => Address | undefined = recoverSigner,
): ReceiptFault | undefined {
  const { modelId, executor } = receipt;
  const model = models.get(modelId);
  if (model === undefined) {
    return { code: "content-unknown", message: `no manifest of the model ${modelId} is given` };
  }
  if (model.name !== output.model) {
    const message = `the receipt is for ${model.name}, the output is said to be of ${output.model}`;
    return { code: "content-mismatch", message };
  }
  for (const part of ["promptHash", "outputHash"] as const) {
    if (receipt[part] === output[part]) continue;
    const message = `the receipt's ${part} is ${receipt[part]}, the item's ${output[part]}`;
    return { code: "content-mismatch", message };
  }
  if (!model.executors.includes(executor)) {
    const message = `${executor} is no executor of ${model.name}`;
    return { code: "signer-wrong", message };
  }
  const { promptHash, outputHash } = output;
  const claimed = { modelId, promptHash, outputHash, executors: [executor] };
  const signed = { ...receipt, generatedAt: BigInt(receipt.generatedAt) };
  const code = findReceiptFault(domain, signed, claimed, recover);
  if (code === undefined) return undefined;
  return { code, message: `the signature is not by ${executor}, the executor it names` };
}
