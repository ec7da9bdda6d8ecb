/**
 * Output receipts for a row that is to be imported: an executor signs for each answer of its model. The row gets the salt
 * that the item will have, so that what is signed now is what the item's leaf holds later.
 */
import type { Layout } from "../../api/services/parse-pair.ts";
import { parsePair } from "../../api/services/parse-pair.ts";
import { canonicalBytes, contentHash } from "../../protocol/item.ts";
import type { Message } from "../../protocol/item.ts";
import { outputReceiptDigest } from "../../protocol/provenance.ts";
import type { OutputReceiptJson } from "../../protocol/receipt-json.ts";
import { sha256 } from "../../protocol/sha256.ts";
import type { SigningDomain } from "../../protocol/typed-data.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { signDigest } from "../../runtime/signatures.ts";

/** A model recorded on chain, with what its executor signs under. */
export interface ExecutedModel {
  readonly modelId: Hash;
  /** Byte for byte as the record's `manifestHash` has it. */
  readonly manifest: string;
  readonly executor: { readonly address: Address; readonly privateKey: Hash };
  /** What else went in: temperature, system prompt, length. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface SigningOptions {
  readonly domain: SigningDomain;
  readonly layout: Layout;
  /** By the label under which rows name them. */
  readonly models: ReadonlyMap<string, ExecutedModel>;
  /** Seconds. */
  readonly generatedAt: number;
  readonly drawSalt: () => Hash;
}

export interface SignedRow {
  readonly row: Readonly<Record<string, unknown>>;
  /** Receipts added. */
  readonly signed: number;
}

/** Adds what is missing: a salt the row has stays, and so does a receipt. Throws as the importer would for a bad row. */
export function signRow(given: unknown, options: SigningOptions): SignedRow {
  const pair = parsePair(options.layout, given);
  const { receiptA, receiptB, modelA, modelB } = pair.annex;
  const salt = pair.salt ?? options.drawSalt();
  const sign = (
    model: ExecutedModel | undefined,
    messages: readonly Message[],
  ): OutputReceiptJson | undefined =>
    model &&
    signOutput(
      model,
      contentHash({ salt, messages: pair.prompt }),
      contentHash({ salt, messages }),
      options,
    );
  const a = receiptA ? undefined : sign(options.models.get(modelA), pair.outputA);
  const b = receiptB ? undefined : sign(options.models.get(modelB), pair.outputB);
  return {
    row: {
      ...(given as Record<string, unknown>),
      salt,
      ...(a === undefined ? {} : { receipt_a: a }),
      ...(b === undefined ? {} : { receipt_b: b }),
    },
    signed: [a, b].filter((receipt) => receipt !== undefined).length,
  };
}

function signOutput(
  { modelId, executor, parameters }: ExecutedModel,
  promptHash: Hash,
  outputHash: Hash,
  { domain, generatedAt }: SigningOptions,
): OutputReceiptJson {
  const said = {
    modelId,
    promptHash,
    outputHash,
    parametersHash: sha256(canonicalBytes(parameters)),
  };
  const digest = outputReceiptDigest(domain, { ...said, generatedAt: BigInt(generatedAt) });
  const signature = signDigest(digest, executor.privateKey);
  return { ...said, executor: executor.address, generatedAt, signature };
}
