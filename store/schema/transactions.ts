/**
 * What the operator does on chain: written by the operator alone.
 *
 * An *intent* is one transaction that is wanted, stored before it is sent, with every signed attempt at it, so that a
 * killed process finds out what became of it. What is wanted is always derived from chain facts and submissions again;
 * these tables only keep a thing from being sent twice.
 *
 * An *anchor tree* holds the ballot digests of one anchor in leaf order, so that the api can hand out inclusion proofs:
 * `StandardMerkleTree.of(leaves.map((digest) => [digest]), ["bytes32"])`, leaves ordered by `position`, has `root`.
 */
import { sql } from "drizzle-orm";
import {
  bigint,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";

export const INTENT_KINDS = [
  "authorize-session",
  "open-task",
  "anchor",
  "commit",
  "reveal",
  "settle",
  "release-bond",
  "withdraw-for",
  "pay-commons",
] as const;
export type IntentKind = (typeof INTENT_KINDS)[number];

/**
 * `planned` (stored, not signed) → `sent` (signed with a nonce, maybe broadcast) → one of three ends:
 * `confirmed` (mined, took effect), `reverted` (mined, did not), `dropped` (never mined: no longer of use).
 */
export const INTENT_STATES = ["planned", "sent", "confirmed", "reverted", "dropped"] as const;
export type IntentState = (typeof INTENT_STATES)[number];

export const transactionIntents = pgTable(
  "transaction_intents",
  {
    id: integer("id").primaryKey().generatedAlwaysAsIdentity(),
    kind: text("kind").$type<IntentKind>().notNull(),
    /** Null where no task is concerned (sessions, withdrawals). */
    taskId: text("task_id"),
    /** What the transaction does, one key an element: `<validator>:<version>` of a commit, `<validator>` of a reveal... */
    elements: jsonb("elements").$type<string[]>().notNull(),
    toAddress: text("to_address").notNull(),
    callData: text("call_data").notNull(),
    gasLimit: bigint("gas_limit", { mode: "bigint" }).notNull(),
    state: text("state").$type<IntentState>().notNull(),
    /** Set when it is signed; a lost nonce sends the intent back to `planned`. */
    sender: text("sender"),
    nonce: integer("nonce"),
    /** How many blocks the chain had at the last signing: what "stuck" is measured from. */
    signedAtBlock: bigint("signed_at_block", { mode: "bigint" }),
    /** The attempt that was mined. */
    txHash: text("tx_hash"),
    blockNumber: bigint("block_number", { mode: "bigint" }),
    gasUsed: bigint("gas_used", { mode: "bigint" }),
    /** Why it was dropped or reverted. */
    reason: text("reason"),
    /** Block time of the plan. */
    createdAt: bigint("created_at", { mode: "bigint" }).notNull(),
  },
  (table) => [
    index("transaction_intents_in_flight")
      .on(table.state)
      .where(sql`state in ('planned', 'sent')`),
    index("transaction_intents_by_task").on(table.taskId, table.kind),
  ],
);

/** Each signed form of an intent: the first, and those with more gas price. */
export const transactionAttempts = pgTable(
  "transaction_attempts",
  {
    txHash: text("tx_hash").primaryKey(),
    intentId: integer("intent_id")
      .notNull()
      .references(() => transactionIntents.id),
    nonce: integer("nonce").notNull(),
    rawTransaction: text("raw_transaction").notNull(),
    maxFeePerGas: numeric("max_fee_per_gas", { precision: 78, scale: 0, mode: "bigint" }).notNull(),
    maxPriorityFeePerGas: numeric("max_priority_fee_per_gas", {
      precision: 78,
      scale: 0,
      mode: "bigint",
    }).notNull(),
  },
  (table) => [index("transaction_attempts_by_intent").on(table.intentId)],
);

export const anchorTrees = pgTable(
  "anchor_trees",
  {
    id: integer("id").primaryKey().generatedAlwaysAsIdentity(),
    taskId: text("task_id").notNull(),
    root: text("root").notNull(),
    /** How many leaves. */
    ballots: integer("ballots").notNull(),
    /** Its state and transaction; the chain's own word is the `Anchored` event with the same task and root. */
    intentId: integer("intent_id")
      .notNull()
      .references(() => transactionIntents.id),
    /** Block time of the plan. */
    createdAt: bigint("created_at", { mode: "bigint" }).notNull(),
  },
  (table) => [
    index("anchor_trees_by_root").on(table.taskId, table.root),
    index("anchor_trees_by_intent").on(table.intentId),
  ],
);

export const anchorLeaves = pgTable(
  "anchor_leaves",
  {
    treeId: integer("tree_id")
      .notNull()
      .references(() => anchorTrees.id),
    /** From 0, the order in which the tree was built. */
    position: integer("position").notNull(),
    /** EIP-712 digest of a ballot version; each version is anchored once. */
    digest: text("digest").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.treeId, table.position] }),
    uniqueIndex("anchor_leaves_by_digest").on(table.digest),
  ],
);
