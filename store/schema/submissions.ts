/**
 * What people hand in: content, golds, acceptances, leases, ballots with their openings, notes and encrypted copies,
 * sessions to relay, sign-ins, releases. The api alone writes these tables; the indexer and the operator read them. Times are
 * seconds; hashes and addresses are lower-case 0x text.
 */
import {
  bigint,
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { Role } from "../../protocol/words.ts";
import { address, amount, hash, hex, seconds } from "./columns.ts";

/** One file of pairs that was imported whole. */
export const uploads = pgTable("uploads", {
  uploadId: text().primaryKey(),
  title: text().notNull(),
  layout: text().$type<"pairs" | "battles">().notNull(),
  rows: integer().notNull(),
  identical: integer().notNull(),
  empty: integer().notNull(),
  /** `[{line, code, message}]` of rows left out because the uploader said so. */
  skipped: jsonb().$type<readonly SkippedRow[]>().notNull(),
  createdAt: seconds().notNull(),
});

export interface SkippedRow {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** One part of an upload: at most 4,096 items. Its manifest and its annex are blobs under their hashes. */
export const uploadParts = pgTable(
  "upload_parts",
  {
    manifestHash: hash().primaryKey(),
    uploadId: text().notNull(),
    part: integer().notNull(),
    title: text().notNull(),
    itemsRoot: hash().notNull(),
    itemCount: integer().notNull(),
    /** Models, category, language and source of each item: served after the settlement only. */
    annexHash: hash().notNull(),
    replay: boolean().notNull(),
    identical: integer().notNull(),
    empty: integer().notNull(),
    createdAt: seconds().notNull(),
  },
  (t) => [index().on(t.uploadId, t.part), index().on(t.annexHash)],
);

/** Tasks the operator agreed to before they were on chain. */
export const acceptances = pgTable("acceptances", {
  taskId: hash().primaryKey(),
  requester: address().notNull(),
  nonce: amount().notNull(),
  manifestHash: hash().notNull(),
  /** The terms as REST carries them. */
  terms: jsonb().$type<Readonly<Record<string, string | number | boolean>>>().notNull(),
  signature: hex().notNull(),
  acceptedAt: seconds().notNull(),
});

/**
 * Golds of tasks to come, handed in by their requester: what `goldHash` binds. Secret until the operator opens them on
 * chain: nothing may publish `salt` or `golds` of a row before that.
 */
export const sealedGolds = pgTable("sealed_golds", {
  /** keccak256(abi.encode(salt, golds)): as in the terms. */
  goldHash: hash().primaryKey(),
  /** The items they are of. */
  manifestHash: hash().notNull(),
  salt: hash().notNull(),
  /** Packed, 4 bytes each: item index, answer. */
  golds: hex().notNull(),
  receivedAt: seconds().notNull(),
});

/**
 * An item handed to a validator to judge until `deadline`. A row goes when the item is judged or given back; one whose
 * deadline has passed holds no place. Claims and judgments of one task and role take turns on its row in `intakes`.
 */
export const leases = pgTable(
  "leases",
  {
    taskId: hash().notNull(),
    validator: address().notNull(),
    itemIndex: integer().notNull(),
    role: text().$type<Role>().notNull(),
    leasedAt: seconds().notNull(),
    deadline: seconds().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.validator, t.itemIndex] }),
    index().on(t.taskId, t.role, t.itemIndex),
  ],
);

/** The row that claims of one task and role lock, so that two of them never count the same free place. */
export const intakes = pgTable(
  "intakes",
  {
    taskId: hash().notNull(),
    role: text().$type<Role>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.taskId, t.role] })],
);

/** Which items a validator's receipted ballot covers; never what it says about them. */
export const judgedItems = pgTable(
  "judged_items",
  {
    taskId: hash().notNull(),
    validator: address().notNull(),
    itemIndex: integer().notNull(),
    role: text().$type<Role>().notNull(),
    /** The first version that held the judgment, and when it was receipted. */
    version: bigint({ mode: "number" }).notNull(),
    judgedAt: seconds().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.validator, t.itemIndex] }),
    index().on(t.taskId, t.role, t.itemIndex),
  ],
);

/**
 * Every receipted version of every ballot with its opening. Openings are secret until the ballot is revealed on chain:
 * nothing may publish `entries`, `salt` or `notesHash` of a row before that.
 */
export const ballotVersions = pgTable(
  "ballot_versions",
  {
    /** EIP-712 digest of the ballot: the leaf of the anchor. */
    digest: hash().primaryKey(),
    /** Order in which versions came in; on a server a lower one may become visible after a higher one. */
    sequence: bigserial({ mode: "bigint" }).notNull(),
    taskId: hash().notNull(),
    validator: address().notNull(),
    role: text().$type<Role>().notNull(),
    version: bigint({ mode: "number" }).notNull(),
    judgments: integer().notNull(),
    commitment: hash().notNull(),
    /** 65 bytes, by `signer`: the validator's wallet or a session key. */
    signature: hex().notNull(),
    signer: address().notNull(),
    /** Place in the role's admission list; 0 where the role is open. */
    admissionIndex: integer().notNull(),
    /** Opening: packed entries as signed (presented sides), salt, notes hash. */
    entries: hex().notNull(),
    salt: hash().notNull(),
    notesHash: hash().notNull(),
    /** 65 bytes by the task's receiptKey over OpeningReceipt. */
    receiptSignature: hex().notNull(),
    receivedAt: seconds().notNull(),
  },
  (t) => [uniqueIndex().on(t.taskId, t.validator, t.version), uniqueIndex().on(t.sequence)],
);

/** The newest version of each validator's ballot in each task. */
export const ballotHeads = pgTable(
  "ballot_heads",
  {
    taskId: hash().notNull(),
    validator: address().notNull(),
    role: text().$type<Role>().notNull(),
    version: bigint({ mode: "number" }).notNull(),
    judgments: integer().notNull(),
    digest: hash().notNull(),
    /** Who signed it: on chain a record the wallet signed yields to no session's. */
    signer: address().notNull(),
  },
  (t) => [primaryKey({ columns: [t.taskId, t.validator] }), index().on(t.validator)],
);

/** Off-chain notes of a ballot's newest version, if they were handed in; erasable by their author. */
export const ballotNotes = pgTable(
  "ballot_notes",
  {
    taskId: hash().notNull(),
    validator: address().notNull(),
    version: bigint({ mode: "number" }).notNull(),
    notesHash: hash().notNull(),
    notes: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.taskId, t.validator] })],
);

/** Openings as their validator's devices keep them, encrypted to the validator: nobody here can read them. */
export const openingCopies = pgTable(
  "opening_copies",
  {
    taskId: hash().notNull(),
    validator: address().notNull(),
    /** The newest version in it. */
    version: bigint({ mode: "number" }).notNull(),
    /** Base64; what is in it is the validator's affair. */
    ciphertext: text().notNull(),
    storedAt: seconds().notNull(),
  },
  (t) => [primaryKey({ columns: [t.taskId, t.validator] })],
);

/** Sessions to be relayed to the chain: the operator sends `authorizeSession` for each not yet there. */
export const sessionRequests = pgTable(
  "session_requests",
  {
    validator: address().notNull(),
    key: address().notNull(),
    expiresAt: seconds().notNull(),
    nonce: amount().notNull(),
    signature: hex().notNull(),
    receivedAt: seconds().notNull(),
  },
  (t) => [primaryKey({ columns: [t.validator, t.key] }), uniqueIndex().on(t.validator, t.nonce)],
);

/** Single-use nonces of Sign-In with Ethereum. */
export const signInNonces = pgTable("sign_in_nonces", {
  nonce: text().primaryKey(),
  expiresAt: seconds().notNull(),
});

/** Bearer tokens, kept as their sha-256 alone. */
export const signIns = pgTable("sign_ins", {
  tokenHash: hash().primaryKey(),
  address: address().notNull(),
  expiresAt: seconds().notNull(),
});

/** Releases this service holds; the files lie in its release folder under the id. */
export const releases = pgTable("releases", {
  releaseId: text().primaryKey(),
  root: hash().notNull(),
  taskIds: jsonb().$type<readonly string[]>().notNull(),
  rows: integer().notNull(),
  createdAt: seconds().notNull(),
});

export const releaseFiles = pgTable(
  "release_files",
  {
    releaseId: text().notNull(),
    name: text().notNull(),
    bytes: bigint({ mode: "number" }).notNull(),
    sha256: hash().notNull(),
    mediaType: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.releaseId, t.name] })],
);
