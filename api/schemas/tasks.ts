import { z } from "zod";
import { admissionKindSchema } from "../../protocol/admission.ts";
import { goldStages } from "../../protocol/gold-gate.ts";
import { taskStates } from "../../protocol/task-state.ts";
import { address, amount, count, cursor, hash, ppm, seconds, signature, uint32 } from "./values.ts";

/** `IFeedbackTasks.Terms`: same names; bounds are checked by the protocol, not here. */
export const terms = z
  .object({
    operator: address,
    operatorBond: amount,
    receiptKey: address,
    itemsRoot: hash,
    itemCount: z.int().min(0).max(65_535),
    manifestHash: hash,
    goldHash: hash,
    humanAdmissionRoot: hash,
    humanSeats: uint32,
    aiAdmissionRoot: hash,
    aiSeats: uint32,
    humanVotes: z.int().min(0).max(255),
    aiVotes: z.int().min(0).max(255),
    humanPrice: amount,
    aiPrice: amount,
    operatorFee: amount,
    fullPayScore: ppm,
    breakEven: ppm,
    maxPenalty: ppm,
    minJudgments: z.int().min(0).max(65_535),
    conditionOnAi: z.boolean(),
    oversubscription: ppm,
    aiClosesAt: seconds,
    closesAt: seconds,
    commitEndsAt: seconds,
    revealEndsAt: seconds,
  })
  .meta({ id: "Terms" });
export const acceptanceRequest = z
  .object({ terms, requester: address, nonce: amount })
  .meta({ id: "AcceptanceRequest" });
export const acceptance = z.object({ taskId: hash, signature }).meta({ id: "Acceptance" });

export const taskState = z.enum(taskStates);

export const draw = z
  .object({ seats: count, pool: count, need: count, threshold: amount })
  .meta({ id: "Draw", description: "threshold is a uint256, decimal" });

export const task = z
  .object({
    taskId: hash,
    requester: address,
    state: taskState,
    terms,
    title: z.string(),
    /** Judgments made elsewhere: served live to nobody. */
    replay: z.boolean(),
    /** The operator and the requester are the same address. */
    selfOperated: z.boolean(),
    /** What each role's list was drawn by; null: the manifest was not read yet, or has another list than the terms. */
    admission: z.object({
      human: admissionKindSchema.nullable(),
      ai: admissionKindSchema.nullable(),
    }),
    createdAt: seconds,
    snapshotBlock: count,
    seedBlock: count,
    seed: hash.nullable(),
    human: draw.nullable(),
    ai: draw.nullable(),
    progress: z.object({
      /** Judgments wanted: items times votes. */
      humanWanted: count,
      aiWanted: count,
      /** Judgments with a receipt from this service. */
      humanReceipted: count,
      aiReceipted: count,
      /** Items with at least as many receipted human judgments as votes. */
      itemsFull: count,
      humanValidators: count,
      aiValidators: count,
      ballotsCommitted: count,
      ballotsRevealed: count,
      ballotsSettled: count,
    }),
    gold: z
      .object({
        /** Sealed: not opened, or not in time. NoGate: people contradicted more than a tenth. */
        stage: z.enum(goldStages),
        /** Null until opened: before that even their number is not known. */
        golds: count.nullable(),
        /** Null until people's final votes were held against them. */
        valid: count.nullable(),
        void: count.nullable(),
      })
      .nullable()
      .meta({ description: "null where the terms bind no gold" }),
    money: z.object({
      escrow: amount,
      /** Null until the chain fixed them. */
      refund: amount.nullable(),
      fees: amount.nullable(),
      paid: amount.nullable(),
      rest: amount.nullable(),
      penalties: amount.nullable(),
    }),
  })
  .meta({ id: "Task" });
export type TaskJson = z.infer<typeof task>;

export const taskQuery = z.object({
  state: taskState.optional(),
  cursor: cursor.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const taskPage = z
  .object({ tasks: z.array(task), nextCursor: cursor.nullable() })
  .meta({ id: "TaskPage" });
export type TaskPageJson = z.infer<typeof taskPage>;
export const taskPath = z.object({ taskId: hash });
