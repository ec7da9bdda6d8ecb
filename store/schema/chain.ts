/**
 * What the chain says, row by row. One writer: the indexer. Anybody may drop these tables and have them rebuilt from the
 * contracts' logs.
 *
 * Two kinds of tables. *Facts* (`seatChanges`, `anchors`, `commits`, `judgments`, ...) hold one row a log, or a part of one,
 * and are never changed: a reorg deletes those above the fork. *States* (`tasks`, `validators`, `sessions`, `ballots`,
 * `claims`, `provenanceRecords`) hold the present row of a thing; what they were before each block lies in `undo` until the
 * block is final.
 */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
} from "drizzle-orm/pg-core";
import type { AdmissionKind } from "../../protocol/admission.ts";
import type { GoldStage } from "../../protocol/gold-gate.ts";
import type { ParentKind, RecordKind } from "../../protocol/provenance.ts";
import type { CanonicalVerdict, Role, StakeRole } from "../../protocol/words.ts";
import { address, amount, blockNumber, fact, hash, hex, seconds } from "./columns.ts";

// ------------------------------------------------------------------------------------------- where the indexer stands

/** Headers of the newest blocks indexed; older ones than a reorg may reach are pruned. */
export const blocks = pgTable("blocks", {
  number: blockNumber().primaryKey(),
  hash: hash().notNull(),
  parentHash: hash().notNull(),
  timestamp: seconds().notNull(),
});

/** One row, `id` = "chain": the last block whose logs are in the tables, and the chain and contracts they are of. */
export const checkpoints = pgTable("checkpoints", {
  id: text().primaryKey(),
  chainId: bigint({ mode: "bigint" }).notNull(),
  stakeRegistry: address().notNull(),
  feedbackTasks: address().notNull(),
  /** Null where lineage is not indexed. */
  provenanceRegistry: address(),
  /** The first block looked at. */
  startBlock: blockNumber().notNull(),
  blockNumber: blockNumber().notNull(),
  blockHash: hash().notNull(),
  blockTimestamp: seconds().notNull(),
  /** Newest block the RPC has told of; `chainHead - blockNumber` is how far behind we are. */
  chainHead: blockNumber().notNull(),
  /** What the contracts held at the end of this block; null where the RPC could not tell, as far behind the head. */
  registryHeldUnits: amount(),
  tasksHeldUnits: amount(),
  /** Why indexing stopped, where it did; reads go on. */
  error: text(),
});

/** State rows as they were before a block changed them (`before` null: absent), newest block undone first. */
export const undo = pgTable(
  "undo",
  {
    blockNumber: blockNumber().notNull(),
    tableName: text().notNull(),
    key: text().notNull(),
    before: jsonb().$type<Record<string, unknown>>(),
  },
  (t) => [primaryKey({ columns: [t.blockNumber, t.tableName, t.key] })],
);

// --------------------------------------------------------------------------------------------------------------- tasks

/** A task: terms, facts, draw, books, settled figures, and the transaction of each step. State. */
export const tasks = pgTable(
  "tasks",
  {
    taskId: hash().primaryKey(),
    requester: address().notNull(),
    nonce: amount().notNull(),
    escrowUnits: amount().notNull(),
    snapshotBlock: blockNumber().notNull(),
    seedBlock: blockNumber().notNull(),

    // terms, named and ordered as in IFeedbackTasks.Terms
    operator: address().notNull(),
    operatorBond: amount().notNull(),
    receiptKey: address().notNull(),
    itemsRoot: hash().notNull(),
    itemCount: integer().notNull(),
    manifestHash: hash().notNull(),
    goldHash: hash().notNull(),
    humanAdmissionRoot: hash().notNull(),
    humanSeats: bigint({ mode: "number" }).notNull(),
    aiAdmissionRoot: hash().notNull(),
    aiSeats: bigint({ mode: "number" }).notNull(),
    humanVotes: integer().notNull(),
    aiVotes: integer().notNull(),
    humanPrice: amount().notNull(),
    aiPrice: amount().notNull(),
    operatorFee: amount().notNull(),
    fullPayScore: integer().notNull(),
    breakEven: integer().notNull(),
    maxPenalty: integer().notNull(),
    minJudgments: integer().notNull(),
    conditionOnAi: boolean().notNull(),
    oversubscription: bigint({ mode: "number" }).notNull(),
    aiClosesAt: seconds().notNull(),
    closesAt: seconds().notNull(),
    commitEndsAt: seconds().notNull(),
    revealEndsAt: seconds().notNull(),
    /** More oversubscription than a live task may have: judgments made elsewhere, served live to nobody. */
    replay: boolean().notNull(),

    // the draw, null until opened
    seed: hash(),
    humanDrawSeats: bigint({ mode: "number" }),
    humanDrawPool: bigint({ mode: "number" }),
    humanDrawNeed: integer(),
    humanDrawThreshold: amount(),
    aiDrawSeats: bigint({ mode: "number" }),
    aiDrawPool: bigint({ mode: "number" }),
    aiDrawNeed: integer(),
    aiDrawThreshold: amount(),

    // life; with the times above, the state at any second follows (see `taskStateAt` in protocol/)
    opened: boolean().notNull().default(false),
    cancelled: boolean().notNull().default(false),
    booksClosed: boolean().notNull().default(false),
    settled: boolean().notNull().default(false),
    bondReleased: boolean().notNull().default(false),
    /** Null where the terms bind no gold. `Sealed` for good, if it was not opened in time. */
    goldStage: text().$type<GoldStage>(),

    // counts, kept as ballots move
    ballotsCommitted: integer().notNull().default(0),
    ballotsRevealed: integer().notNull().default(0),
    ballotsVoided: integer().notNull().default(0),
    ballotsForfeited: integer().notNull().default(0),
    /** Settled, voided or forfeited: nothing more will come of them. Once all are, and the books are closed, so is the task. */
    ballotsSettled: integer().notNull().default(0),
    /** Judgments of the committed records, revealed or not. */
    judgmentsCommitted: integer().notNull().default(0),
    /** Effective entries revealed. */
    judgmentsRevealed: integer().notNull().default(0),
    /** Golds opened; null before. */
    goldCount: integer(),
    /** Golds that people did not contradict, and those they did; null until judged. */
    goldValid: integer(),
    goldVoid: integer(),
    /** Omissions claimed. */
    claimsMade: integer().notNull().default(0),
    claimsPaid: integer().notNull().default(0),

    // figures, null until stated
    refundUnits: amount(),
    feeUnits: amount(),
    /** Σ pay above zero; final once `settled`, running before. */
    paidUnits: amount()
      .notNull()
      .default(sql`0`),
    restUnits: amount(),
    /** Stake lost to the commons; final once `settled`, running before. */
    penaltyUnits: amount()
      .notNull()
      .default(sql`0`),
    /** Σ of the claims. */
    claimedUnits: amount()
      .notNull()
      .default(sql`0`),
    /** Taken from the operator's bond for claims, a fee of the token included; null until the bond is released. */
    seizedUnits: amount(),
    /** Of the seized, credited by now: to who was claimed for, and rounding's rest to the commons. */
    claimsPaidUnits: amount()
      .notNull()
      .default(sql`0`),

    // where each step was stated
    createdAt: seconds().notNull(),
    createdBlock: blockNumber().notNull(),
    createdBlockHash: hash().notNull(),
    createdLogIndex: integer().notNull(),
    createdTx: hash().notNull(),
    openedAt: seconds(),
    openedBlock: blockNumber(),
    openedTx: hash(),
    cancelledAt: seconds(),
    cancelledBlock: blockNumber(),
    cancelledTx: hash(),
    booksClosedAt: seconds(),
    booksClosedBlock: blockNumber(),
    booksClosedTx: hash(),
    settledAt: seconds(),
    settledBlock: blockNumber(),
    settledTx: hash(),
    bondReleasedAt: seconds(),
    bondReleasedBlock: blockNumber(),
    bondReleasedTx: hash(),
    goldOpenedAt: seconds(),
    goldOpenedBlock: blockNumber(),
    goldOpenedTx: hash(),
    goldJudgedAt: seconds(),
    goldJudgedBlock: blockNumber(),
    goldJudgedTx: hash(),
  },
  (t) => [
    index().on(t.createdBlock, t.createdLogIndex),
    index().on(t.requester),
    index().on(t.operator),
    index().on(t.manifestHash),
  ],
);

/** What a task's manifest says, once its blob has been found and checked against `manifestHash`. */
export const manifests = pgTable("manifests", {
  taskId: hash()
    .primaryKey()
    .references(() => tasks.taskId, { onDelete: "cascade" }),
  manifestHash: hash().notNull(),
  title: text().notNull(),
  guidelineVersion: text().notNull(),
  replay: boolean().notNull(),
  identical: integer().notNull(),
  empty: integer().notNull(),
  annexHash: hash(),
  /** The rule of each role's list, without the list; null where the manifest's lists are not those of the terms. */
  humanAdmission: jsonb().$type<AdmissionKind>(),
  aiAdmission: jsonb().$type<AdmissionKind>(),
  /** Null: as the terms have it. Otherwise why the manifest's items were not taken. */
  refusal: text(),
});

/** Index and hashes of each item, from a manifest whose items root is the task's. */
export const items = pgTable(
  "items",
  {
    taskId: hash()
      .notNull()
      .references(() => tasks.taskId, { onDelete: "cascade" }),
    itemIndex: integer().notNull(),
    promptHash: hash().notNull(),
    outputAHash: hash().notNull(),
    outputBHash: hash().notNull(),
  },
  (t) => [primaryKey({ columns: [t.taskId, t.itemIndex] }), index().on(t.promptHash)],
);

/** Items whose answer the requester knew, as they were opened. Fact. */
export const golds = pgTable(
  "golds",
  {
    taskId: hash().notNull(),
    itemIndex: integer().notNull(),
    /** 0 = A, 1 = B. */
    answer: integer().$type<0 | 1>().notNull(),
    ...fact(),
  },
  (t) => [primaryKey({ columns: [t.taskId, t.itemIndex] }), index().on(t.blockNumber)],
);

// ---------------------------------------------------------------------------------------------------------- validators

/** Everyone who staked: validators and operators. State. */
export const validators = pgTable(
  "validators",
  {
    validator: address().primaryKey(),
    role: text().$type<StakeRole>().notNull(),
    profileHash: hash().notNull(),
    stakedUnits: amount().notNull(),
    lockedUnits: amount().notNull(),
    /** Holds a seat (from `seatFromBlock` on). */
    active: boolean().notNull(),
    /** Where the present seat, or its absence, began to count. */
    seatFromBlock: blockNumber(),
    /** Null unless exiting: when the stake may be withdrawn. */
    exitableAt: seconds(),
    /** Where the join was stated. */
    ...fact(),
  },
  (t) => [index().on(t.role), index().on(t.blockNumber, t.logIndex)],
);

/** Every seat taken and vacated; who held one at block b is the last change with `fromBlock <= b`. Fact. */
export const seatChanges = pgTable(
  "seat_changes",
  {
    validator: address().notNull(),
    role: text().$type<StakeRole>().notNull(),
    active: boolean().notNull(),
    fromBlock: blockNumber().notNull(),
    ...fact(),
  },
  (t) => [
    primaryKey({ columns: [t.blockNumber, t.logIndex] }),
    index().on(t.validator, t.fromBlock),
    index().on(t.role, t.fromBlock),
  ],
);

/** Stakes added, withdrawn, lost and taken for claims, exits requested, commons paid. Fact. */
export const stakeChanges = pgTable(
  "stake_changes",
  {
    /** Null where the commons were paid. */
    validator: address(),
    kind: text()
      .$type<
        "Joined" | "Added" | "Exiting" | "Withdrawn" | "Forfeited" | "Seized" | "CommonsPaid"
      >()
      .notNull(),
    units: amount().notNull(),
    /** The task whose lock was lost, or whose bond was taken. */
    taskId: hash(),
    ...fact(),
  },
  (t) => [primaryKey({ columns: [t.blockNumber, t.logIndex] }), index().on(t.validator)],
);

/** Session keys. State. */
export const sessions = pgTable(
  "sessions",
  {
    validator: address().notNull(),
    key: address().notNull(),
    nonce: amount().notNull(),
    authorizedAt: seconds().notNull(),
    /** 2^40 − 1 where the wallet said later still: no task lasts as long. */
    expiresAt: seconds().notNull(),
    revokedAt: seconds(),
    revokedTx: hash(),
    /** Where the authorisation was stated. */
    ...fact(),
  },
  (t) => [primaryKey({ columns: [t.validator, t.key] }), index().on(t.key)],
);

// ------------------------------------------------------------------------------------------------------------- ballots

/** Merkle roots of ballots received so far. Fact. */
export const anchors = pgTable(
  "anchors",
  {
    taskId: hash().notNull(),
    sender: address().notNull(),
    root: hash().notNull(),
    ballots: amount().notNull(),
    ...fact(),
  },
  (t) => [
    primaryKey({ columns: [t.blockNumber, t.logIndex] }),
    index().on(t.taskId, t.blockNumber, t.logIndex),
    index().on(t.root),
  ],
);

/** Every BallotCommitted, replaced records too. Fact. */
export const commits = pgTable(
  "commits",
  {
    taskId: hash().notNull(),
    validator: address().notNull(),
    signer: address().notNull(),
    version: bigint({ mode: "number" }).notNull(),
    judgments: integer().notNull(),
    admissionIndex: integer().notNull(),
    commitment: hash().notNull(),
    lockedUnits: amount().notNull(),
    ...fact(),
  },
  (t) => [
    primaryKey({ columns: [t.blockNumber, t.logIndex] }),
    index().on(t.taskId, t.validator),
    index().on(t.validator),
  ],
);

/** Versions that the free stake did not cover: noted, not recorded. Fact. */
export const unfundedBallots = pgTable(
  "unfunded_ballots",
  {
    taskId: hash().notNull(),
    validator: address().notNull(),
    version: bigint({ mode: "number" }).notNull(),
    ...fact(),
  },
  (t) => [primaryKey({ columns: [t.blockNumber, t.logIndex] }), index().on(t.taskId, t.validator)],
);

export type BallotStatus = "Committed" | "Revealed" | "Voided" | "Forfeited" | "Settled";

/** The present record of a (task, validator), from its first commit to its settlement. State. */
export const ballots = pgTable(
  "ballots",
  {
    taskId: hash().notNull(),
    validator: address().notNull(),
    role: text().$type<Role>().notNull(),
    status: text().$type<BallotStatus>().notNull(),
    /** The wallet itself or the session key that signed. */
    signer: address().notNull(),
    version: bigint({ mode: "number" }).notNull(),
    /** Newest version that free stake did not cover since the first record; 0 for none. */
    unfundedVersion: bigint({ mode: "number" }).notNull().default(0),
    judgments: integer().notNull(),
    admissionIndex: integer().notNull(),
    /** As committed. (On chain the reveal overwrites it.) */
    commitment: hash().notNull(),
    /** What this record locks now; 0 once settled, voided or forfeited. */
    lockedUnits: amount().notNull(),

    /** Effective entries as BallotRevealed carries them (0 = A, 1 = B, 2 = tie); "0x" when void; null unopened. */
    entries: hex(),
    effectiveJudgments: integer(),

    scorePpm: integer(),
    /** Entries the score rests on. */
    scored: integer(),
    multiplePpm: integer(),
    payUnits: amount(),
    /** Stake lost: by score, or the whole lock where forfeited. */
    lossUnits: amount(),

    /** Golds answered as the event of a failed gate says; null elsewhere (count them from `golds` and `entries`). */
    goldRight: integer(),
    goldWrong: integer(),
    /** Null until settled, and where no gate stands. */
    goldFailed: boolean(),

    firstCommitBlock: blockNumber().notNull(),
    firstCommitLogIndex: integer().notNull(),
    committedAt: seconds().notNull(),
    committedBlock: blockNumber().notNull(),
    committedBlockHash: hash().notNull(),
    committedTx: hash().notNull(),
    /** Reveal, or the opening that proved malformed. */
    revealedAt: seconds(),
    revealedBlock: blockNumber(),
    revealedTx: hash(),
    /** Settlement, or forfeit. */
    settledAt: seconds(),
    settledBlock: blockNumber(),
    settledTx: hash(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.validator] }),
    index().on(t.validator),
    index().on(t.firstCommitBlock, t.firstCommitLogIndex),
  ],
);

/** One effective entry of a revealed ballot: who said what of which item. Fact. */
export const judgments = pgTable(
  "judgments",
  {
    taskId: hash().notNull(),
    itemIndex: integer().notNull(),
    validator: address().notNull(),
    role: text().$type<Role>().notNull(),
    /** 0 = A, 1 = B, 2 = tie. */
    verdict: integer().$type<CanonicalVerdict>().notNull(),
    ...fact(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.itemIndex, t.validator] }),
    index().on(t.validator, t.taskId, t.itemIndex),
    index().on(t.blockNumber),
  ],
);

// --------------------------------------------------------------------------------------------------------------- money

/** How each ballot ended: scored and credited, or forfeited. Fact. */
export const settlements = pgTable(
  "settlements",
  {
    taskId: hash().notNull(),
    validator: address().notNull(),
    kind: text().$type<"Settled" | "Forfeited">().notNull(),
    scorePpm: integer().notNull(),
    scored: integer().notNull(),
    multiplePpm: integer().notNull(),
    payUnits: amount().notNull(),
    lossUnits: amount().notNull(),
    ...fact(),
  },
  (t) => [
    primaryKey({ columns: [t.blockNumber, t.logIndex] }),
    index().on(t.taskId, t.validator),
    index().on(t.validator),
  ],
);

/**
 * Omissions: receipted ballots that the operator neither committed nor opened, and what its bond pays for them. The
 * validator need have no ballot in the task. State.
 */
export const claims = pgTable(
  "claims",
  {
    taskId: hash().notNull(),
    validator: address().notNull(),
    claimUnits: amount().notNull(),
    /** The claim's share of the bond; null until credited. */
    paidUnits: amount(),
    /** Credited to the commons with it: what rounding left, of the last claim alone. */
    dustUnits: amount(),
    paidAt: seconds(),
    paidBlock: blockNumber(),
    paidTx: hash(),
    /** Where it was claimed. */
    ...fact(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.validator] }),
    index().on(t.validator),
    index().on(t.blockNumber, t.logIndex),
  ],
);

/** What FeedbackTasks owes to whom, and why; one log may state two (refund and fees; a claim's pay and dust). Fact. */
export const credits = pgTable(
  "credits",
  {
    account: address().notNull(),
    taskId: hash().notNull(),
    /** `Rest`: what no ballot earned, and what rounding left of a seized bond. */
    kind: text().$type<"Pay" | "Refund" | "Fee" | "Rest" | "Claim">().notNull(),
    units: amount().notNull(),
    ...fact(),
  },
  (t) => [
    primaryKey({ columns: [t.blockNumber, t.logIndex, t.kind] }),
    index().on(t.account),
    index().on(t.taskId),
  ],
);

/** What FeedbackTasks paid out. Fact. */
export const withdrawals = pgTable(
  "withdrawals",
  {
    account: address().notNull(),
    units: amount().notNull(),
    ...fact(),
  },
  (t) => [primaryKey({ columns: [t.blockNumber, t.logIndex] }), index().on(t.account)],
);

// ------------------------------------------------------------------------------------------------------------- lineage

/** A model, release, training or evaluation, as its owner recorded it. State: it may be withdrawn. */
export const provenanceRecords = pgTable(
  "provenance_records",
  {
    recordId: hash().primaryKey(),
    owner: address().notNull(),
    kind: text().$type<RecordKind>().notNull(),
    contentHash: hash().notNull(),
    manifestHash: hash().notNull(),
    /** Null: nobody co-signed. */
    coSigner: address(),
    withdrawnAt: seconds(),
    withdrawnReason: text(),
    withdrawnTx: hash(),
    /** Where it was recorded. */
    ...fact(),
  },
  (t) => [index().on(t.contentHash), index().on(t.owner), index().on(t.blockNumber, t.logIndex)],
);

/** What a record was made from, one row a parent. Fact. */
export const provenanceParents = pgTable(
  "provenance_parents",
  {
    recordId: hash().notNull(),
    /** From 0, in the order of the record. */
    position: integer().notNull(),
    kind: text().$type<ParentKind>().notNull(),
    /** A record's id; where `kind` is Task, a taskId. */
    parentId: hash().notNull(),
    ...fact(),
  },
  (t) => [
    primaryKey({ columns: [t.recordId, t.position] }),
    index().on(t.parentId, t.blockNumber, t.logIndex),
    index().on(t.blockNumber),
  ],
);

export type Task = typeof tasks.$inferSelect;
export type Manifest = typeof manifests.$inferSelect;
export type Item = typeof items.$inferSelect;
export type Validator = typeof validators.$inferSelect;
export type SeatChange = typeof seatChanges.$inferSelect;
export type StakeChange = typeof stakeChanges.$inferSelect;
export type Session = typeof sessions.$inferSelect;
export type Anchor = typeof anchors.$inferSelect;
export type Commit = typeof commits.$inferSelect;
export type Ballot = typeof ballots.$inferSelect;
export type Judgment = typeof judgments.$inferSelect;
export type Settlement = typeof settlements.$inferSelect;
export type Gold = typeof golds.$inferSelect;
export type Claim = typeof claims.$inferSelect;
export type Credit = typeof credits.$inferSelect;
export type Withdrawal = typeof withdrawals.$inferSelect;
export type ProvenanceRecord = typeof provenanceRecords.$inferSelect;
export type ProvenanceParent = typeof provenanceParents.$inferSelect;
export type Checkpoint = typeof checkpoints.$inferSelect;
