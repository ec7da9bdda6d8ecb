import { z } from "zod";
import {
  address,
  amount,
  count,
  freeText,
  hash,
  hex,
  judgingRole,
  seconds,
  signature,
  uint32,
} from "./values.ts";

export const ballot = z
  .object({
    validator: address,
    version: uint32,
    judgments: z.int().min(0).max(65_535),
    commitment: hash,
  })
  .meta({ id: "Ballot" });

export const opening = z
  .object({ entries: hex, salt: hash, notesHash: hash })
  .meta({ id: "Opening", description: "entries: 4 bytes each, presented sides" });

export const ballotSubmission = z
  .object({
    ballot,
    signature,
    opening,
    /** Canonical JSON (RFC 8785) whose sha-256 is `opening.notesHash`; only the newest version's notes are kept. */
    notes: freeText(1_000_000).optional(),
  })
  .meta({ id: "BallotSubmission" });
export type BallotSubmissionJson = z.infer<typeof ballotSubmission>;

export const receipt = z
  .object({
    digest: hash.meta({ description: "EIP-712 digest of the ballot: the leaf of its anchor" }),
    receipt: z.object({
      taskId: hash,
      validator: address,
      version: uint32,
      judgments: count,
      commitment: hash,
    }),
    receiptSignature: signature.meta({ description: "OpeningReceipt by the task's receiptKey" }),
    receivedAt: seconds,
  })
  .meta({ id: "Receipt" });
export type ReceiptJson = z.infer<typeof receipt>;

export const inclusionProof = z
  .object({
    root: hash,
    proof: z.array(hash),
    leaf: hash.meta({ description: "the digest; StandardMerkleTree over (bytes32)" }),
    anchorTx: hash.nullable(),
  })
  .meta({ id: "InclusionProof" });
export type InclusionProofJson = z.infer<typeof inclusionProof>;

const step = z.object({ done: z.boolean(), at: seconds.nullable(), tx: hash.nullable() });

/** signed → receipted → anchored → committed → revealed → scored → paid, each with its proof. */
export const ballotState = z
  .object({
    taskId: hash,
    validator: address,
    role: judgingRole,
    digest: hash,
    version: uint32,
    judgments: count,
    commitment: hash,
    stage: z.enum([
      "receipted",
      "anchored",
      "committed",
      "revealed",
      "void",
      "forfeited",
      "scored",
      "paid",
    ]),
    signed: step.extend({ signature, signer: address }),
    receipted: step.extend({ receiptSignature: signature }),
    anchored: step.extend({ root: hash.nullable(), proof: z.array(hash) }),
    committed: step.extend({ version: uint32.nullable(), locked: amount.nullable() }),
    revealed: step.extend({ entries: hex.nullable(), void: z.boolean() }),
    scored: step.extend({
      scorePpm: z.int().nullable(),
      scored: count.nullable(),
      multiplePpm: z.int().nullable(),
      loss: amount.nullable(),
      /** Answers to the golds that count; who failed earns nothing. Null where no gate stands. */
      gold: z.object({ right: count, wrong: count, failed: z.boolean() }).nullable(),
    }),
    paid: step.extend({
      pay: amount.nullable(),
      /** True once everything credited to the validator has been withdrawn. */
      withdrawn: z.boolean(),
    }),
  })
  .meta({ id: "BallotState" });
export type BallotStateJson = z.infer<typeof ballotState>;

export const ballotPath = z.object({ taskId: hash, validator: address });
export const digestPath = z.object({ digest: hash });

export const openingCopy = z.object({ ballot, signature, opening }).meta({ id: "OpeningCopy" });
export type OpeningCopyJson = z.infer<typeof openingCopy>;
export const notesExport = z
  .object({ notes: z.array(z.object({ taskId: hash, version: uint32, notes: z.string() })) })
  .meta({ id: "NotesExport" });
export type NotesExportJson = z.infer<typeof notesExport>;
export const notesErased = z.object({ erased: count });
