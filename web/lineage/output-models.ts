/** Which models wrote a task's outputs, by the receipts in its annex. The annex is served once the task is settled. */
import { z } from "zod";
import { ScrutineerError } from "../../protocol/errors.ts";
import {
  annexModelSchema,
  outputReceiptSchema,
  readAnnexModels,
} from "../../protocol/receipt-json.ts";
import { sha256 } from "../../protocol/sha256.ts";
import type { Hash } from "../../protocol/words.ts";
import { fetchContentBytes } from "../data/rest.ts";
import type { Task } from "../data/schemas.ts";
import type { OutputModel } from "./lineage-graph.ts";

const manifestSchema = z.object({ annexHash: z.string() });
const annexSchema = z.object({
  items: z.array(
    z.object({
      receiptA: outputReceiptSchema.optional(),
      receiptB: outputReceiptSchema.optional(),
    }),
  ),
  models: z.array(annexModelSchema).default([]),
});

/** Both files are held to their hashes; the signatures are what `scrutineer verify` is for. */
export async function fetchOutputModels({ taskId, terms }: Task): Promise<OutputModel[]> {
  const { annexHash } = manifestSchema.parse(await fetchJson(terms.manifestHash));
  return outputModelsOf(taskId, await fetchJson(annexHash));
}

export function outputModelsOf(taskId: Hash, annex: unknown): OutputModel[] {
  const { items, models } = annexSchema.parse(annex);
  const outputs = new Map<Hash, number>();
  for (const { receiptA, receiptB } of items) {
    for (const receipt of [receiptA, receiptB]) {
      if (receipt === undefined) continue;
      outputs.set(receipt.modelId, (outputs.get(receipt.modelId) ?? 0) + 1);
    }
  }
  return [...readAnnexModels(models)]
    .map(([modelId, { name }]) => ({ taskId, modelId, name, outputs: outputs.get(modelId) ?? 0 }))
    .sort((a, b) => b.outputs - a.outputs || (a.name < b.name ? -1 : 1));
}

async function fetchJson(hash: Hash): Promise<unknown> {
  const bytes = await fetchContentBytes(hash);
  if (sha256(bytes) !== hash) {
    throw new ScrutineerError("content-mismatch", "The content is not what its hash says.");
  }
  return JSON.parse(new TextDecoder().decode(bytes));
}
