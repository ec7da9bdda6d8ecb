/**
 * What a release leaves out, with who and why: ballots that were void or never opened, single
 * entries that have no vote, and what the caller declares (work that never reached the chain, so
 * nobody can recount it: `declared`).
 */
import { decodeEntries } from "../protocol/ballot.ts";
import { ticketsOf } from "../protocol/ticket.ts";
import type { Address, Hash } from "../protocol/words.ts";
import { inRowOrder } from "./item-votes.ts";
import type { SourceBallot, SourceTask } from "./source.ts";

export type ExclusionCode =
  | "ballot-void"
  | "ballot-unopened"
  | "entry-out-of-range"
  | "item-not-eligible"
  | "item-full"
  | "declared";

export interface Exclusion {
  readonly taskId: Hash;
  readonly validator: Address;
  /** -1: the whole ballot. */
  readonly itemIndex: number;
  readonly code: ExclusionCode;
  readonly reason: string;
}

const reasons: Readonly<Record<Exclude<ExclusionCode, "declared">, string>> = {
  "ballot-void": "The opening was malformed: no votes, no pay.",
  "ballot-unopened": "The ballot was never opened and lost its lock.",
  "entry-out-of-range": "The task has no such item.",
  "item-not-eligible": "The validator had no ticket for this item.",
  "item-full": "The item already had as many votes as it may count.",
};

export function findExclusions(task: Omit<SourceTask, "items">): Exclusion[] {
  const found: Exclusion[] = [];
  const exclude = (
    validator: Address,
    itemIndex: number,
    code: Exclude<ExclusionCode, "declared">,
  ): void => {
    found.push({ taskId: task.taskId, validator, itemIndex, code, reason: reasons[code] });
  };

  for (const ballot of inRowOrder(task.ballots)) {
    if (ballot.outcome === "forfeited") exclude(ballot.validator, -1, "ballot-unopened");
    else if (ballot.outcome === "voided") exclude(ballot.validator, -1, "ballot-void");
    else
      for (const [item, code] of lostEntries(task, ballot)) exclude(ballot.validator, item, code);
  }
  const declared = (task.exclusions ?? []).map(({ validator, reason }) => ({
    taskId: task.taskId,
    validator,
    itemIndex: -1,
    code: "declared" as const,
    reason,
  }));
  return [...found, ...declared];
}

type LostEntry = [number, "entry-out-of-range" | "item-not-eligible" | "item-full"];

function lostEntries(task: Omit<SourceTask, "items">, ballot: SourceBallot): LostEntry[] {
  if (!ballot.opening) return [];
  const counted = new Set(decodeEntries(ballot.effectiveEntries).map((entry) => entry.itemIndex));
  const { threshold } = ballot.role === "Human" ? task.human : task.ai;
  const ticket = ticketsOf(task.seed, ballot.validator, threshold);
  return decodeEntries(ballot.opening.entries)
    .filter(({ itemIndex }) => !counted.has(itemIndex))
    .map(({ itemIndex }): LostEntry => {
      if (itemIndex >= task.terms.itemCount) return [itemIndex, "entry-out-of-range"];
      return [itemIndex, ticket(itemIndex).eligible ? "item-full" : "item-not-eligible"];
    });
}
