/**
 * Output receipts at import: each must be signed, over the hashes this row will have, by an executor that the manifest of
 * the model's record names. A row whose receipt says less is a bad row: whoever reads the annex later may rely on them.
 */
import { ScrutineerError } from "../../protocol/errors.ts";
import { contentHash } from "../../protocol/item.ts";
import type { AnnexItem } from "../../protocol/manifest.ts";
import { findOutputFault, readAnnexModels } from "../../protocol/receipt-json.ts";
import type { AnnexModel } from "../../protocol/receipt-json.ts";
import type { ModelManifest } from "../../protocol/record-manifest.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import type { SigningDomain } from "../../protocol/typed-data.ts";
import type { Hash } from "../../protocol/words.ts";
import type { Database } from "../../store/database.ts";
import { listRecords } from "../../store/submissions/records.ts";
import type { Signers } from "../deps.ts";
import type { PublicConfig } from "../schemas/config.ts";
import type { Pair } from "./parse-pair.ts";

export interface ReceiptDeps {
  readonly db: Database;
  readonly publicConfig: Pick<PublicConfig, "chainId" | "contracts">;
  readonly signers: Pick<Signers, "recoverAddress">;
}

export interface KnownModels {
  readonly domain: SigningDomain;
  readonly manifests: ReadonlyMap<Hash, ModelManifest>;
}

/** Holds the models an upload names to their records on chain. Undefined: it names none. */
export async function knowModels(
  { db, publicConfig }: ReceiptDeps,
  models: readonly AnnexModel[] | undefined,
): Promise<KnownModels | undefined> {
  if (models === undefined || models.length === 0) return undefined;
  const { provenanceRegistry } = publicConfig.contracts;
  if (provenanceRegistry === undefined) throw refused("this service knows no registry of lineage");
  const manifests = readAnnexModels(models);
  const records = await listRecords(
    db,
    models.map(({ modelId }) => modelId),
  );
  for (const { modelId, manifest } of models) {
    const record = records.find(({ recordId }) => recordId === modelId);
    if (record?.kind !== "Model") {
      throw refused(`the registry of lineage has no model ${modelId}, as far as it is indexed`);
    }
    if (record.manifestHash !== sha256Text(manifest)) {
      throw refused(`the manifest of model ${modelId} is not the one its record names`);
    }
  }
  return { domain: signingDomain(BigInt(publicConfig.chainId), provenanceRegistry), manifests };
}

/** Throws `import-receipt-invalid`. */
export function checkReceipts(
  { signers }: Pick<ReceiptDeps, "signers">,
  known: KnownModels | undefined,
  pair: Pair,
): void {
  for (const { side, receipt, model, messages } of sidesOf(pair)) {
    if (receipt === undefined) continue;
    if (known === undefined) {
      throw invalid(`receipt_${side}: the file's options name no models`);
    }
    // parsePair refuses a receipt without the salt.
    const salt = pair.salt as Hash;
    const output = {
      promptHash: contentHash({ salt, messages: pair.prompt }),
      outputHash: contentHash({ salt, messages }),
      model,
    };
    const fault = findOutputFault(
      known.domain,
      receipt,
      output,
      known.manifests,
      signers.recoverAddress,
    );
    if (fault !== undefined) throw invalid(`receipt_${side}: ${fault.message}`);
  }
}

/** Those of the named models of which these items have receipts; undefined where there is none. */
export function modelsSpokenOf(
  models: readonly AnnexModel[] | undefined,
  items: readonly AnnexItem[],
): readonly AnnexModel[] | undefined {
  const spokenOf = new Set(
    items.flatMap(({ receiptA, receiptB }) => [receiptA?.modelId, receiptB?.modelId]),
  );
  const found = models?.filter(({ modelId }) => spokenOf.has(modelId)) ?? [];
  return found.length === 0 ? undefined : found;
}

function sidesOf({ outputA, outputB, annex }: Pair): {
  readonly side: "a" | "b";
  readonly receipt: AnnexItem["receiptA"];
  readonly model: string;
  readonly messages: Pair["outputA"];
}[] {
  return [
    { side: "a", receipt: annex.receiptA, model: annex.modelA, messages: outputA },
    { side: "b", receipt: annex.receiptB, model: annex.modelB, messages: outputB },
  ];
}

function refused(why: string): ScrutineerError {
  return new ScrutineerError("invalid-input", `options.models: ${why}`);
}

function invalid(message: string): ScrutineerError {
  return new ScrutineerError("import-receipt-invalid", message);
}
