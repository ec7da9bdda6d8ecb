/**
 * The graph: every chain table as a type, joined along the words of the protocol. From any judgment one gets to its item,
 * ballot, receipted versions, anchor, and the transactions of each step; and back.
 */
import type { AdmissionKind } from "../../protocol/admission.ts";
import { describeAdmission } from "../../protocol/admission-words.ts";
import { bondShareOf } from "../../protocol/bond-shares.ts";
import { hashLeafOf, buildMerkleTree } from "../../protocol/merkle-tree.ts";
import { taskStateAt } from "../../protocol/task-state.ts";
import type { TaskState } from "../../protocol/task-state.ts";
import type { Hash, Role } from "../../protocol/words.ts";
import {
  findByKeys,
  findCreditSums,
  findLineages,
  findReceipted,
  findTallies,
  findTreesOf,
  inState,
  type AnchoredTree,
  type ItemTally,
  type Receipted,
  type VoteCounts,
} from "../../store/chain-queries.ts";
import * as chain from "../../store/schema/chain.ts";
import { ballotVersions } from "../../store/schema/submissions.ts";
import { or } from "drizzle-orm";
import { builder, TaskStateEnum, type Kind } from "./builder.ts";
import type { RequestContext } from "./context.ts";
import { findGoldJudgment, findGoldResult } from "./gold-judgment.ts";
import { tableType, type TableType } from "./table-type.ts";

/** Where a fact was stated: the columns every fact has. */
const position = {
  blockNumber: "BigInt",
  blockHash: "Hash",
  blockTimestamp: "BigInt",
  txHash: "Hash",
  logIndex: "Int",
} as const satisfies Record<string, Kind>;

export type BallotVersion = typeof ballotVersions.$inferSelect;

// -------------------------------------------------------------------------------------------------------------- tables

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
  description: "A key that may sign ballots for a validator.",
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

// ----------------------------------------------------------------------------------------------------- things by a key

/** One row by its natural key, batched with all others of this request. */
function byKey<Row extends object>(
  type: TableType<Row>,
  key: readonly string[],
  context: RequestContext,
  ...values: readonly (string | number)[]
): Promise<Row | undefined> {
  return context
    .loader<string, Row | undefined>(`${type.spec.name} by ${key.join()}`, (ids) =>
      findByKeys<Row>(context.db, type.spec.table, key, ids),
    )
    .load(values.join("/"));
}

export const findTask = (c: RequestContext, taskId: Hash): Promise<chain.Task | undefined> =>
  byKey(Task, ["taskId"], c, taskId);
export const findItem = (
  c: RequestContext,
  taskId: Hash,
  itemIndex: number,
): Promise<chain.Item | undefined> => byKey(Item, ["taskId", "itemIndex"], c, taskId, itemIndex);
export const findValidator = (
  c: RequestContext,
  validator: string,
): Promise<chain.Validator | undefined> => byKey(Validator, ["validator"], c, validator);
export const findBallot = (
  c: RequestContext,
  taskId: Hash,
  validator: string,
): Promise<chain.Ballot | undefined> =>
  byKey(Ballot, ["taskId", "validator"], c, taskId, validator);
export const findClaim = (
  c: RequestContext,
  taskId: Hash,
  validator: string,
): Promise<chain.Claim | undefined> => byKey(Claim, ["taskId", "validator"], c, taskId, validator);
export const findVersion = (c: RequestContext, digest: Hash): Promise<BallotVersion | undefined> =>
  byKey(Version, ["digest"], c, digest);
export const findJudgment = (
  c: RequestContext,
  taskId: Hash,
  itemIndex: number,
  validator: string,
): Promise<chain.Judgment | undefined> =>
  byKey(Judgment, ["taskId", "itemIndex", "validator"], c, taskId, itemIndex, validator);

export const findRecord = (
  c: RequestContext,
  recordId: Hash,
): Promise<chain.ProvenanceRecord | undefined> =>
  byKey(ProvenanceRecord, ["recordId"], c, recordId);

/** Never null where the chain would not have stated one without the other. */
export async function certain<Row>(found: Promise<Row | undefined>): Promise<Row> {
  const row = await found;
  if (row === undefined) throw new Error("a row that another one speaks of is missing");
  return row;
}

// ----------------------------------------------------------------------------------------------------------- small types

const VoteCountsType = builder.objectRef<VoteCounts>("VoteCounts").implement({
  description: "Effective votes for output A, for output B, and ties.",
  fields: (t) => ({ a: t.exposeInt("a"), b: t.exposeInt("b"), tie: t.exposeInt("tie") }),
});

const TallyType = builder.objectRef<ItemTally>("Tally").implement({
  description: "Counts on an item, humans and AIs apart.",
  fields: (t) => ({
    human: t.field({ type: VoteCountsType, resolve: ({ human }) => human }),
    ai: t.field({ type: VoteCountsType, resolve: ({ ai }) => ai }),
  }),
});

const AdmissionType = builder
  .objectRef<{ readonly kind: AdmissionKind; readonly role: Role }>("Admission")
  .implement({
    description:
      "Who may judge in a role, and what a list was drawn by; the list is in the manifest.",
    fields: (t) => ({
      rule: t.string({
        resolve: ({ kind }) => kind.rule,
        description: "open, list (named by the requester), eas or settled (drawn from the chain).",
      }),
      words: t.string({ resolve: ({ kind, role }) => describeAdmission(kind, role) }),
      contract: t.field({
        type: "Address",
        nullable: true,
        resolve: ({ kind }) => (kind.rule === "eas" ? kind.contract : null),
        description: "eas: the contract of the attestation service.",
      }),
      schema: t.field({
        type: "Hash",
        nullable: true,
        resolve: ({ kind }) => (kind.rule === "eas" ? kind.schema : null),
      }),
      attesters: t.field({
        type: ["Address"],
        nullable: true,
        resolve: ({ kind }) => (kind.rule === "eas" ? kind.attesters : null),
      }),
      minimum: t.field({
        type: "BigInt",
        nullable: true,
        resolve: ({ kind }) => (kind.rule === "settled" ? BigInt(kind.minimum) : null),
        description: "settled: scored ballots at least.",
      }),
      block: t.field({
        type: "BigInt",
        nullable: true,
        resolve: ({ kind }) => ("block" in kind ? BigInt(kind.block) : null),
        description: "The list is drawn from the chain as it was at the end of this block.",
      }),
    }),
  });

const ManifestType = builder.objectRef<chain.Manifest>("Manifest").implement({
  description: "What the manifest behind `manifestHash` says.",
  fields: (t) => ({
    title: t.exposeString("title"),
    guidelineVersion: t.exposeString("guidelineVersion"),
    identical: t.exposeInt("identical", { description: "Items whose two answers are the same." }),
    empty: t.exposeInt("empty", { description: "Items with an empty answer." }),
    annexHash: t.expose("annexHash", { type: "Hash", nullable: true }),
    humanAdmission: t.field({
      type: AdmissionType,
      nullable: true,
      resolve: ({ humanAdmission }) =>
        humanAdmission && { kind: humanAdmission, role: "Human" as const },
      description: "Null where the manifest's list is not the one that the terms bind.",
    }),
    aiAdmission: t.field({
      type: AdmissionType,
      nullable: true,
      resolve: ({ aiAdmission }) => aiAdmission && { kind: aiAdmission, role: "Ai" as const },
    }),
    refusal: t.exposeString("refusal", {
      nullable: true,
      description: "Why its items were not taken: it is not what the terms bind.",
    }),
  }),
});

const ReceiptedType = builder.objectRef<Receipted>("Receipted").implement({
  description: "What was receipted here so far.",
  fields: (t) => ({ ballots: t.exposeInt("ballots"), judgments: t.exposeInt("judgments") }),
});

interface Inclusion extends AnchoredTree {
  readonly digest: Hash;
}

const InclusionType = builder.objectRef<Inclusion>("InclusionProof").implement({
  description:
    "That a ballot version is under an anchored root: StandardMerkleTree, leaves (bytes32 digest).",
  fields: (t) => ({
    root: t.expose("root", { type: "Hash" }),
    leaf: t.expose("digest", { type: "Hash", description: "The ballot's EIP-712 digest." }),
    proof: t.field({
      type: ["Hash"],
      description: "Siblings from the leaf to the root.",
      resolve: ({ digests, digest }) =>
        buildMerkleTree(digests.map(hashLeafOf)).proofOf(digests.indexOf(digest)),
    }),
    anchor: t.field({
      type: Anchor.ref,
      nullable: true,
      description: "Where the root is on chain; null while it is on its way.",
      resolve: ({ anchor }) => anchor ?? null,
    }),
  }),
});

// ---------------------------------------------------------------------------------------------------------------- joins

Task.ref.implement({
  description: Task.spec.description,
  fields: (t) => ({
    ...Task.fields(t),
    state: t.field({
      type: TaskStateEnum,
      resolve: async (task, _args, context) =>
        taskStateAt(
          task,
          { ...task, ballotsCommitted: 1, ballotsSettled: task.settled ? 1 : 0 },
          await context.now(),
        ),
    }),
    manifest: t.field({
      type: ManifestType,
      nullable: true,
      description: "Null until its bytes have been found.",
      resolve: async ({ taskId }, _args, context) =>
        (await context
          .loader<string, chain.Manifest | undefined>("manifests", (ids) =>
            findByKeys<chain.Manifest>(context.db, chain.manifests, ["taskId"], ids),
          )
          .load(taskId)) ?? null,
    }),
    receiptedHuman: t.field({
      type: ReceiptedType,
      resolve: async ({ taskId }, _args, context) => (await receiptedOf(taskId, context)).Human,
    }),
    receiptedAi: t.field({
      type: ReceiptedType,
      resolve: async ({ taskId }, _args, context) => (await receiptedOf(taskId, context)).Ai,
    }),
    operatorStake: t.field({
      type: Validator.ref,
      description: "The operator as a staker.",
      resolve: ({ operator }, _args, context) => certain(findValidator(context, operator)),
    }),
    items: Item.below(t, ["taskId"], ({ taskId }) => [taskId]),
    ballots: Ballot.below(t, ["taskId"], ({ taskId }) => [taskId]),
    ballotVersions: Version.below(t, ["taskId"], ({ taskId }) => [taskId]),
    anchors: Anchor.below(t, ["taskId"], ({ taskId }) => [taskId]),
    commits: Commit.below(t, ["taskId"], ({ taskId }) => [taskId]),
    judgments: Judgment.below(t, ["taskId"], ({ taskId }) => [taskId]),
    settlements: Settlement.below(t, ["taskId"], ({ taskId }) => [taskId]),
    golds: Gold.below(t, ["taskId"], ({ taskId }) => [taskId]),
    claims: Claim.below(t, ["taskId"], ({ taskId }) => [taskId]),
    credits: Credit.below(t, ["taskId"], ({ taskId }) => [taskId]),
    children: ProvenanceParent.below(
      t,
      ["parentId"],
      ({ taskId }) => [taskId],
      "Releases and evaluations made from it.",
    ),
  }),
});

async function receiptedOf(
  taskId: Hash,
  context: RequestContext,
): Promise<Record<"Human" | "Ai", Receipted>> {
  return context
    .loader<string, Record<"Human" | "Ai", Receipted>>("receipted", async (ids) => {
      const found = await findReceipted(context.db, ids);
      const none = { ballots: 0, judgments: 0 };
      return ids.map((id) => found.get(id) ?? { Human: none, Ai: none });
    })
    .load(taskId);
}

Item.ref.implement({
  description: Item.spec.description,
  fields: (t) => ({
    ...Item.fields(t),
    task: t.field({
      type: Task.ref,
      resolve: ({ taskId }, _args, context) => certain(findTask(context, taskId)),
    }),
    tally: t.field({
      type: TallyType,
      resolve: ({ taskId, itemIndex }, _args, context) => tallyOf(taskId, itemIndex, context),
    }),
    gold: t.field({
      type: Gold.ref,
      nullable: true,
      description: "The answer the requester knew; null where it knew none, and until golds open.",
      resolve: async ({ taskId, itemIndex }, _args, context) =>
        (await byKey(Gold, ["taskId", "itemIndex"], context, taskId, itemIndex)) ?? null,
    }),
    judgments: Judgment.below(t, ["taskId", "itemIndex"], ({ taskId, itemIndex }) => [
      taskId,
      itemIndex,
    ]),
  }),
});

function tallyOf(taskId: Hash, itemIndex: number, context: RequestContext): Promise<ItemTally> {
  return context
    .loader<string, ItemTally>("tallies", async (ids) => {
      const tallies = await findTallies(context.db, ids);
      return ids.map((id) => tallies.get(id) as ItemTally);
    })
    .load(`${taskId}/${itemIndex}`);
}

Gold.ref.implement({
  description: Gold.spec.description,
  fields: (t) => ({
    ...Gold.fields(t),
    task: t.field({
      type: Task.ref,
      resolve: ({ taskId }, _args, context) => certain(findTask(context, taskId)),
    }),
    item: t.field({
      type: Item.ref,
      nullable: true,
      description: "Null until the task's manifest has been found.",
      resolve: async ({ taskId, itemIndex }, _args, context) =>
        (await findItem(context, taskId, itemIndex)) ?? null,
    }),
    tally: t.field({
      type: TallyType,
      resolve: ({ taskId, itemIndex }, _args, context) => tallyOf(taskId, itemIndex, context),
    }),
    void: t.boolean({
      nullable: true,
      description:
        "Whether people's final votes contradict it, so that it counts for nobody; null until they are held against it.",
      complexity: 5,
      resolve: async ({ taskId, itemIndex }, _args, context) => {
        const judgment = await findGoldJudgment(await certain(findTask(context, taskId)), context);
        return judgment?.void.some((gold) => gold.itemIndex === itemIndex) ?? null;
      },
    }),
  }),
});

Validator.ref.implement({
  description: Validator.spec.description,
  fields: (t) => ({
    ...Validator.fields(t),
    seatChanges: SeatChange.below(t, ["validator"], ({ validator }) => [validator]),
    stakeChanges: StakeChange.below(t, ["validator"], ({ validator }) => [validator]),
    sessions: Session.below(t, ["validator"], ({ validator }) => [validator]),
    ballots: Ballot.below(t, ["validator"], ({ validator }) => [validator]),
    ballotVersions: Version.below(t, ["validator"], ({ validator }) => [validator]),
    commits: Commit.below(t, ["validator"], ({ validator }) => [validator]),
    judgments: Judgment.below(t, ["validator"], ({ validator }) => [validator]),
    settlements: Settlement.below(t, ["validator"], ({ validator }) => [validator]),
    claims: Claim.below(t, ["validator"], ({ validator }) => [validator]),
    credits: Credit.below(t, ["account"], ({ validator }) => [validator]),
    withdrawals: Withdrawal.below(t, ["account"], ({ validator }) => [validator]),
    account: t.field({
      type: AccountType,
      resolve: ({ validator }) => ({ account: validator }),
    }),
  }),
});

interface Account {
  readonly account: string;
}

const sumsOf = (
  account: string,
  context: RequestContext,
): Promise<{ creditedUnits: bigint; withdrawnUnits: bigint }> =>
  context
    .loader<string, { creditedUnits: bigint; withdrawnUnits: bigint }>("sums", async (accounts) => {
      const sums = await findCreditSums(context.db, accounts);
      return accounts.map((one) => sums.get(one) ?? { creditedUnits: 0n, withdrawnUnits: 0n });
    })
    .load(account);

export const AccountType = builder.objectRef<Account>("Account").implement({
  description: "An address and its money in the task contract.",
  fields: (t) => ({
    account: t.expose("account", { type: "Address" }),
    creditedUnits: t.field({
      type: "BigInt",
      resolve: async ({ account }, _args, context) =>
        (await sumsOf(account, context)).creditedUnits,
    }),
    withdrawnUnits: t.field({
      type: "BigInt",
      resolve: async ({ account }, _args, context) =>
        (await sumsOf(account, context)).withdrawnUnits,
    }),
    creditUnits: t.field({
      type: "BigInt",
      description: "Credited and not yet withdrawn.",
      resolve: async ({ account }, _args, context) => {
        const { creditedUnits, withdrawnUnits } = await sumsOf(account, context);
        return creditedUnits - withdrawnUnits;
      },
    }),
    credits: Credit.below(t, ["account"], ({ account }) => [account]),
    withdrawals: Withdrawal.below(t, ["account"], ({ account }) => [account]),
  }),
});

Ballot.ref.implement({
  description: Ballot.spec.description,
  fields: (t) => ({
    ...Ballot.fields(t),
    task: t.field({
      type: Task.ref,
      resolve: ({ taskId }, _args, context) => certain(findTask(context, taskId)),
    }),
    owner: t.field({
      type: Validator.ref,
      resolve: ({ validator }, _args, context) => certain(findValidator(context, validator)),
    }),
    commits: Commit.below(t, ["taskId", "validator"], slotOf),
    versions: Version.below(
      t,
      ["taskId", "validator"],
      slotOf,
      "Every version that was receipted here, growing judgment by judgment.",
    ),
    judgments: Judgment.below(t, ["taskId", "validator"], slotOf),
    goldRight: t.int({
      nullable: true,
      description: "Golds answered as the requester did, of the first 60; null without a gate.",
      complexity: 5,
      resolve: async (ballot, _args, context) =>
        (await goldResultOf(ballot, context))?.right ?? null,
    }),
    goldWrong: t.int({
      nullable: true,
      description: "Golds answered otherwise, ties too, of the first 60; null without a gate.",
      complexity: 5,
      resolve: async (ballot, _args, context) =>
        (await goldResultOf(ballot, context))?.wrong ?? null,
    }),
    claim: t.field({
      type: Claim.ref,
      nullable: true,
      description: "What was claimed for this validator in this task, if anything.",
      resolve: async ({ taskId, validator }, _args, context) =>
        (await findClaim(context, taskId, validator)) ?? null,
    }),
  }),
});

async function goldResultOf(
  ballot: chain.Ballot,
  context: RequestContext,
): Promise<{ right: number; wrong: number } | undefined> {
  return findGoldResult(ballot, await certain(findTask(context, ballot.taskId)), context);
}

Claim.ref.implement({
  description: Claim.spec.description,
  fields: (t) => ({
    ...Claim.fields(t),
    paid: t.boolean({ resolve: ({ paidUnits }) => paidUnits !== null }),
    shareUnits: t.field({
      type: "BigInt",
      nullable: true,
      description:
        "What the bond has for it, and once it is paid, what it was paid; null until the bond is released, for claims may come. A fee that the token keeps is not seen before the payment.",
      resolve: async ({ taskId, claimUnits, paidUnits }, _args, context) => {
        if (paidUnits !== null) return paidUnits;
        const task = await certain(findTask(context, taskId));
        return task.bondReleased
          ? bondShareOf(claimUnits, task.operatorBond, task.claimedUnits)
          : null;
      },
    }),
    task: t.field({
      type: Task.ref,
      resolve: ({ taskId }, _args, context) => certain(findTask(context, taskId)),
    }),
    owner: t.field({
      type: Validator.ref,
      resolve: ({ validator }, _args, context) => certain(findValidator(context, validator)),
    }),
    ballot: t.field({
      type: Ballot.ref,
      nullable: true,
      description: "The record on chain, if there is one: an older version, or one never opened.",
      resolve: async ({ taskId, validator }, _args, context) =>
        (await findBallot(context, taskId, validator)) ?? null,
    }),
  }),
});

function slotOf({ taskId, validator }: { taskId: Hash; validator: string }): string[] {
  return [taskId, validator];
}

Version.ref.implement({
  description: Version.spec.description,
  fields: (t) => ({
    ...Version.fields(t),
    task: t.field({
      type: Task.ref,
      nullable: true,
      resolve: async ({ taskId }, _args, context) => (await findTask(context, taskId)) ?? null,
    }),
    ballot: t.field({
      type: Ballot.ref,
      nullable: true,
      description: "The record on chain of this validator in this task, of whatever version.",
      resolve: async ({ taskId, validator }, _args, context) =>
        (await findBallot(context, taskId, validator)) ?? null,
    }),
    inclusion: t.field({
      type: InclusionType,
      nullable: true,
      description: "Null until the operator has put it into a tree.",
      complexity: 5,
      resolve: async ({ digest }, _args, context) => {
        const tree = await context
          .loader<string, AnchoredTree | undefined>("trees", async (digests) => {
            const trees = await findTreesOf(context.db, digests);
            return digests.map((one) => trees.get(one));
          })
          .load(digest);
        return tree === undefined ? null : { ...tree, digest };
      },
    }),
  }),
});

Judgment.ref.implement({
  description: Judgment.spec.description,
  fields: (t) => ({
    ...Judgment.fields(t),
    task: t.field({
      type: Task.ref,
      resolve: ({ taskId }, _args, context) => certain(findTask(context, taskId)),
    }),
    item: t.field({
      type: Item.ref,
      nullable: true,
      description: "Null until the task's manifest has been found.",
      resolve: async ({ taskId, itemIndex }, _args, context) =>
        (await findItem(context, taskId, itemIndex)) ?? null,
    }),
    ballot: t.field({
      type: Ballot.ref,
      resolve: ({ taskId, validator }, _args, context) =>
        certain(findBallot(context, taskId, validator)),
    }),
    owner: t.field({
      type: Validator.ref,
      resolve: ({ validator }, _args, context) => certain(findValidator(context, validator)),
    }),
  }),
});

Commit.ref.implement({
  description: Commit.spec.description,
  fields: (t) => ({
    ...Commit.fields(t),
    ballot: t.field({
      type: Ballot.ref,
      resolve: ({ taskId, validator }, _args, context) =>
        certain(findBallot(context, taskId, validator)),
    }),
  }),
});

Settlement.ref.implement({
  description: Settlement.spec.description,
  fields: (t) => ({
    ...Settlement.fields(t),
    ballot: t.field({
      type: Ballot.ref,
      resolve: ({ taskId, validator }, _args, context) =>
        certain(findBallot(context, taskId, validator)),
    }),
  }),
});

ProvenanceRecord.ref.implement({
  description: ProvenanceRecord.spec.description,
  fields: (t) => ({
    ...ProvenanceRecord.fields(t),
    parents: ProvenanceParent.below(
      t,
      ["recordId"],
      ({ recordId }) => [recordId],
      "What it was made from.",
    ),
    children: ProvenanceParent.below(
      t,
      ["parentId"],
      ({ recordId }) => [recordId],
      "What was made from it, by anybody.",
    ),
    lineage: t.field({
      type: [ProvenanceParent.ref],
      description:
        "Every step up to the tasks, newest first. The lineages of one request bring 10,000 steps at most, all together; what is beyond is left out.",
      complexity: { field: 10, multiplier: 100 },
      resolve: ({ recordId }, _args, context) =>
        context
          .loader<string, chain.ProvenanceParent[]>("lineages", async (ids) => {
            const lineages = await findLineages(context.db, ids);
            return ids.map((id) => lineages.get(id) ?? []);
          })
          .load(recordId),
    }),
  }),
});

ProvenanceParent.ref.implement({
  description: ProvenanceParent.spec.description,
  fields: (t) => ({
    ...ProvenanceParent.fields(t),
    record: t.field({
      type: ProvenanceRecord.ref,
      description: "What was made.",
      resolve: ({ recordId }, _args, context) => certain(findRecord(context, recordId)),
    }),
    parentRecord: t.field({
      type: ProvenanceRecord.ref,
      nullable: true,
      description: "What it was made from; null where that is a task.",
      resolve: async ({ kind, parentId }, _args, context) =>
        kind === "Task" ? null : certain(findRecord(context, parentId)),
    }),
    parentTask: t.field({
      type: Task.ref,
      nullable: true,
      description: "The task it was made from; null where that is a record.",
      resolve: async ({ kind, parentId }, _args, context) =>
        kind === "Task" ? ((await findTask(context, parentId)) ?? null) : null,
    }),
  }),
});

implementPlain(Anchor);
implementPlain(SeatChange);
implementPlain(StakeChange);
implementPlain(Session);
implementPlain(Credit);
implementPlain(Withdrawal);

/** A type of its columns alone. */
function implementPlain<Row extends object>(type: TableType<Row>): void {
  type.ref.implement({
    description: type.spec.description,
    fields: (t) => type.fields(t),
  });
}
