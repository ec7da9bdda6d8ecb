/**
 * What people hand in: content, acceptances, leases, ballots with their openings, sessions to relay, sign-ins, releases.
 * The api alone writes these tables; the indexer and the operator read them. Times are seconds; hashes and addresses are
 * lower-case 0x text.
 */
import {
  bigint,
  bigserial,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";

/** uint256 as bigint. */
const units = customType<{ data: bigint; driverData: string }>({
  dataType: () => "numeric(78,0)",
  toDriver: (value) => value.toString(),
  fromDriver: (value) => BigInt(value),
});

const seconds = (name: string) => bigint(name, { mode: "bigint" });

/** One file of pairs that was imported whole. */
export const uploads = pgTable("uploads", {
  uploadId: text("upload_id").primaryKey(),
  title: text("title").notNull(),
  layout: text("layout", { enum: ["pairs", "battles"] }).notNull(),
  rows: integer("rows").notNull(),
  identical: integer("identical").notNull(),
  empty: integer("empty").notNull(),
  /** `[{line, code, message}]` of rows left out because the uploader said so. */
  skipped: jsonb("skipped").$type<readonly SkippedRow[]>().notNull(),
  createdAt: seconds("created_at").notNull(),
});

export interface SkippedRow {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** One part of an upload: at most 4,096 items. The manifest and the annex themselves are blobs. */
export const manifests = pgTable(
  "manifests",
  {
    manifestHash: text("manifest_hash").primaryKey(),
    uploadId: text("upload_id").notNull(),
    part: integer("part").notNull(),
    title: text("title").notNull(),
    itemsRoot: text("items_root").notNull(),
    itemCount: integer("item_count").notNull(),
    /** Models, category, language and source of each item: served after the settlement only. */
    annexHash: text("annex_hash").notNull(),
    replay: boolean("replay").notNull(),
    identical: integer("identical").notNull(),
    empty: integer("empty").notNull(),
    createdAt: seconds("created_at").notNull(),
  },
  (t) => [
    index("manifests_upload").on(t.uploadId, t.part),
    index("manifests_annex").on(t.annexHash),
  ],
);

/** Index and hashes of every item; its content is in the blobs under these hashes. */
export const items = pgTable(
  "items",
  {
    manifestHash: text("manifest_hash").notNull(),
    itemIndex: integer("item_index").notNull(),
    promptHash: text("prompt_hash").notNull(),
    outputAHash: text("output_a_hash").notNull(),
    outputBHash: text("output_b_hash").notNull(),
  },
  (t) => [primaryKey({ columns: [t.manifestHash, t.itemIndex] })],
);

/** Tasks the operator agreed to before they were on chain. */
export const acceptances = pgTable("acceptances", {
  taskId: text("task_id").primaryKey(),
  requester: text("requester").notNull(),
  nonce: units("nonce").notNull(),
  manifestHash: text("manifest_hash").notNull(),
  /** The terms as REST carries them. */
  terms: jsonb("terms").$type<Readonly<Record<string, string | number | boolean>>>().notNull(),
  signature: text("signature").notNull(),
  acceptedAt: seconds("accepted_at").notNull(),
});

/**
 * An item handed to a validator to judge until `deadline`. A row goes when the item is judged or given back; one whose
 * deadline has passed holds no place. Claims and judgments of one task and role take turns on its row in `intakes`.
 */
export const leases = pgTable(
  "leases",
  {
    taskId: text("task_id").notNull(),
    validator: text("validator").notNull(),
    itemIndex: integer("item_index").notNull(),
    role: text("role", { enum: ["Human", "Ai"] }).notNull(),
    leasedAt: seconds("leased_at").notNull(),
    deadline: seconds("deadline").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.validator, t.itemIndex] }),
    index("leases_item").on(t.taskId, t.role, t.itemIndex),
  ],
);

/** The row that claims of one task and role lock, so that two of them never count the same free place. */
export const intakes = pgTable(
  "intakes",
  {
    taskId: text("task_id").notNull(),
    role: text("role", { enum: ["Human", "Ai"] }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.taskId, t.role] })],
);

/** Which items a validator's receipted ballot covers; never what it says about them. */
export const judgedItems = pgTable(
  "judged_items",
  {
    taskId: text("task_id").notNull(),
    validator: text("validator").notNull(),
    itemIndex: integer("item_index").notNull(),
    role: text("role", { enum: ["Human", "Ai"] }).notNull(),
    /** The first version that held the judgment, and when it was receipted. */
    version: integer("version").notNull(),
    judgedAt: seconds("judged_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.validator, t.itemIndex] }),
    index("judged_items_item").on(t.taskId, t.role, t.itemIndex),
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
    digest: text("digest").primaryKey(),
    /** Grows with every row of the table: where a reader left off. */
    sequence: bigserial("sequence", { mode: "bigint" }).notNull(),
    taskId: text("task_id").notNull(),
    validator: text("validator").notNull(),
    role: text("role", { enum: ["Human", "Ai"] }).notNull(),
    version: bigint("version", { mode: "number" }).notNull(),
    judgments: integer("judgments").notNull(),
    commitment: text("commitment").notNull(),
    /** 65 bytes, by `signer`: the validator's wallet or a session key. */
    signature: text("signature").notNull(),
    signer: text("signer").notNull(),
    /** Place in the role's admission list; 0 where the role is open. */
    admissionIndex: integer("admission_index").notNull(),
    /** Opening: packed entries as signed (presented sides), salt, notes hash. */
    entries: text("entries").notNull(),
    salt: text("salt").notNull(),
    notesHash: text("notes_hash").notNull(),
    /** 65 bytes by the task's receiptKey over OpeningReceipt. */
    receiptSignature: text("receipt_signature").notNull(),
    receivedAt: seconds("received_at").notNull(),
  },
  (t) => [
    uniqueIndex("ballot_versions_slot").on(t.taskId, t.validator, t.version),
    uniqueIndex("ballot_versions_sequence").on(t.sequence),
  ],
);

/** The newest version of each validator's ballot in each task. */
export const ballotHeads = pgTable(
  "ballot_heads",
  {
    taskId: text("task_id").notNull(),
    validator: text("validator").notNull(),
    role: text("role", { enum: ["Human", "Ai"] }).notNull(),
    version: bigint("version", { mode: "number" }).notNull(),
    judgments: integer("judgments").notNull(),
    digest: text("digest").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.validator] }),
    index("ballot_heads_validator").on(t.validator),
  ],
);

/** Off-chain notes of a ballot's newest version, if they were handed in; erasable by their author. */
export const ballotNotes = pgTable(
  "ballot_notes",
  {
    taskId: text("task_id").notNull(),
    validator: text("validator").notNull(),
    version: bigint("version", { mode: "number" }).notNull(),
    notesHash: text("notes_hash").notNull(),
    notes: text("notes").notNull(),
  },
  (t) => [primaryKey({ columns: [t.taskId, t.validator] })],
);

/** Sessions to be relayed to the chain: the operator sends `authorizeSession` for each not yet there. */
export const sessionRequests = pgTable(
  "session_requests",
  {
    validator: text("validator").notNull(),
    key: text("key").notNull(),
    expiresAt: seconds("expires_at").notNull(),
    nonce: units("nonce").notNull(),
    signature: text("signature").notNull(),
    receivedAt: seconds("received_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.validator, t.key] }),
    uniqueIndex("session_requests_nonce").on(t.validator, t.nonce),
  ],
);

/** Single-use nonces of Sign-In with Ethereum. */
export const signInNonces = pgTable("sign_in_nonces", {
  nonce: text("nonce").primaryKey(),
  expiresAt: seconds("expires_at").notNull(),
});

/** Bearer tokens, kept as their sha-256 alone. */
export const signIns = pgTable("sign_ins", {
  tokenHash: text("token_hash").primaryKey(),
  address: text("address").notNull(),
  expiresAt: seconds("expires_at").notNull(),
});

/** Releases this service holds; the files lie in its release folder under the id. */
export const releases = pgTable("releases", {
  releaseId: text("release_id").primaryKey(),
  root: text("root").notNull(),
  taskIds: jsonb("task_ids").$type<readonly string[]>().notNull(),
  rows: integer("rows").notNull(),
  createdAt: seconds("created_at").notNull(),
});

export const releaseFiles = pgTable(
  "release_files",
  {
    releaseId: text("release_id").notNull(),
    name: text("name").notNull(),
    bytes: bigint("bytes", { mode: "number" }).notNull(),
    sha256: text("sha256").notNull(),
    mediaType: text("media_type").notNull(),
  },
  (t) => [primaryKey({ columns: [t.releaseId, t.name] })],
);
