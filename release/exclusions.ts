/**
 * What a release leaves out, with who and why: ballots that were void or never opened, single
 * entries that have no vote, signatures and openings that the chain alone saw, and what the caller
 * declares (work that never reached the chain, so nobody can recount it: `declared`).
 */
import { countEntries, decodeEntries } from "../protocol/ballot.ts";
import { ticketsOf } from "../protocol/ticket.ts";
import type { Address, Hash } from "../protocol/words.ts";
import { chainOnlyOf } from "./chain-only.ts";
import { inRowOrder } from "./item-votes.ts";
import type { SourceBallot, SourceTask } from "./source.ts";

export type ExclusionCode =
  | "ballot-void"
  | "ballot-unopened"
  | "entry-out-of-range"
  | "item-not-eligible"
  | "item-full"
  | "signature-on-chain-only"
  | "opening-on-chain-only"
  | "declared";

export interface Exclusion {
  readonly taskId: Hash;
  readonly validator: Address;
  /** -1: the whole ballot. */
  readonly itemIndex: number;
  readonly code: ExclusionCode;
  readonly reason: string;
}

type StatedCode = Exclude<ExclusionCode, "declared" | "opening-on-chain-only">;

const reasons: Readonly<Record<StatedCode, string>> = {
  "ballot-void": "The opening was malformed: no votes, no pay.",
  "ballot-unopened": "The ballot was never opened and lost its lock.",
  "entry-out-of-range": "The task has no such item.",
  "item-not-eligible": "The validator had no ticket for this item.",
  "item-full": "The item already had as many votes as it may count.",
  "signature-on-chain-only":
    "The contract checked the signature; it came through another contract, and no transaction shows it.",
};

export function findExclusions(task: Omit<SourceTask, "items">): Exclusion[] {
  const found: Exclusion[] = [];
  const exclude = (
    validator: Address,
    itemIndex: number,
    code: Exclude<ExclusionCode, "declared">,
    reason: string,
  ): void => {
    found.push({ taskId: task.taskId, validator, itemIndex, code, reason });
  };

  for (const ballot of inRowOrder(task.ballots)) {
    const { validator } = ballot;
    const state = (itemIndex: number, code: StatedCode): void =>
      exclude(validator, itemIndex, code, reasons[code]);
    if (ballot.outcome === "forfeited") state(-1, "ballot-unopened");
    else if (ballot.outcome === "voided") state(-1, "ballot-void");
    else for (const [itemIndex, code] of lostEntries(task, ballot)) state(itemIndex, code);

    const chainOnly = chainOnlyOf(ballot);
    if (chainOnly.includes("signature")) state(-1, "signature-on-chain-only");
    if (chainOnly.includes("opening")) {
      exclude(validator, -1, "opening-on-chain-only", unseenOpening(ballot));
    }
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

/** Which entries had no vote, only the opening would say. */
function unseenOpening({ judgments, effectiveEntries }: SourceBallot): string {
  const lost = judgments - countEntries(effectiveEntries);
  return (
    "The contract checked the opening; it came through another contract, and no transaction shows it. " +
    `The chain states the votes that count; ${lost} of its ${judgments} judgments do not.`
  );
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
