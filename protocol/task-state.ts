/** A task's state, from block time and stored facts alone; every interval is half-open. */
import type { Role } from "./words.ts";
import type { Terms } from "./terms.ts";

export const taskStates = [
  "Funded",
  "Open",
  "Committing",
  "Revealing",
  "Settling",
  "Settled",
  "Cancelled",
] as const;
export type TaskState = (typeof taskStates)[number];

type TaskTimes = Pick<
  Terms,
  "aiClosesAt" | "closesAt" | "commitEndsAt" | "revealEndsAt" | "conditionOnAi"
>;

export interface TaskFacts {
  readonly opened: boolean;
  readonly cancelled: boolean;
  /** Refund and fees were credited, the step before the first ballot is settled. */
  readonly booksClosed: boolean;
  readonly ballotsCommitted: number;
  readonly ballotsSettled: number;
}

/** `now` is the block's time in seconds. A task never opened stays Funded until somebody cancels it. */
export function taskStateAt(
  terms: Pick<TaskTimes, "closesAt" | "commitEndsAt" | "revealEndsAt">,
  facts: TaskFacts,
  now: bigint,
): TaskState {
  if (facts.cancelled) return "Cancelled";
  if (!facts.opened) return "Funded";
  if (now < terms.closesAt) return "Open";
  if (now < terms.commitEndsAt) return "Committing";
  if (now < terms.revealEndsAt) return "Revealing";
  return facts.booksClosed && facts.ballotsSettled === facts.ballotsCommitted
    ? "Settled"
    : "Settling";
}

/** Seconds, half-open: from the first in which it is allowed, until the first in which it is not any more. */
export interface Interval {
  readonly from: bigint;
  readonly until: bigint;
}

/** The first second in which a task cannot be opened any more: people conditioned on AIs need time for those. */
export function opensUntil(terms: TaskTimes): bigint {
  return terms.conditionOnAi ? terms.aiClosesAt : terms.closesAt;
}

/** The first second in which this role's ballots are committed no more. */
export function commitEndsAtFor(terms: TaskTimes, role: Role): bigint {
  return role === "Ai" && terms.conditionOnAi && terms.aiClosesAt < terms.commitEndsAt
    ? terms.aiClosesAt
    : terms.commitEndsAt;
}

/** When this role's ballots are opened. With conditionOnAi AIs first, so that people's strata are fixed by then. */
export function revealIntervalOf(terms: TaskTimes, role: Role): Interval {
  if (!terms.conditionOnAi) return { from: terms.commitEndsAt, until: terms.revealEndsAt };
  const half = terms.commitEndsAt + (terms.revealEndsAt - terms.commitEndsAt) / 2n;
  return role === "Ai"
    ? { from: terms.commitEndsAt, until: half }
    : { from: half, until: terms.revealEndsAt };
}

/** When golds are opened: in the first half of Revealing, when no commit is taken any more. */
export function goldIntervalOf(terms: Pick<TaskTimes, "commitEndsAt" | "revealEndsAt">): Interval {
  const { commitEndsAt, revealEndsAt } = terms;
  return { from: commitEndsAt, until: commitEndsAt + (revealEndsAt - commitEndsAt) / 2n };
}

/** Until when a receipt may be signed for this role: `closesAt`, for conditioning AIs MIN_COMMIT before `aiClosesAt`. */
export function receiptsEndAtFor(terms: TaskTimes, role: Role, minCommit: bigint): bigint {
  if (role === "Human" || !terms.conditionOnAi) return terms.closesAt;
  const end = terms.aiClosesAt - minCommit;
  return end < terms.closesAt ? end : terms.closesAt;
}
