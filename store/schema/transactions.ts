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
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { address, amount, blockNumber, hash, hex, seconds } from "./columns.ts";

export type IntentKind =
  | "authorize-session"
  | "open-task"
  | "cancel-task"
  | "anchor"
  | "commit"
  | "reveal"
  | "open-gold"
  | "judge-gold"
  | "settle"
  | "release-bond"
  | "pay-claim"
  | "withdraw-for"
  | "pay-commons";

/**
 * `planned` (stored, not signed) → `sent` (signed with a nonce, maybe broadcast) → one of three ends:
 * `confirmed` (mined, took effect), `reverted` (mined, did not), `dropped` (never mined: no longer of use).
 */
export type IntentState = "planned" | "sent" | "confirmed" | "reverted" | "dropped";

export const transactionIntents = pgTable(
  "transaction_intents",
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    kind: text().$type<IntentKind>().notNull(),
    /** Null where no one task is concerned (sessions, withdrawals). */
    taskId: hash(),
    /** What it does, a key each: `<validator>:<version>` of a commit, `<validator>` of a reveal, an account to pay... */
    elements: jsonb().$type<readonly string[]>().notNull(),
    toAddress: address().notNull(),
    callData: hex().notNull(),
    gasLimit: bigint({ mode: "bigint" }).notNull(),
    state: text().$type<IntentState>().notNull(),
    /** Set when it is signed; a lost nonce sends the intent back to `planned`. */
    sender: address(),
    nonce: integer(),
    /** Height of the chain at the last signing: what "stuck" is measured from. */
    signedAtBlock: blockNumber(),
    /** The attempt that was mined. */
    txHash: hash(),
    blockNumber: blockNumber(),
    gasUsed: bigint({ mode: "bigint" }),
    /** Why it was dropped or reverted. */
    reason: text(),
    /** Block time of the plan. */
    createdAt: seconds().notNull(),
  },
  (t) => [
    index("transaction_intents_in_flight")
      .on(t.id)
      .where(sql`state in ('planned', 'sent')`),
    index().on(t.taskId, t.kind),
  ],
);

/** Each signed form of an intent: the first, and those with a higher price of gas. */
export const transactionAttempts = pgTable(
  "transaction_attempts",
  {
    txHash: hash().primaryKey(),
    intentId: integer()
      .notNull()
      .references(() => transactionIntents.id),
    nonce: integer().notNull(),
    rawTransaction: hex().notNull(),
    maxFeePerGas: amount().notNull(),
    maxPriorityFeePerGas: amount().notNull(),
  },
  (t) => [index().on(t.intentId)],
);

export const anchorTrees = pgTable(
  "anchor_trees",
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    taskId: hash().notNull(),
    root: hash().notNull(),
    /** How many leaves. */
    ballots: integer().notNull(),
    /** Its transaction; the chain's own word is the `Anchored` event with the same task and root. */
    intentId: integer()
      .notNull()
      .references(() => transactionIntents.id),
    /** Block time of the plan. */
    createdAt: seconds().notNull(),
  },
  (t) => [index().on(t.taskId, t.root), index().on(t.intentId)],
);

export const anchorLeaves = pgTable(
  "anchor_leaves",
  {
    treeId: integer()
      .notNull()
      .references(() => anchorTrees.id),
    /** From 0, the order in which the tree was built. */
    position: integer().notNull(),
    /** EIP-712 digest of a ballot version; each version is anchored once. */
    digest: hash().notNull(),
  },
  (t) => [primaryKey({ columns: [t.treeId, t.position] }), uniqueIndex().on(t.digest)],
);

export type TransactionIntent = typeof transactionIntents.$inferSelect;
export type TransactionAttempt = typeof transactionAttempts.$inferSelect;
export type AnchorTree = typeof anchorTrees.$inferSelect;
