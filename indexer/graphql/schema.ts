/** The roots of the graph, and the schema as a whole. */
import { printSchema, type GraphQLSchema } from "graphql";
import { toHash } from "../../protocol/words.ts";
import type { Checkpoint } from "../../store/schema/chain.ts";
import {
  findSolvency,
  isCovered,
  registryOwedOf,
  tasksOwedOf,
  type Solvency,
} from "../../store/solvency.ts";
import { builder } from "./builder.ts";
import {
  certain,
  findBallot,
  findClaim,
  findItem,
  findJudgment,
  findRecord,
  findTask,
  findValidator,
  findVersion,
} from "./find-row.ts";
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
  ProvenanceRecord,
  SeatChange,
  Session,
  Settlement,
  StakeChange,
  Task,
  Validator,
  Version,
  Withdrawal,
} from "./tables.ts";
import { AccountType } from "./types.ts";
// Each joins its tables to the others.
import "./claim-type.ts";
import "./gold-type.ts";
import "./lineage-types.ts";

const BlockType = builder.objectRef<Solvency["block"]>("Block").implement({
  description: "The last block whose logs are in these answers.",
  fields: (t) => ({
    number: t.expose("blockNumber", { type: "BigInt" }),
    hash: t.expose("blockHash", { type: "Hash" }),
    timestamp: t.expose("blockTimestamp", { type: "BigInt" }),
  }),
});

const SolvencyType = builder.objectRef<Solvency>("Solvency").implement({
  description:
    "What both contracts owe at `block` by their events, and what they hold of the token there.",
  fields: (t) => ({
    block: t.field({
      type: BlockType,
      description: "Both sides are of its end, whatever block other answers are of.",
      resolve: ({ block }) => block,
    }),
    stakesUnits: t.expose("stakesUnits", { type: "BigInt", description: "Everybody's stake." }),
    commonsDueUnits: t.expose("commonsDueUnits", {
      type: "BigInt",
      description: "Stake lost and not sent to the commons yet.",
    }),
    registryOwedUnits: t.field({ type: "BigInt", resolve: registryOwedOf }),
    registryHeldUnits: t.expose("registryHeldUnits", { type: "BigInt", nullable: true }),
    escrowsUnits: t.expose("escrowsUnits", {
      type: "BigInt",
      description: "Of escrows, what nobody is credited yet.",
    }),
    creditsUnits: t.expose("creditsUnits", {
      type: "BigInt",
      description: "Credited and not withdrawn.",
    }),
    claimsUnits: t.expose("claimsUnits", {
      type: "BigInt",
      description:
        "Seized of bonds for claims that are not paid yet. A fee that the token keeps of it is not seen before the last one is paid.",
    }),
    tasksOwedUnits: t.field({ type: "BigInt", resolve: tasksOwedOf }),
    tasksHeldUnits: t.expose("tasksHeldUnits", { type: "BigInt", nullable: true }),
    covered: t.boolean({
      nullable: true,
      description: "Neither holds less than it owes; null where what they hold is not known.",
      resolve: isCovered,
    }),
  }),
});

const MetaType = builder.objectRef<Checkpoint>("Meta").implement({
  description: "Where the index stands.",
  fields: (t) => ({
    block: t.field({ type: BlockType, resolve: (checkpoint) => checkpoint }),
    chainId: t.expose("chainId", { type: "BigInt" }),
    stakeRegistry: t.expose("stakeRegistry", { type: "Address" }),
    feedbackTasks: t.expose("feedbackTasks", { type: "Address" }),
    provenanceRegistry: t.expose("provenanceRegistry", {
      type: "Address",
      nullable: true,
      description: "Null where lineage is not indexed.",
    }),
    chainHead: t.expose("chainHead", {
      type: "BigInt",
      description: "Newest block the chain's RPC has told of.",
    }),
    blocksBehind: t.field({
      type: "BigInt",
      resolve: ({ chainHead, blockNumber }) =>
        chainHead > blockNumber ? chainHead - blockNumber : 0n,
    }),
    solvency: t.field({
      type: SolvencyType,
      description:
        "Both sides, added up when asked for; what is held is known at the chain's head alone.",
      complexity: 100,
      resolve: async (_checkpoint, _args, { db }) => certain(findSolvency(db)),
    }),
    hasIndexingErrors: t.boolean({
      description: "True: the index stopped at `block`, for reasons its log tells.",
      resolve: ({ error }) => error !== null,
    }),
  }),
});

builder.queryType({
  description: "All that the chain says of Scrutineer, and what was receipted here.",
  fields: (t) => ({
    _meta: t.field({
      type: MetaType,
      nullable: true,
      description: "Null until the first block is indexed.",
      resolve: async (_root, _args, context) => (await context.checkpoint()) ?? null,
    }),
    task: t.field({
      type: Task.ref,
      nullable: true,
      args: { taskId: t.arg({ type: "Hash", required: true }) },
      resolve: async (_root, { taskId }, context) => (await findTask(context, taskId)) ?? null,
    }),
    tasks: Task.root(t),
    item: t.field({
      type: Item.ref,
      nullable: true,
      args: {
        taskId: t.arg({ type: "Hash", required: true }),
        itemIndex: t.arg.int({ required: true }),
      },
      resolve: async (_root, { taskId, itemIndex }, context) =>
        (await findItem(context, taskId, itemIndex)) ?? null,
    }),
    items: Item.root(t),
    golds: Gold.root(t),
    validator: t.field({
      type: Validator.ref,
      nullable: true,
      args: { validator: t.arg({ type: "Address", required: true }) },
      resolve: async (_root, { validator }, context) =>
        (await findValidator(context, validator)) ?? null,
    }),
    validators: Validator.root(t),
    seatChanges: SeatChange.root(t),
    stakeChanges: StakeChange.root(t),
    sessions: Session.root(t),
    anchors: Anchor.root(t),
    commits: Commit.root(t),
    ballot: t.field({
      type: Ballot.ref,
      nullable: true,
      args: {
        taskId: t.arg({ type: "Hash", required: true }),
        validator: t.arg({ type: "Address", required: true }),
      },
      resolve: async (_root, { taskId, validator }, context) =>
        (await findBallot(context, taskId, validator)) ?? null,
    }),
    ballots: Ballot.root(t),
    ballotVersion: t.field({
      type: Version.ref,
      nullable: true,
      args: { digest: t.arg({ type: "Hash", required: true }) },
      resolve: async (_root, { digest }, context) =>
        (await findVersion(context, toHash(digest))) ?? null,
    }),
    ballotVersions: Version.root(t),
    judgment: t.field({
      type: Judgment.ref,
      nullable: true,
      args: {
        taskId: t.arg({ type: "Hash", required: true }),
        itemIndex: t.arg.int({ required: true }),
        validator: t.arg({ type: "Address", required: true }),
      },
      resolve: async (_root, { taskId, itemIndex, validator }, context) =>
        (await findJudgment(context, taskId, itemIndex, validator)) ?? null,
    }),
    judgments: Judgment.root(t),
    settlements: Settlement.root(t),
    claim: t.field({
      type: Claim.ref,
      nullable: true,
      args: {
        taskId: t.arg({ type: "Hash", required: true }),
        validator: t.arg({ type: "Address", required: true }),
      },
      resolve: async (_root, { taskId, validator }, context) =>
        (await findClaim(context, taskId, validator)) ?? null,
    }),
    claims: Claim.root(t),
    credits: Credit.root(t),
    withdrawals: Withdrawal.root(t),
    provenanceRecord: t.field({
      type: ProvenanceRecord.ref,
      nullable: true,
      args: { recordId: t.arg({ type: "Hash", required: true }) },
      resolve: async (_root, { recordId }, context) =>
        (await findRecord(context, recordId)) ?? null,
    }),
    provenanceRecords: ProvenanceRecord.root(t),
    provenanceParents: ProvenanceParent.root(t),
    account: t.field({
      type: AccountType,
      args: { account: t.arg({ type: "Address", required: true }) },
      resolve: (_root, { account }) => ({ account }),
    }),
  }),
});

export const schema: GraphQLSchema = builder.toSchema();

/** As committed in schema.graphql. */
export function schemaText(): string {
  return `${printSchema(schema)}\n`;
}
