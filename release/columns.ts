/**
 * The columns of the three configs: name, type, and order, said once for JSONL, Parquet and the
 * dataset card. No column is ever null or missing: "" or false stands for "none".
 */
export type ColumnType =
  | "string"
  | "int32"
  | "int64"
  | "float64"
  | "bool"
  | "list<string>"
  | "list<struct<role: string, content: string>>";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

export const configNames = ["preference", "votes", "battles"] as const;
export type ConfigName = (typeof configNames)[number];

function columns(text: string): Column[] {
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [name = "", ...type] = line.trim().split(" ");
      const alias = type.join(" ");
      return { name, type: (alias === "messages" ? MESSAGES : alias) as ColumnType };
    });
}

const MESSAGES: ColumnType = "list<struct<role: string, content: string>>";

export const columnsOf: Readonly<Record<ConfigName, readonly Column[]>> = {
  /** One row a pair that people decided. */
  preference: columns(`
    id string
    prompt messages
    chosen messages
    rejected messages
    score_chosen float64
    score_rejected float64
    preference_strength float64
    agreement float64
    n_votes int32
    n_human int32
    n_ai int32
    chosen_model string
    rejected_model string
    category string
    language string
    source string
    aggregation string
    task_id string
    pair_id string
    chain_id int64
    contract string
    ballot_digests list<string>
    tx_hashes list<string>
    content_hash string
    release string
    created_at string
  `),

  /** One row a judgment that counted. */
  votes: columns(`
    id string
    task_id string
    pair_id string
    item_index int32
    judge string
    role string
    verdict string
    presented string
    left_output string
    model_a string
    model_b string
    category string
    language string
    source string
    prompt_hash string
    output_a_hash string
    output_b_hash string
    identical bool
    empty bool
    version int32
    commitment string
    ballot_digest string
    signature string
    signer string
    score_ppm int32
    scored int32
    multiple_ppm int32
    pay_units string
    loss_units string
    commit_tx string
    reveal_tx string
    settle_tx string
    chain_id int64
    contract string
    release string
    created_at string
  `),

  /** The same judgments in the layout of public arena releases. */
  battles: columns(`
    id string
    task_id string
    pair_id string
    item_index int32
    model_a string
    model_b string
    winner string
    judge string
    role string
    turn int32
    language string
    category string
    source string
    conversation_a messages
    conversation_b messages
    identical bool
    empty bool
    ballot_digest string
    chain_id int64
    contract string
    release string
    created_at string
  `),
};
