/** Every table that is shown, with the columns that are; what joins them is said in the other files of this folder. */
import type { TaskState } from "../../protocol/task-state.ts";
import { inState } from "../../store/chain-queries.ts";
import * as chain from "../../store/schema/chain.ts";
import { ballotVersions } from "../../store/schema/submissions.ts";
import { or } from "drizzle-orm";
import { TaskStateEnum, type Kind } from "./builder.ts";
import { tableType } from "./table-type.ts";

/** Where a fact was stated: the columns every fact has. */
const position = {
  blockNumber: "BigInt",
  blockHash: "Hash",
  blockTimestamp: "BigInt",
  txHash: "Hash",
  logIndex: "Int",
} as const satisfies Record<string, Kind>;

export type BallotVersion = typeof ballotVersions.$inferSelect;

export const Task = tableType<chain.Task>({
  name: "Task",
  description: "Items put out for judgment under fixed terms and a funded escrow.",
  table: chain.tasks,
  key: ["createdBlock", "createdLogIndex"],
  columns: {
    taskId: "Hash",
    requester: "Address",
    nonce: "BigInt",
    escrowUnits: "BigInt",
    snapshotBlock: "BigInt",
    seedBlock: "BigInt",
    operator: "Address",
    operatorBond: "BigInt",
    receiptKey: "Address",
    itemsRoot: "Hash",
    itemCount: "Int",
    manifestHash: "Hash",
    goldHash: "Hash",
    humanAdmissionRoot: "Hash",
    humanSeats: "Uint32",
    aiAdmissionRoot: "Hash",
    aiSeats: "Uint32",
    humanVotes: "Int",
    aiVotes: "Int",
    humanPrice: "BigInt",
    aiPrice: "BigInt",
    operatorFee: "BigInt",
    fullPayScore: "Int",
    breakEven: "Int",
    maxPenalty: "Int",
    minJudgments: "Int",
    conditionOnAi: "Boolean",
    oversubscription: "Uint32",
    aiClosesAt: "BigInt",
    closesAt: "BigInt",
    commitEndsAt: "BigInt",
    revealEndsAt: "BigInt",
    replay: "Boolean",
    seed: "Hash",
    humanDrawSeats: "Uint32",
    humanDrawPool: "Uint32",
    humanDrawNeed: "Int",
    humanDrawThreshold: "BigInt",
    aiDrawSeats: "Uint32",
    aiDrawPool: "Uint32",
    aiDrawNeed: "Int",
    aiDrawThreshold: "BigInt",
    opened: "Boolean",
    cancelled: "Boolean",
    booksClosed: "Boolean",
    settled: "Boolean",
    bondReleased: "Boolean",
    goldStage: "GoldStage",
    ballotsCommitted: "Int",
    ballotsRevealed: "Int",
    ballotsVoided: "Int",
    ballotsForfeited: "Int",
    ballotsSettled: "Int",
    judgmentsCommitted: "Int",
    judgmentsRevealed: "Int",
    goldCount: "Int",
    goldValid: "Int",
    goldVoid: "Int",
    claimsMade: "Int",
    claimsPaid: "Int",
    refundUnits: "BigInt",
    feeUnits: "BigInt",
    paidUnits: "BigInt",
    restUnits: "BigInt",
    penaltyUnits: "BigInt",
    claimedUnits: "BigInt",
    seizedUnits: "BigInt",
    claimsPaidUnits: "BigInt",
    createdAt: "BigInt",
    createdBlock: "BigInt",
    createdBlockHash: "Hash",
    createdLogIndex: "Int",
    createdTx: "Hash",
    openedAt: "BigInt",
    openedBlock: "BigInt",
    openedTx: "Hash",
    cancelledAt: "BigInt",
    cancelledBlock: "BigInt",
    cancelledTx: "Hash",
    booksClosedAt: "BigInt",
    booksClosedBlock: "BigInt",
    booksClosedTx: "Hash",
    settledAt: "BigInt",
    settledBlock: "BigInt",
    settledTx: "Hash",
    bondReleasedAt: "BigInt",
    bondReleasedBlock: "BigInt",
    bondReleasedTx: "Hash",
    goldOpenedAt: "BigInt",
    goldOpenedBlock: "BigInt",
    goldOpenedTx: "Hash",
    goldJudgedAt: "BigInt",
    goldJudgedBlock: "BigInt",
    goldJudgedTx: "Hash",
  },
  special: [
    {
      name: "state",
      type: TaskStateEnum,
      list: false,
      toSql: (state, now) => (state === null ? undefined : inState(state as TaskState, now)),
    },
    {
      name: "state_in",
      type: TaskStateEnum,
      list: true,
      toSql: (states, now) =>
        states === null ? undefined : or(...(states as TaskState[]).map((s) => inState(s, now))),
    },
  ],
});

export const Item = tableType<chain.Item>({
  name: "Item",
  description: "A prompt with two outputs, by their hashes; known once the task's manifest is.",
  table: chain.items,
  key: ["taskId", "itemIndex"],
  columns: {
    taskId: "Hash",
    itemIndex: "Int",
    promptHash: "Hash",
    outputAHash: "Hash",
    outputBHash: "Hash",
  },
});

export const Gold = tableType<chain.Gold>({
  name: "Gold",
  description:
    "An item whose answer the requester knew, as the chain opened it: a gate, never pay.",
  table: chain.golds,
  key: ["taskId", "itemIndex"],
  columns: { taskId: "Hash", itemIndex: "Int", answer: "Verdict", ...position },
});

export const Validator = tableType<chain.Validator>({
  name: "Validator",
  description: "Somebody who staked, operators too; the position is that of the join.",
  table: chain.validators,
  key: ["blockNumber", "logIndex"],
  columns: {
    validator: "Address",
    role: "StakeRole",
    profileHash: "Hash",
    stakedUnits: "BigInt",
    lockedUnits: "BigInt",
    active: "Boolean",
    seatFromBlock: "BigInt",
    exitableAt: "BigInt",
    ...position,
  },
});

export const SeatChange = tableType<chain.SeatChange>({
  name: "SeatChange",
  description: "A seat taken or vacated; it counts from `fromBlock` on.",
  table: chain.seatChanges,
  key: ["blockNumber", "logIndex"],
  columns: {
    validator: "Address",
    role: "StakeRole",
    active: "Boolean",
    fromBlock: "BigInt",
    ...position,
  },
});

export const StakeChange = tableType<chain.StakeChange>({
  name: "StakeChange",
  description: "A stake that grew, shrank, was lost, or began to leave.",
  table: chain.stakeChanges,
  key: ["blockNumber", "logIndex"],
  columns: {
    validator: "Address",
    kind: "StakeChangeKind",
    units: "BigInt",
    taskId: "Hash",
    ...position,
  },
});

export const Session = tableType<chain.Session>({
  name: "Session",
  description:
    "A key that may sign ballots for a validator. An `expiresAt` beyond 2^40 - 1, later than any task, is shown as that.",
  table: chain.sessions,
  key: ["validator", "key"],
  columns: {
    validator: "Address",
    key: "Address",
    nonce: "BigInt",
    authorizedAt: "BigInt",
    expiresAt: "BigInt",
    revokedAt: "BigInt",
    revokedTx: "Hash",
    ...position,
  },
});

export const Anchor = tableType<chain.Anchor>({
  name: "Anchor",
  description: "A Merkle root of ballots received so far, put on chain.",
  table: chain.anchors,
  key: ["blockNumber", "logIndex"],
  columns: { taskId: "Hash", sender: "Address", root: "Hash", ballots: "BigInt", ...position },
});

export const Commit = tableType<chain.Commit>({
  name: "Commit",
  description: "A ballot recorded on chain while verdicts were secret; replaced ones too.",
  table: chain.commits,
  key: ["blockNumber", "logIndex"],
  columns: {
    taskId: "Hash",
    validator: "Address",
    signer: "Address",
    version: "Uint32",
    judgments: "Int",
    admissionIndex: "Int",
    commitment: "Hash",
    lockedUnits: "BigInt",
    ...position,
  },
});

export const Ballot = tableType<chain.Ballot>({
  name: "Ballot",
  description: "The record of one validator in one task, from commit to settlement.",
  table: chain.ballots,
  key: ["taskId", "validator"],
  columns: {
    taskId: "Hash",
    validator: "Address",
    role: "Role",
    status: "BallotStatus",
    signer: "Address",
    version: "Uint32",
    unfundedVersion: "Uint32",
    judgments: "Int",
    admissionIndex: "Int",
    commitment: "Hash",
    lockedUnits: "BigInt",
    entries: "Hex",
    effectiveJudgments: "Int",
    scorePpm: "Int",
    scored: "Int",
    multiplePpm: "Int",
    payUnits: "BigInt",
    lossUnits: "BigInt",
    goldFailed: "Boolean",
    committedAt: "BigInt",
    committedBlock: "BigInt",
    committedBlockHash: "Hash",
    committedTx: "Hash",
    revealedAt: "BigInt",
    revealedBlock: "BigInt",
    revealedTx: "Hash",
    settledAt: "BigInt",
    settledBlock: "BigInt",
    settledTx: "Hash",
  },
});

/** Neither entries nor salt nor notes hash: those are the api's secret until the reveal. */
export const Version = tableType<BallotVersion>({
  name: "BallotVersion",
  description:
    "A version of a ballot that was signed and receipted here; how many judgments, never which.",
  table: ballotVersions,
  key: ["sequence"],
  columns: {
    digest: "Hash",
    sequence: "BigInt",
    taskId: "Hash",
    validator: "Address",
    role: "Role",
    version: "Uint32",
    judgments: "Int",
    commitment: "Hash",
    signature: "Hex",
    signer: "Address",
    receiptSignature: "Hex",
    receivedAt: "BigInt",
  },
});

export const Judgment = tableType<chain.Judgment>({
  name: "Judgment",
  description: "One validator's verdict on one item, as the reveal put it on chain.",
  table: chain.judgments,
  key: ["taskId", "itemIndex", "validator"],
  columns: {
    taskId: "Hash",
    itemIndex: "Int",
    validator: "Address",
    role: "Role",
    verdict: "Verdict",
    ...position,
  },
});

export const Settlement = tableType<chain.Settlement>({
  name: "Settlement",
  description: "How a ballot ended: scored and credited, or forfeited.",
  table: chain.settlements,
  key: ["blockNumber", "logIndex"],
  columns: {
    taskId: "Hash",
    validator: "Address",
    kind: "SettlementKind",
    scorePpm: "Int",
    scored: "Int",
    multiplePpm: "Int",
    payUnits: "BigInt",
    lossUnits: "BigInt",
    ...position,
  },
});

export const Claim = tableType<chain.Claim>({
  name: "Claim",
  description:
    "A receipted ballot that the operator neither committed nor opened; its bond answers for it.",
  table: chain.claims,
  key: ["blockNumber", "logIndex"],
  columns: {
    taskId: "Hash",
    validator: "Address",
    claimUnits: "BigInt",
    paidUnits: "BigInt",
    dustUnits: "BigInt",
    paidAt: "BigInt",
    paidBlock: "BigInt",
    paidTx: "Hash",
    ...position,
  },
});

export const Credit = tableType<chain.Credit>({
  name: "Credit",
  description: "What the task contract owes to an account, and why.",
  table: chain.credits,
  key: ["blockNumber", "logIndex", "kind"],
  columns: {
    account: "Address",
    taskId: "Hash",
    kind: "CreditKind",
    units: "BigInt",
    ...position,
  },
});

export const Withdrawal = tableType<chain.Withdrawal>({
  name: "Withdrawal",
  description: "What the task contract paid out.",
  table: chain.withdrawals,
  key: ["blockNumber", "logIndex"],
  columns: { account: "Address", units: "BigInt", ...position },
});

export const ProvenanceRecord = tableType<chain.ProvenanceRecord>({
  name: "ProvenanceRecord",
  description: "A model, release, training or evaluation, as its owner recorded it on chain.",
  table: chain.provenanceRecords,
  key: ["blockNumber", "logIndex"],
  columns: {
    recordId: "Hash",
    owner: "Address",
    kind: "RecordKind",
    contentHash: "Hash",
    manifestHash: "Hash",
    coSigner: "Address",
    withdrawnAt: "BigInt",
    withdrawnReason: "String",
    withdrawnTx: "Hash",
    ...position,
  },
});

export const ProvenanceParent = tableType<chain.ProvenanceParent>({
  name: "ProvenanceParent",
  description: "One step of lineage: a record, and something it was made from.",
  table: chain.provenanceParents,
  key: ["blockNumber", "logIndex", "position"],
  columns: {
    recordId: "Hash",
    position: "Int",
    kind: "ParentKind",
    parentId: "Hash",
    ...position,
  },
});
