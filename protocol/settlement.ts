/**
 * A whole task's outcome from its openings: the twin of reveal and settle in the contract, to the last unit.
 *
 * Order matters in one place: an entry beyond 15 humans or 7 AIs on its item is void, so `ballots` are given in the order
 * in which they were opened.
 */
import type { Entry } from "./ballot.ts";
import { decodeEntries, encodeEntries, findEntriesFault, ENTRY_BYTES } from "./ballot.ts";
import type { ErrorCode } from "./errors.ts";
import type { Gold } from "./gold.ts";
import type { GoldJudgment } from "./gold-gate.ts";
import { goldResultOf, judgeGolds } from "./gold-gate.ts";
import { hexToBytes } from "./hex.ts";
import { multipleOf, payOf, weightOf } from "./pay.ts";
import { scoreOf } from "./peer-score.ts";
import type { Draw } from "./pool.ts";
import type { Tally } from "./tally.ts";
import { countsOf, emptyTally, totalOf } from "./tally.ts";
import type { Terms } from "./terms.ts";
import {
  escrowUnits,
  lockUnits,
  MAX_AI_VOTES_PER_ITEM,
  MAX_HUMAN_VOTES_PER_ITEM,
  priceOf,
  votesOf,
} from "./terms.ts";
import { ticketsOf, toCanonical } from "./ticket.ts";
import type { Address, CanonicalVerdict, Hash, Hex, Role } from "./words.ts";

/** A committed ballot; `entries` as opened (presented verdicts), or undefined if it never was. */
export interface CommittedBallot {
  readonly validator: Address;
  readonly role: Role;
  readonly judgments: number;
  readonly entries: Hex | undefined;
}

export type SettlementTerms = Pick<
  Terms,
  | "itemCount"
  | "humanVotes"
  | "aiVotes"
  | "humanPrice"
  | "aiPrice"
  | "operatorFee"
  | "fullPayScore"
  | "breakEven"
  | "maxPenalty"
  | "conditionOnAi"
>;

export interface SettlementInput {
  readonly terms: SettlementTerms;
  readonly seed: Hash;
  readonly human: Pick<Draw, "threshold" | "need">;
  readonly ai: Pick<Draw, "threshold" | "need">;
  /** In the order they were opened. */
  readonly ballots: readonly CommittedBallot[];
  /** As opened in time; none where there was no gold, or nobody opened it. */
  readonly gold?: readonly Gold[] | undefined;
}

/** Why an entry has no vote. */
export type EntryFault = "entry-out-of-range" | "item-not-eligible" | "item-full";

export interface VoidEntry {
  readonly itemIndex: number;
  readonly fault: EntryFault;
}

export interface EffectiveBallot {
  /** Canonical, packed, void entries dropped, order kept. */
  readonly entries: Hex;
  readonly votes: readonly Entry[];
  readonly voidEntries: readonly VoidEntry[];
  /** Why the whole ballot is void, if it is. */
  readonly voidedBy?: ErrorCode;
}

export type BallotOutcome = "scored" | "voided" | "forfeited";

export interface SettledBallot extends EffectiveBallot {
  readonly validator: Address;
  readonly role: Role;
  readonly outcome: BallotOutcome;
  readonly lockUnits: bigint;
  readonly scorePpm: number;
  /** n: judgments the score rests on. */
  readonly scored: number;
  /** At most 0 where the gold gate was failed. */
  readonly multiplePpm: number;
  /** Golds it answered, among the first that count; a tie is wrong. 0 and 0 where there is no gate. */
  readonly goldRight: number;
  readonly goldWrong: number;
  readonly goldFailed: boolean;
  /** L times the worth of its judgments. */
  readonly weight: bigint;
  readonly payUnits: bigint;
  /** Penalty, or the whole lock if forfeited; to the commons. */
  readonly lossUnits: bigint;
}

export interface Settlement {
  /** One an item. */
  readonly tallies: readonly Tally[];
  /** In the order given. */
  readonly ballots: readonly SettledBallot[];
  /** What people's votes made of the golds. */
  readonly gold: GoldJudgment | undefined;
  /** F: votes that are paid for, a role. */
  readonly paidVotesHuman: number;
  readonly paidVotesAi: number;
  readonly escrowUnits: bigint;
  /** escrow = refund + fees + paid + rest, exactly [G11] */
  readonly refundUnits: bigint;
  readonly feeUnits: bigint;
  readonly paidUnits: bigint;
  readonly restUnits: bigint;
  /** Lost stake, outside the escrow: penalties and forfeits. */
  readonly penaltyUnits: bigint;
  /** What the commons get: rest and penalties. */
  readonly commonsUnits: bigint;
}

export function settleTask({ terms, seed, human, ai, ballots, gold }: SettlementInput): Settlement {
  const tallies = Array.from({ length: terms.itemCount }, emptyTally);
  const drawFor = (role: Role): Pick<Draw, "threshold" | "need"> => (role === "Human" ? human : ai);

  const opened = ballots.map((ballot) => ({
    ballot,
    effective: openBallot(ballot, seed, drawFor(ballot.role).threshold, tallies),
  }));

  const judgment = gold && judgeGolds(gold, tallies);
  const settled = opened.map(({ ballot, effective }) =>
    settleBallot(ballot, effective, terms, drawFor(ballot.role).need, tallies, judgment),
  );
  return {
    tallies,
    ballots: settled,
    gold: judgment,
    ...closeBooks(terms, tallies, settled),
  };
}

/** Reveals one ballot: counts its valid votes into the tallies. */
function openBallot(
  ballot: CommittedBallot,
  seed: Hash,
  threshold: bigint,
  tallies: readonly Tally[],
): EffectiveBallot {
  if (ballot.entries === undefined) return noVotes();
  const packed = hexToBytes(ballot.entries);
  const fault = findEntriesFault(packed);
  if (fault) return noVotes(fault.code);
  if (packed.length / ENTRY_BYTES !== ballot.judgments) return noVotes("judgments-mismatch");

  const ticket = ticketsOf(seed, ballot.validator, threshold);
  const most = ballot.role === "Human" ? MAX_HUMAN_VOTES_PER_ITEM : MAX_AI_VOTES_PER_ITEM;
  const votes: Entry[] = [];
  const voidEntries: VoidEntry[] = [];
  for (const { itemIndex, verdict } of decodeEntries(packed)) {
    const tally = tallies[itemIndex];
    if (!tally) {
      voidEntries.push({ itemIndex, fault: "entry-out-of-range" });
      continue;
    }
    const { eligible, flip } = ticket(itemIndex);
    const counts = countsOf(tally, ballot.role);
    if (!eligible) {
      voidEntries.push({ itemIndex, fault: "item-not-eligible" });
    } else if (totalOf(counts) >= most) {
      voidEntries.push({ itemIndex, fault: "item-full" });
    } else {
      const canonical: CanonicalVerdict = toCanonical(verdict, flip);
      counts[canonical] += 1;
      votes.push({ itemIndex, verdict: canonical });
    }
  }
  return { entries: encodeEntries(votes), votes, voidEntries };
}

function noVotes(voidedBy?: ErrorCode): EffectiveBallot {
  return { entries: "0x", votes: [], voidEntries: [], ...(voidedBy && { voidedBy }) };
}

/** Scores and pays one ballot against the final tallies. */
function settleBallot(
  ballot: CommittedBallot,
  effective: EffectiveBallot,
  terms: SettlementTerms,
  need: number,
  tallies: readonly Tally[],
  gold: GoldJudgment | undefined,
): SettledBallot {
  const lock = lockUnits(terms, ballot.role, ballot.judgments);
  const golds = goldResultOf(effective.votes, gold);
  const base = {
    ...effective,
    validator: ballot.validator,
    role: ballot.role,
    lockUnits: lock,
    goldRight: golds.right,
    goldWrong: golds.wrong,
    goldFailed: golds.failed,
  };
  if (ballot.entries === undefined || effective.voidedBy) {
    const forfeited = ballot.entries === undefined;
    return {
      ...base,
      outcome: forfeited ? "forfeited" : "voided",
      scorePpm: 0,
      scored: 0,
      multiplePpm: 0,
      weight: 0n,
      payUnits: 0n,
      lossUnits: forfeited ? lock : 0n,
    };
  }
  const tallyOf = (itemIndex: number): Tally => tallies[itemIndex] as Tally;
  const score = scoreOf(ballot.role, effective.votes, tallyOf, terms.conditionOnAi);
  const multiplePpm = multipleOf(score, terms, need, golds.failed);
  const weight = weightOf(
    effective.votes.map(({ itemIndex }) => totalOf(countsOf(tallyOf(itemIndex), ballot.role))),
    votesOf(terms, ballot.role),
  );
  return {
    ...base,
    outcome: "scored",
    ...score,
    multiplePpm,
    weight,
    ...payOf(priceOf(terms, ballot.role), weight, multiplePpm),
  };
}

type Books = Omit<Settlement, "tallies" | "ballots" | "gold">;

function closeBooks(
  terms: SettlementTerms,
  tallies: readonly Tally[],
  settled: readonly SettledBallot[],
): Books {
  const paidVotes = (role: Role): number =>
    tallies.reduce(
      (sum, tally) => sum + Math.min(votesOf(terms, role), totalOf(countsOf(tally, role))),
      0,
    );
  const paidVotesHuman = paidVotes("Human");
  const paidVotesAi = paidVotes("Ai");
  const { humanPrice, aiPrice, operatorFee } = terms;

  const refundUnits =
    BigInt(terms.itemCount * terms.humanVotes - paidVotesHuman) * (humanPrice + operatorFee) +
    BigInt(terms.itemCount * terms.aiVotes - paidVotesAi) * (aiPrice + operatorFee);
  const feeUnits = BigInt(paidVotesHuman + paidVotesAi) * operatorFee;
  const paidUnits = settled.reduce((sum, ballot) => sum + ballot.payUnits, 0n);
  const restUnits = BigInt(paidVotesHuman) * humanPrice + BigInt(paidVotesAi) * aiPrice - paidUnits;
  const penaltyUnits = settled.reduce((sum, ballot) => sum + ballot.lossUnits, 0n);
  return {
    paidVotesHuman,
    paidVotesAi,
    escrowUnits: escrowUnits(terms),
    refundUnits,
    feeUnits,
    paidUnits,
    restUnits,
    penaltyUnits,
    commonsUnits: restUnits + penaltyUnits,
  };
}
