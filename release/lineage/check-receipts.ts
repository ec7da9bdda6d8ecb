/**
 * Every output receipt in a task's annex: the model is recorded on chain, its manifest is the one the record names, the
 * receipt is over this item's hashes, and one of the model's executors signed it.
 */
import { isScrutineerError } from "../../protocol/errors.ts";
import { findOutputFault, readAnnexModels } from "../../protocol/receipt-json.ts";
import type { OutputReceiptJson, ReceiptedOutput } from "../../protocol/receipt-json.ts";
import type { ModelManifest } from "../../protocol/record-manifest.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";
import type { EvidenceTask } from "../evidence.ts";
import { doesNotHold, hold, holdEqual } from "../recount/report.ts";
import type { RegistryReader } from "./registry-reader.ts";
import type { ReceiptedModel, ReceiptsReport } from "./report.ts";

export interface ReceiptChain {
  readonly chainId: bigint;
  /** Undefined: the release names none, so it may hold no receipt. */
  readonly registry: RegistryReader | undefined;
  readonly recover?: ((digest: Hash, signature: Hex) => Address | undefined) | undefined;
}

/** Throws `recount-failed` at the first receipt that vouches for nothing. */
export async function checkReceipts(
  tasks: readonly EvidenceTask[],
  { chainId, registry, recover }: ReceiptChain,
  counted: () => void,
): Promise<ReceiptsReport> {
  const models = new Map<
    Hash,
    { -readonly [part in keyof ReceiptedModel]: ReceiptedModel[part] }
  >();
  let outputs = 0;
  let receipted = 0;
  for (const task of tasks) {
    const where = `task ${task.taskId}`;
    const manifests = await readModels(task, registry);
    for (const [modelId, { name, owner, isWithdrawn }] of manifests) {
      if (!models.has(modelId))
        models.set(modelId, { modelId, name, owner, outputs: 0, isWithdrawn });
    }
    for (const { side, itemIndex, receipt, output } of outputsOf(task)) {
      outputs += 1;
      if (receipt === undefined) continue;
      const place = `${where}, item ${itemIndex}, output ${side}`;
      hold(
        registry !== undefined,
        place,
        "a receipt, but the release names no registry of lineage",
      );
      const domain = signingDomain(chainId, registry.address);
      const fault = findOutputFault(domain, receipt, output, manifests, recover);
      if (fault !== undefined) throw doesNotHold(place, fault.message);
      receipted += 1;
      models.get(receipt.modelId)!.outputs += 1;
      counted();
    }
  }
  return { outputs, receipted, models: [...models.values()] };
}

interface RecordedModel extends ModelManifest {
  readonly owner: Address;
  readonly isWithdrawn: boolean;
}

/** The models the annex names, each held to its record. */
async function readModels(
  { taskId, annex }: EvidenceTask,
  registry: RegistryReader | undefined,
): Promise<Map<Hash, RecordedModel>> {
  const where = `task ${taskId}, models of the annex`;
  const found = new Map<Hash, RecordedModel>();
  const models = annex.models ?? [];
  const manifests = readOrRefuse(where, () => readAnnexModels(models));
  for (const { modelId, manifest: text } of models) {
    hold(registry !== undefined, where, "the release names no registry of lineage");
    const record = await registry.recordOf(modelId);
    hold(record !== undefined, where, `there is no record ${modelId} on this chain`);
    holdEqual(where, `kind of record ${modelId}`, "Model", record.kind);
    holdEqual(where, `manifest of model ${modelId}`, sha256Text(text), record.manifestHash);
    const { owner, isWithdrawn } = record;
    found.set(modelId, { ...manifests.get(modelId)!, owner, isWithdrawn });
  }
  return found;
}

function* outputsOf({ manifest, annex }: EvidenceTask): Generator<{
  readonly side: "A" | "B";
  readonly itemIndex: number;
  readonly receipt: OutputReceiptJson | undefined;
  readonly output: ReceiptedOutput;
}> {
  for (const [itemIndex, { prompt: promptHash, outputA, outputB }] of manifest.items.entries()) {
    // As many as the manifest has items: checked before.
    const { modelA, modelB, receiptA, receiptB } = annex.items[itemIndex]!;
    const a = { promptHash, outputHash: outputA, model: modelA };
    const b = { promptHash, outputHash: outputB, model: modelB };
    yield { side: "A", itemIndex, receipt: receiptA, output: a };
    yield { side: "B", itemIndex, receipt: receiptB, output: b };
  }
}

function readOrRefuse<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isScrutineerError(error, "manifest-invalid")) throw doesNotHold(where, error.message);
    throw error;
  }
}
