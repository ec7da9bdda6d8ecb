/** From imported items and a few chosen terms to a funded task. */
import type { Wallet } from "ethers";
import { z } from "zod";
import type { UploadJson } from "../api/schemas/uploads.ts";
import type { PublicConfig } from "../api/schemas/config.ts";
import { IFeedbackTasks__factory, TestToken__factory } from "../bindings/index.ts";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Terms } from "../protocol/terms.ts";
import { escrowUnits, leastBondUnits } from "../protocol/terms.ts";
import { termsToJson } from "../protocol/terms-json.ts";
import type { Hash } from "../protocol/words.ts";
import { PPM, ZERO_HASH } from "../protocol/words.ts";
import type { ApiClient } from "./api-client.ts";
import { permitFrom } from "./permit.ts";

const units = z
  .union([
    z.string().regex(/^\d{1,29}$/, "not an amount in the token's smallest unit"),
    z.int().min(0),
  ])
  .transform((value) => BigInt(value));
const moment = z.union([
  z.int().min(0),
  z.iso.datetime().transform((text) => Math.floor(Date.parse(text) / 1000)),
]);

/**
 * What a requester chooses; the rest of the terms follows from the items, the operator and the defaults of protocol.md,
 * section 4. Amounts are in the token's smallest unit; times are seconds since 1970 or ISO 8601.
 */
export const termsDraftSchema = z.strictObject({
  humanVotes: z.int(),
  aiVotes: z.int().default(0),
  humanPrice: units,
  aiPrice: units.default(0n),
  operatorFee: units.default(0n),
  /** Default: the least allowed, a quarter of the escrow. */
  operatorBond: units.optional(),
  /** Default 250,000 ppm; 130,000 with `conditionOnAi`. */
  fullPayScore: z.int().optional(),
  /** Default 50,000 ppm; 20,000 with `conditionOnAi`. */
  breakEven: z.int().optional(),
  maxPenalty: z.int().default(500_000),
  minJudgments: z.int().default(40),
  conditionOnAi: z.boolean().default(false),
  oversubscription: z.int().default(PPM),
  /** Default: `closesAt`. */
  aiClosesAt: moment.optional(),
  closesAt: moment,
  commitEndsAt: moment,
  revealEndsAt: moment,
});
export type TermsDraft = z.infer<typeof termsDraftSchema>;

export type ImportedPart = UploadJson["parts"][number];

export interface CreatedTask {
  readonly taskId: Hash;
  readonly terms: Terms;
  readonly transaction: Hash;
}

export function completeTerms(
  draft: TermsDraft,
  part: ImportedPart,
  operator: Pick<PublicConfig, "operator" | "receiptKey">,
  goldHash: Hash = ZERO_HASH,
): Terms {
  const terms: Terms = {
    operator: operator.operator,
    operatorBond: draft.operatorBond ?? 0n,
    receiptKey: operator.receiptKey,
    itemsRoot: part.itemsRoot,
    itemCount: part.itemCount,
    manifestHash: part.manifestHash,
    goldHash,
    humanAdmissionRoot: part.humanAdmissionRoot,
    humanSeats: part.humanSeats,
    aiAdmissionRoot: part.aiAdmissionRoot,
    aiSeats: part.aiSeats,
    humanVotes: draft.humanVotes,
    aiVotes: draft.aiVotes,
    humanPrice: draft.humanPrice,
    aiPrice: draft.aiPrice,
    operatorFee: draft.operatorFee,
    fullPayScore: draft.fullPayScore ?? (draft.conditionOnAi ? 130_000 : 250_000),
    breakEven: draft.breakEven ?? (draft.conditionOnAi ? 20_000 : 50_000),
    maxPenalty: draft.maxPenalty,
    minJudgments: draft.minJudgments,
    conditionOnAi: draft.conditionOnAi,
    oversubscription: draft.oversubscription,
    aiClosesAt: BigInt(draft.aiClosesAt ?? draft.closesAt),
    closesAt: BigInt(draft.closesAt),
    commitEndsAt: BigInt(draft.commitEndsAt),
    revealEndsAt: BigInt(draft.revealEndsAt),
  };
  return draft.operatorBond === undefined
    ? { ...terms, operatorBond: leastBondUnits(terms) }
    : terms;
}

/**
 * Has the operator accept the terms, lets the contract take the escrow and creates the task.
 * @param requester a wallet connected to the chain, holding the escrow
 * @param goldHash what binds the task's golds, which the operator must have been handed
 */
export async function createTask(
  api: ApiClient,
  requester: Wallet,
  config: Pick<PublicConfig, "operator" | "receiptKey" | "contracts">,
  part: ImportedPart,
  draft: TermsDraft,
  goldHash: Hash = ZERO_HASH,
): Promise<CreatedTask> {
  const terms = completeTerms(draft, part, config, goldHash);
  const tasks = IFeedbackTasks__factory.connect(config.contracts.feedbackTasks, requester);
  const token = TestToken__factory.connect(config.contracts.token, requester);
  const nonce = await tasks.nonceOf(requester.address);
  const accepted = await api.post<{ taskId: Hash; signature: string }>("/acceptances", {
    terms: termsToJson(terms),
    requester: requester.address,
    nonce: nonce.toString(),
  });
  if (accepted === undefined) throw new ScrutineerError("acceptance-refused", "no acceptance");

  const escrow = escrowUnits(terms);
  const balance = await token.balanceOf(requester.address);
  if (balance < escrow) {
    throw new ScrutineerError(
      "escrow-unfunded",
      `the task needs ${escrow} units in escrow, ${requester.address} holds ${balance}`,
      { escrow: escrow.toString(), balance: balance.toString() },
    );
  }
  const allowance = await token.allowance(requester.address, config.contracts.feedbackTasks);
  const permit =
    allowance < escrow
      ? await permitFrom(requester, config.contracts.token, config.contracts.feedbackTasks, escrow)
      : undefined;
  if (allowance < escrow && permit === undefined) {
    await (await token.approve(config.contracts.feedbackTasks, escrow)).wait();
  }
  const { createTask: create, createTaskWithPermit: createByPermit } = tasks;
  const call = [terms, accepted.signature] as const;
  const sent =
    permit === undefined
      ? await create(...call, await roomAbove(create.estimateGas(...call)))
      : await createByPermit(
          ...call,
          ...permit,
          await roomAbove(createByPermit.estimateGas(...call, ...permit)),
        );
  const mined = await sent.wait();
  if (mined === null) throw new ScrutineerError("transaction-reverted", "createTask was not mined");
  return { taskId: accepted.taskId, terms, transaction: mined.hash };
}

/** An estimate holds for the chain as it was: if the contract pays out its last token meanwhile, the first one in costs more. */
async function roomAbove(estimate: Promise<bigint>): Promise<{ gasLimit: bigint }> {
  return { gasLimit: (await estimate) + 100_000n };
}
