/** What the page reads of the REST answers; fields it does not use are left out, unknown ones pass. */
import { z } from "zod";
import { admissionKindSchema } from "../../protocol/admission.ts";
import { goldStages } from "../../protocol/gold-gate.ts";
import { taskStates } from "../../protocol/task-state.ts";
import { termsSchema } from "../../protocol/terms-json.ts";

const lower = z.string().transform((text) => text.toLowerCase());
const amount = z.string().transform((text) => BigInt(text));
const seconds = z.number();

export const configSchema = z.object({
  chainId: z.number().transform((id) => BigInt(id)),
  rpcUrl: z.string(),
  graphqlUrl: z.string(),
  contracts: z.object({
    token: lower,
    stakeRegistry: lower,
    feedbackTasks: lower,
    provenanceRegistry: lower.optional(),
  }),
  operator: lower,
  receiptKey: lower,
  localChain: z.boolean(),
  localAccounts: z
    .array(z.object({ address: lower, privateKey: z.string(), role: z.string().optional() }))
    .default([]),
  anchorSeconds: z.number(),
});
export type Config = z.infer<typeof configSchema>;

const drawSchema = z.object({
  seats: z.number(),
  pool: z.number(),
  need: z.number(),
  threshold: amount,
});

export const taskSchema = z.object({
  taskId: lower,
  requester: lower,
  state: z.enum(taskStates),
  terms: termsSchema,
  title: z.string(),
  replay: z.boolean(),
  selfOperated: z.boolean(),
  admission: z.object({
    human: admissionKindSchema.nullable(),
    ai: admissionKindSchema.nullable(),
  }),
  createdAt: seconds,
  snapshotBlock: z.number(),
  seed: lower.nullable(),
  human: drawSchema.nullable(),
  ai: drawSchema.nullable(),
  progress: z.object({
    humanWanted: z.number(),
    aiWanted: z.number(),
    humanReceipted: z.number(),
    aiReceipted: z.number(),
    itemsFull: z.number(),
    humanValidators: z.number(),
    aiValidators: z.number(),
    ballotsCommitted: z.number(),
    ballotsRevealed: z.number(),
    ballotsSettled: z.number(),
  }),
  gold: z
    .object({
      stage: z.enum(goldStages),
      golds: z.number().nullable(),
      valid: z.number().nullable(),
      void: z.number().nullable(),
    })
    .nullable(),
  money: z.object({
    escrow: amount,
    refund: amount.nullable(),
    fees: amount.nullable(),
    paid: amount.nullable(),
    rest: amount.nullable(),
    penalties: amount.nullable(),
  }),
});
export type Task = z.infer<typeof taskSchema>;
export const taskPageSchema = z.object({
  tasks: z.array(taskSchema),
  nextCursor: z.string().nullable(),
});

const messageSchema = z.object({ role: z.string(), content: z.string() });
export type Message = z.infer<typeof messageSchema>;
/** Hashed as it stands: nothing may be dropped from it. */
export const contentSchema = z.looseObject({
  salt: z.string(),
  messages: z.array(z.looseObject(messageSchema.shape)),
});
export type Content = z.infer<typeof contentSchema>;

export const leaseSchema = z.object({
  lease: z.object({ itemIndex: z.number(), deadline: seconds }),
  item: z.object({
    itemIndex: z.number(),
    prompt: contentSchema,
    outputA: contentSchema,
    outputB: contentSchema,
    promptHash: lower,
    outputAHash: lower,
    outputBHash: lower,
    proof: z.array(lower),
  }),
  remaining: z.number().optional(),
});
export type Lease = z.infer<typeof leaseSchema>;

export const receiptSchema = z.object({
  digest: lower,
  receipt: z.object({
    taskId: lower,
    validator: lower,
    version: z.number(),
    judgments: z.number(),
    commitment: lower,
  }),
  receiptSignature: lower,
  receivedAt: seconds.optional(),
});
export type Receipt = z.infer<typeof receiptSchema>;

const step = z.object({ done: z.boolean(), at: seconds.nullable(), tx: lower.nullable() });
export const ballotStateSchema = z.object({
  taskId: lower,
  validator: lower,
  role: z.enum(["Human", "Ai"]),
  digest: lower,
  version: z.number(),
  judgments: z.number(),
  commitment: lower,
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
  signed: step.extend({ signature: z.string(), signer: lower }),
  receipted: step.extend({ receiptSignature: z.string() }),
  anchored: step.extend({ root: lower.nullable(), proof: z.array(lower) }),
  committed: step.extend({ version: z.number().nullable(), locked: amount.nullable() }),
  revealed: step.extend({ entries: lower.nullable(), void: z.boolean() }),
  scored: step.extend({
    scorePpm: z.number().nullable(),
    scored: z.number().nullable(),
    multiplePpm: z.number().nullable(),
    loss: amount.nullable(),
    gold: z.object({ right: z.number(), wrong: z.number(), failed: z.boolean() }).nullable(),
  }),
  paid: step.extend({ pay: amount.nullable(), withdrawn: z.boolean() }),
});
export type BallotState = z.infer<typeof ballotStateSchema>;

export const openingCopySchema = z.object({
  ballot: z.object({
    validator: lower,
    version: z.number(),
    judgments: z.number(),
    commitment: lower,
  }),
  signature: lower,
  opening: z.object({ entries: lower, salt: lower, notesHash: lower }),
});
export type OpeningCopy = z.infer<typeof openingCopySchema>;
export const encryptedCopySchema = z.object({ version: z.number(), ciphertext: z.string() });
export type EncryptedCopy = z.infer<typeof encryptedCopySchema>;
export const ownNotesSchema = z.object({
  notes: z.array(z.object({ taskId: lower, version: z.number(), notes: z.string() })),
});
export const erasedNotesSchema = z.object({ erased: z.number() });

export const signInSchema = z.object({ token: z.string(), address: lower, expiresAt: seconds });
export const nonceSchema = z.object({ nonce: z.string() });

export const releaseSchema = z.object({
  releaseId: z.string(),
  root: lower,
  taskIds: z.array(lower),
  rows: z.number(),
  createdAt: seconds,
  files: z.array(
    z.object({
      name: z.string(),
      bytes: z.number(),
      sha256: lower,
      mediaType: z.string(),
      url: z.string(),
    }),
  ),
});
export type Release = z.infer<typeof releaseSchema>;
export const releaseListSchema = z.object({ releases: z.array(releaseSchema) });

export const manifestSchema = z.looseObject({
  itemCount: z.number(),
  itemsRoot: lower,
  title: z.string().default(""),
  guideline: z.object({ version: z.string(), text: z.string() }).default({ version: "", text: "" }),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const problemSchema = z.looseObject({
  title: z.string().optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
});
