/** What anybody can do in a task now, decided from what the chain says of it. */
import { opensUntil } from "../protocol/task-state.ts";
import type { Address, Hex } from "../protocol/words.ts";
import type { ChainTask } from "../release/recount/chain-task.ts";

export interface BallotToSettle {
  readonly validator: Address;
  /** Effective ones; "0x" of a ballot nobody opened. */
  readonly entries: Hex;
}

export type FinishStep =
  | { readonly kind: "cancel-task" }
  | { readonly kind: "open-task" }
  | { readonly kind: "judge-gold"; readonly golds: Hex }
  | { readonly kind: "settle"; readonly ballots: readonly BallotToSettle[] }
  | { readonly kind: "release-bond" }
  | { readonly kind: "pay-claim"; readonly validator: Address };

/** Height and time (seconds) of the newest block, and how long claims are taken. */
export interface Present {
  readonly block: bigint;
  readonly time: bigint;
  readonly claimWindow: bigint;
}

export type TaskOnChain = Pick<
  ChainTask,
  | "created"
  | "opened"
  | "gold"
  | "goldJudged"
  | "committed"
  | "revealed"
  | "settled"
  | "forfeited"
  | "booksClosed"
  | "claims"
  | "bondReleased"
  | "claimsPaid"
> & { readonly cancelled: boolean };

/** What can be done now; the steps of one answer depend on nothing but what is done already. */
export function stepsDue(task: TaskOnChain, now: Present): FinishStep[] {
  if (task.cancelled) return [];
  const { terms, seedBlock } = task.created;
  if (task.opened === undefined) {
    if (now.time >= terms.closesAt) return [{ kind: "cancel-task" }];
    const isDue = now.block >= seedBlock && now.time < opensUntil(terms);
    return isDue ? [{ kind: "open-task" }] : [];
  }
  if (now.time < terms.revealEndsAt) return [];
  if (task.gold !== undefined && task.goldJudged === undefined) {
    return [{ kind: "judge-gold", golds: task.gold.golds }];
  }
  const bond: FinishStep[] =
    now.time >= terms.revealEndsAt + now.claimWindow && task.bondReleased === undefined
      ? [{ kind: "release-bond" }]
      : [];
  return [...settlementDue(task), ...bond, ...claimsDue(task)];
}

function settlementDue(task: TaskOnChain): FinishStep[] {
  const ballots = ballotsLeft(task);
  const isDue = ballots.length > 0 || task.booksClosed === undefined;
  return isDue ? [{ kind: "settle", ballots }] : [];
}

/** Committed and neither settled, forfeited nor void. */
function ballotsLeft({ committed, revealed, settled, forfeited }: TaskOnChain): BallotToSettle[] {
  const over = new Set([...settled, ...forfeited].map(({ validator }) => validator));
  const opened = new Map(revealed.map(({ validator, entries }) => [validator, entries]));
  return [...new Set(committed.map(({ validator }) => validator))].flatMap((validator) => {
    const isVoid = opened.has(validator) && opened.get(validator) === undefined;
    if (isVoid || over.has(validator)) return [];
    return [{ validator, entries: opened.get(validator) ?? "0x" }];
  });
}

function claimsDue({ bondReleased, claims, claimsPaid }: TaskOnChain): FinishStep[] {
  if (bondReleased === undefined) return [];
  const paid = new Set(claimsPaid.map(({ validator }) => validator));
  // A larger claim takes the place of a smaller one: two events of one validator are one claim.
  const claimed = new Set(claims.map(({ validator }) => validator));
  return [...claimed]
    .filter((validator) => !paid.has(validator))
    .map((validator) => ({ kind: "pay-claim", validator }));
}
