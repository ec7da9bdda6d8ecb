/**
 * From one item and the votes on it to the rows of `preference`, `votes` and `battles`.
 *
 * People decide: a preference is the majority of the human votes; the votes of AIs are counted
 * beside it (`n_ai`) and are rows of `votes` and `battles` like any other. Identical answers, an
 * empty answer, a tie and an item without a human vote give no preference.
 */
import { canonicalJson, contentHash, isEmpty, isIdentical } from "../protocol/item.ts";
import type { Message } from "../protocol/item.ts";
import type { AnnexItem } from "../protocol/manifest.ts";
import { sha256Text } from "../protocol/sha256.ts";
import { toPresented } from "../protocol/ticket.ts";
import type { Address, Hash } from "../protocol/words.ts";
import { majority } from "../statistics/majority.ts";
import type { ConfigName } from "./columns.ts";
import { countVotes } from "./item-votes.ts";
import type { Vote } from "./item-votes.ts";
import type { SourceItem } from "./source.ts";

export type Cell = string | number | boolean | readonly string[] | readonly Message[];
/** Its fields are the config's columns, in any order. */
export type Row = Readonly<Record<string, Cell>>;

/** What every row of a release repeats. */
export interface ReleaseContext {
  readonly chainId: bigint;
  /** The FeedbackTasks contract. */
  readonly contract: Address;
  readonly release: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

export interface JudgedItem {
  readonly taskId: Hash;
  readonly item: SourceItem;
  readonly annex: AnnexItem;
  readonly votes: readonly Vote[];
}

/** Why an item has no row in `preference`. */
export type KeptOut = "identical" | "empty" | "unjudged" | "tie";

export interface ItemRows {
  readonly rows: Readonly<Record<ConfigName, readonly Row[]>>;
  readonly keptOut: KeptOut | undefined;
}

export const AGGREGATION = "majority-of-human-votes";

export function rowsOf(context: ReleaseContext, judged: JudgedItem): ItemRows {
  const { item, votes } = judged;
  const pair: PairFacts = {
    ...judged,
    pairId: `${judged.taskId}-${item.itemIndex}`,
    promptHash: contentHash(item.prompt),
    outputAHash: contentHash(item.outputA),
    outputBHash: contentHash(item.outputB),
    identical: isIdentical(item.outputA.messages, item.outputB.messages),
    empty: isEmpty(item.outputA.messages, item.outputB.messages),
  };
  const keptOut = findKeptOut(pair);
  return {
    rows: {
      preference: keptOut ? [] : [preferenceRow(context, pair)],
      votes: votes.map((vote) => voteRow(context, pair, vote)),
      battles: votes.map((vote) => battleRow(context, pair, vote)),
    },
    keptOut,
  };
}

interface PairFacts extends JudgedItem {
  readonly pairId: string;
  readonly promptHash: Hash;
  readonly outputAHash: Hash;
  readonly outputBHash: Hash;
  readonly identical: boolean;
  readonly empty: boolean;
}

function findKeptOut(pair: PairFacts): KeptOut | undefined {
  if (pair.identical) return "identical";
  if (pair.empty) return "empty";
  const [a, b, tie] = countVotes(humanVotes(pair));
  if (a + b + tie === 0) return "unjudged";
  return majority({ a, b, tie }).outcome === "tie" ? "tie" : undefined;
}

function humanVotes({ votes }: JudgedItem): Vote[] {
  return votes.filter(({ ballot }) => ballot.role === "Human");
}

function preferenceRow(context: ReleaseContext, pair: PairFacts): Row {
  const { item, annex, votes } = pair;
  const people = humanVotes(pair);
  const [a, b, tie] = countVotes(people);
  const { outcome, agreement, strength, shareA, shareB } = majority({ a, b, tie });
  const chooseA = outcome === "a";
  const chosen = plain((chooseA ? item.outputA : item.outputB).messages);
  const rejected = plain((chooseA ? item.outputB : item.outputA).messages);
  const prompt = plain(item.prompt.messages);
  return {
    id: pair.pairId,
    prompt,
    chosen,
    rejected,
    score_chosen: chooseA ? shareA : shareB,
    score_rejected: chooseA ? shareB : shareA,
    preference_strength: strength,
    agreement,
    n_votes: votes.length,
    n_human: people.length,
    n_ai: votes.length - people.length,
    chosen_model: chooseA ? annex.modelA : annex.modelB,
    rejected_model: chooseA ? annex.modelB : annex.modelA,
    category: annex.category,
    language: annex.language,
    source: annex.source,
    aggregation: AGGREGATION,
    task_id: pair.taskId,
    pair_id: pair.pairId,
    ballot_digests: votes.map(({ ballot }) => ballot.digest),
    tx_hashes: transactionsOf(votes),
    content_hash: sha256Text(canonicalJson({ prompt, chosen, rejected })),
    ...contextCells(context),
  };
}

function voteRow(context: ReleaseContext, pair: PairFacts, { ballot, verdict, flip }: Vote): Row {
  const { item, annex } = pair;
  return {
    id: `${pair.pairId}-${ballot.validator}`,
    task_id: pair.taskId,
    pair_id: pair.pairId,
    item_index: item.itemIndex,
    judge: ballot.validator,
    role: roleWord(ballot.role),
    verdict: ["a", "b", "tie"][verdict]!,
    presented: ["left", "right", "tie"][toPresented(verdict, flip)]!,
    left_output: flip ? "b" : "a",
    model_a: annex.modelA,
    model_b: annex.modelB,
    category: annex.category,
    language: annex.language,
    source: annex.source,
    prompt_hash: pair.promptHash,
    output_a_hash: pair.outputAHash,
    output_b_hash: pair.outputBHash,
    identical: pair.identical,
    empty: pair.empty,
    version: ballot.version,
    commitment: ballot.commitment,
    ballot_digest: ballot.digest,
    signature: ballot.signature,
    signer: ballot.signer,
    score_ppm: ballot.scorePpm,
    scored: ballot.scored,
    multiple_ppm: ballot.multiplePpm,
    pay_units: ballot.payUnits.toString(),
    loss_units: ballot.lossUnits.toString(),
    commit_tx: ballot.transactions.commit,
    reveal_tx: ballot.transactions.reveal,
    settle_tx: ballot.transactions.settle,
    ...contextCells(context),
  };
}

function battleRow(context: ReleaseContext, pair: PairFacts, { ballot, verdict }: Vote): Row {
  const { item, annex } = pair;
  const conversationA = plain([...item.prompt.messages, ...item.outputA.messages]);
  const conversationB = plain([...item.prompt.messages, ...item.outputB.messages]);
  return {
    id: `${pair.pairId}-${ballot.validator}`,
    task_id: pair.taskId,
    pair_id: pair.pairId,
    item_index: item.itemIndex,
    model_a: annex.modelA,
    model_b: annex.modelB,
    winner: ["model_a", "model_b", "tie"][verdict]!,
    judge: ballot.validator,
    role: roleWord(ballot.role),
    turn: conversationA.filter(({ role }) => role === "user").length,
    language: annex.language,
    category: annex.category,
    source: annex.source,
    conversation_a: conversationA,
    conversation_b: conversationB,
    identical: pair.identical,
    empty: pair.empty,
    ballot_digest: ballot.digest,
    ...contextCells(context),
  };
}

function contextCells({ chainId, contract, release, createdAt }: ReleaseContext): Row {
  return { chain_id: Number(chainId), contract, release, created_at: createdAt };
}

function transactionsOf(votes: readonly Vote[]): string[] {
  const hashes = votes.flatMap(({ ballot: { transactions } }) => [
    transactions.commit,
    transactions.reveal,
    transactions.settle,
  ]);
  return [...new Set(hashes)].filter((hash) => hash !== "");
}

function roleWord(role: "Human" | "Ai"): string {
  return role === "Human" ? "human" : "ai";
}

/** Exactly role and content, whatever else a message object carries. */
function plain(messages: readonly Message[]): Message[] {
  return messages.map(({ role, content }) => ({ role, content }));
}
