/**
 * What stands behind a record's `manifestHash`, where others build on it. It is JSON of any layout, hashed byte for byte;
 * what this project writes is RFC 8785. More fields may be there; these are read. A release's manifest is its
 * `manifest.json`.
 */
import { z } from "zod";
import { ScrutineerError } from "./errors.ts";
import { canonicalBytes } from "./item.ts";
import { sha256 } from "./sha256.ts";
import { toAddress, toHash, type Hash } from "./words.ts";

const address = z.string().transform((text) => toAddress(text));
const hash = z.string().transform((text) => toHash(text));

/** A model: who may vouch for its outputs. The record's content is its weights. */
export const modelManifestSchema = z.looseObject({
  format: z.literal("scrutineer-model/1"),
  name: z.string().min(1),
  /** Keys that sign its output receipts. */
  executors: z.array(address),
});
export type ModelManifest = z.output<typeof modelManifestSchema>;

/** A training: what came out. The record of the result has these weights for content and the training for a parent. */
export const trainingManifestSchema = z.looseObject({
  format: z.literal("scrutineer-training/1"),
  method: z.string().min(1),
  /** Hash of the result's weights. */
  result: hash,
});
export type TrainingManifest = z.output<typeof trainingManifestSchema>;

/**
 * An evaluation that anyone can recompute: the leaderboard of a release, as its `manifest.json` has it. The record's content
 * is sha-256 of that leaderboard as canonical JSON, its tasks are the release's. An evaluation of another kind has any
 * manifest.
 */
export const evaluationManifestSchema = z.looseObject({
  format: z.literal("scrutineer-evaluation/1"),
  /** Root of the release. */
  release: hash,
});
export type EvaluationManifest = z.output<typeof evaluationManifestSchema>;

/** sha-256 of the manifest as canonical JSON: a record's `manifestHash`. */
export function recordManifestHash(manifest: object): Hash {
  return sha256(canonicalBytes(manifest));
}

export function readModelManifest(bytes: Uint8Array): ModelManifest {
  return read(modelManifestSchema, bytes);
}

export function readTrainingManifest(bytes: Uint8Array): TrainingManifest {
  return read(trainingManifestSchema, bytes);
}

export function readEvaluationManifest(bytes: Uint8Array): EvaluationManifest {
  return read(evaluationManifestSchema, bytes);
}

function read<Schema extends z.ZodType>(schema: Schema, bytes: Uint8Array): z.output<Schema> {
  let why = "not JSON in UTF-8";
  try {
    const parsed = schema.safeParse(
      JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
    );
    if (parsed.success) return parsed.data;
    why = z.prettifyError(parsed.error);
  } catch (cause) {
    if (cause instanceof ScrutineerError) why = cause.message;
  }
  throw new ScrutineerError("manifest-invalid", `not the manifest of a record: ${why}`, {});
}
