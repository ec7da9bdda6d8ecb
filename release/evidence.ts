/**
 * What the recount needs beside the chain: terms with manifest and annex, the content of the items
 * with their salts, and the ballots with signatures and openings. One canonical JSON a line.
 *
 *     evidence/tasks.jsonl     EvidenceTask
 *     evidence/items.jsonl     EvidenceItem, ascending within a task
 *     evidence/ballots.jsonl   EvidenceBallot, people first, then by address; `chainOnly` names what no file can show
 */
import { z } from "zod";
import { admissionRuleSchema } from "../protocol/admission.ts";
import { annexModelSchema, outputReceiptSchema } from "../protocol/receipt-json.ts";
import { termsSchema, termsToJson } from "../protocol/terms-json.ts";
import { toAddress, toHash } from "../protocol/words.ts";
import { chainOnlyOf, chainOnlyParts } from "./chain-only.ts";
import type { SourceBallot, SourceItem, SourceTask } from "./source.ts";

export const evidenceNames = ["tasks", "items", "ballots"] as const;
export type EvidenceName = (typeof evidenceNames)[number];

const hash = z.string().transform(toHash);
const address = z.string().transform(toAddress);
const hex = z.string().regex(/^0x([0-9a-f]{2})*$/, "not lower-case 0x text of whole bytes");
const units = z
  .string()
  .regex(/^\d{1,78}$/, "not an amount in the smallest unit")
  .transform(BigInt);
const count = z.int().min(0);
const transaction = z.union([z.literal(""), hash]);
const content = z.strictObject({
  salt: hash,
  messages: z.array(z.strictObject({ role: z.string(), content: z.string() })),
});

export const evidenceTaskSchema = z.strictObject({
  taskId: hash,
  requester: address,
  nonce: units,
  terms: termsSchema,
  transactions: z.strictObject({ created: hash, opened: hash }),
  gold: z.union([
    z.null(),
    z.strictObject({ golds: hex, valid: count, void: count, gate: z.boolean() }),
  ]),
  manifest: z.looseObject({
    format: z.literal("scrutineer-manifest/1"),
    title: z.string(),
    itemCount: count,
    itemsRoot: hash,
    items: z.array(z.strictObject({ prompt: hash, outputA: hash, outputB: hash })),
    admission: z.strictObject({ human: admissionRuleSchema, ai: admissionRuleSchema }),
    guideline: z.strictObject({ version: z.string(), text: z.string() }),
    replay: z.boolean(),
    identical: count,
    empty: count,
    annexHash: hash,
  }),
  annex: z.looseObject({
    format: z.literal("scrutineer-annex/1"),
    salt: hash,
    items: z.array(
      z.looseObject({
        modelA: z.string(),
        modelB: z.string(),
        category: z.string(),
        language: z.string(),
        source: z.string(),
        identical: z.boolean(),
        empty: z.boolean(),
        receiptA: outputReceiptSchema.optional(),
        receiptB: outputReceiptSchema.optional(),
      }),
    ),
    models: z.array(annexModelSchema).optional(),
  }),
});
export type EvidenceTask = z.output<typeof evidenceTaskSchema>;

export const evidenceItemSchema = z.strictObject({
  taskId: hash,
  itemIndex: count,
  prompt: content,
  outputA: content,
  outputB: content,
});
export type EvidenceItem = z.output<typeof evidenceItemSchema>;

export const evidenceBallotSchema = z.strictObject({
  taskId: hash,
  validator: address,
  role: z.enum(["Human", "Ai"]),
  version: count,
  judgments: count,
  commitment: hash,
  digest: hash,
  signature: z.union([z.literal(""), hex]),
  signer: address,
  admissionIndex: count,
  outcome: z.enum(["scored", "voided", "forfeited"]),
  opening: z.union([z.null(), z.strictObject({ entries: hex, salt: hash, notesHash: hash })]),
  chainOnly: z.array(z.enum(chainOnlyParts)),
  effectiveEntries: hex,
  scorePpm: z.int(),
  scored: count,
  multiplePpm: z.int(),
  payUnits: units,
  lossUnits: units,
  goldRight: count,
  goldWrong: count,
  goldFailed: z.boolean(),
  transactions: z.strictObject({ commit: transaction, reveal: transaction, settle: transaction }),
});
export type EvidenceBallot = z.output<typeof evidenceBallotSchema>;

/** Plain JSON of a task's line. */
export function taskEvidence(task: Omit<SourceTask, "items">): Record<string, unknown> {
  const { taskId, requester, nonce, terms, transactions, gold, manifest, annex } = task;
  return {
    taskId,
    requester,
    nonce: nonce.toString(),
    terms: termsToJson(terms),
    transactions,
    gold,
    manifest,
    annex,
  };
}

export function itemEvidence(taskId: string, item: SourceItem): Record<string, unknown> {
  const { itemIndex, prompt, outputA, outputB } = item;
  return { taskId, itemIndex, prompt, outputA, outputB };
}

export function ballotEvidence(taskId: string, ballot: SourceBallot): Record<string, unknown> {
  return {
    taskId,
    validator: ballot.validator,
    role: ballot.role,
    version: ballot.version,
    judgments: ballot.judgments,
    commitment: ballot.commitment,
    digest: ballot.digest,
    signature: ballot.signature,
    signer: ballot.signer,
    admissionIndex: ballot.admissionIndex,
    outcome: ballot.outcome,
    opening: ballot.opening,
    chainOnly: chainOnlyOf(ballot),
    effectiveEntries: ballot.effectiveEntries,
    scorePpm: ballot.scorePpm,
    scored: ballot.scored,
    multiplePpm: ballot.multiplePpm,
    payUnits: ballot.payUnits.toString(),
    lossUnits: ballot.lossUnits.toString(),
    goldRight: ballot.goldRight,
    goldWrong: ballot.goldWrong,
    goldFailed: ballot.goldFailed,
    transactions: ballot.transactions,
  };
}
