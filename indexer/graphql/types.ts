/**
 * The graph: every table joined along the words of the protocol. From any judgment one gets to its item, ballot, receipted
 * versions, anchor, and the transactions of each step; and back. Golds, claims and lineage are joined in files of their own.
 */
import { hashLeafOf, buildMerkleTree } from "../../protocol/merkle-tree.ts";
import { taskStateAt } from "../../protocol/task-state.ts";
import type { Hash } from "../../protocol/words.ts";
import {
  findByKeys,
  findCreditSums,
  findReceipted,
  findTreesOf,
  type AnchoredTree,
  type Receipted,
} from "../../store/chain-queries.ts";
import * as chain from "../../store/schema/chain.ts";
import { AdmissionType } from "./admission-type.ts";
import { builder, TaskStateEnum } from "./builder.ts";
import type { RequestContext } from "./context.ts";
import {
  certain,
  findBallot,
  findClaim,
  findGold,
  findItem,
  findTask,
  findValidator,
} from "./find-row.ts";
import { findGoldResult } from "./gold-judgment.ts";
import type { TableType } from "./table-type.ts";
import {
  Anchor,
  Ballot,
  Claim,
  Commit,
  Credit,
  Gold,
  Item,
  Judgment,
  ProvenanceParent,
  SeatChange,
  Session,
  Settlement,
  StakeChange,
  Task,
  Validator,
  Version,
  Withdrawal,
} from "./tables.ts";
import { TallyType, tallyOf } from "./tally-type.ts";

// ----------------------------------------------------------------------------------------------------------- small types

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
        (await findGold(context, taskId, itemIndex)) ?? null,
    }),
    judgments: Judgment.below(t, ["taskId", "itemIndex"], ({ taskId, itemIndex }) => [
      taskId,
      itemIndex,
    ]),
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
        (await findGoldResult(ballot, context))?.right ?? null,
    }),
    goldWrong: t.int({
      nullable: true,
      description: "Golds answered otherwise, ties too, of the first 60; null without a gate.",
      complexity: 5,
      resolve: async (ballot, _args, context) =>
        (await findGoldResult(ballot, context))?.wrong ?? null,
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
