/**
 * What a ring earns: seats of one owner that answer from a shared secret instead of judging, beside people who judge.
 * Over the twin alone: real draws, tickets, scores and pay, no chain. docs/protocol.md, section 11, tells users.
 *
 * People: the item's truth with chance .67, else any of the three verdicts; so two of them score .30, as the people of
 * MT-bench do. `attendance` is the share of their tickets that they judge; a ring sees all tickets and judges what it likes.
 */
import type { Entry } from "../../protocol/ballot.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import { keccak256Text } from "../../protocol/keccak.ts";
import type { Draw } from "../../protocol/pool.ts";
import { drawOf, isInPool } from "../../protocol/pool.ts";
import type { CommittedBallot, SettledBallot, Settlement } from "../../protocol/settlement.ts";
import { settleTask } from "../../protocol/settlement.ts";
import type { Ticket } from "../../protocol/ticket.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import type { Address, CanonicalVerdict, Hash } from "../../protocol/words.ts";
import { PPM, ZERO_HASH } from "../../protocol/words.ts";
import type { Random } from "../support/random.ts";
import { createRandom } from "../support/random.ts";

/**
 * - `everything`: the secret verdict on every item it has a ticket for
 * - `shared`: the secret verdict where two or more of the ring have a ticket, nothing elsewhere
 * - `half-honest`: the secret verdict where two or more have a ticket, and a person's judgment elsewhere
 * - `idle`: nothing at all; its seats only thin out the others
 */
export const ringStrategies = ["everything", "shared", "half-honest", "idle"] as const;
export type RingStrategy = (typeof ringStrategies)[number];

export interface RingSetting {
  readonly ringShare: number;
  readonly strategy: RingStrategy;
  readonly oversubscription: number;
  readonly attendance: number;
}

/** Means over all runs. */
export interface Earnings {
  /** In prices of one judgment, penalties taken off. */
  readonly perSeat: number;
  readonly perJudgment: number;
  readonly scorePpm: number;
}

export interface RingCell extends RingSetting {
  readonly ring: Earnings;
  readonly people: Earnings;
  /** Share of the votes wanted that were never given, so refunded. */
  readonly refunded: number;
}

export interface RingReport {
  readonly seed: number;
  readonly runs: number;
  readonly seats: number;
  readonly itemCount: number;
  readonly humanVotes: number;
  readonly cells: readonly RingCell[];
}

export interface RingOptions {
  readonly seed: number;
  readonly runs: number;
  readonly settings: readonly RingSetting[];
}

const SEATS = 40;
const ITEM_COUNT = 800;
const HUMAN_VOTES = 3;
const MIN_POOL = 40;
const ACCURACY = 0.67;
const PRICE = 1_000_000n;

/** What docs/protocol.md tells: shares up to 30 % with and without oversubscription, and people who miss one ticket in five. */
export const defaultSettings: readonly RingSetting[] = [1, 0.8].flatMap((attendance) =>
  [1, 1.5].flatMap((oversubscription) =>
    [0.1, 0.2, 0.3].flatMap((ringShare) =>
      ringStrategies.map((strategy) => ({ ringShare, strategy, oversubscription, attendance })),
    ),
  ),
);

export function simulateRings({ seed, runs, settings }: RingOptions): RingReport {
  const tasks = new Map<string, TicketedTask>();
  const taskOf = (oversubscription: number, run: number): TicketedTask => {
    const name = `${seed}.${run}.${oversubscription}`;
    const known = tasks.get(name) ?? ticketTask(name, oversubscription);
    tasks.set(name, known);
    return known;
  };
  const cells = settings.map((setting) => {
    const played = Array.from({ length: runs }, (_, run) =>
      play(taskOf(setting.oversubscription, run), setting, createRandom(seed * 1_000_003 + run)),
    );
    return {
      ...setting,
      ring: earningsOf(played.flatMap(({ ring }) => ring)),
      people: earningsOf(played.flatMap(({ people }) => people)),
      refunded: mean(played.map(({ result }) => refundedShareOf(result))),
    };
  });
  return {
    seed,
    runs,
    seats: SEATS,
    itemCount: ITEM_COUNT,
    humanVotes: HUMAN_VOTES,
    cells,
  };
}

/** A task as it is when it has been opened. */
interface TicketedTask {
  readonly seed: Hash;
  readonly draw: Draw;
  readonly oversubscription: number;
  readonly seats: readonly {
    readonly validator: Address;
    readonly items: readonly (Ticket & { readonly itemIndex: number })[];
  }[];
}

const terms = {
  itemCount: ITEM_COUNT,
  humanVotes: HUMAN_VOTES,
  aiVotes: 0,
  humanPrice: PRICE,
  aiPrice: 0n,
  operatorFee: 0n,
  fullPayScore: 250_000,
  breakEven: 50_000,
  maxPenalty: 500_000,
  minJudgments: 40,
  conditionOnAi: false,
  humanAdmissionRoot: ZERO_HASH,
  aiAdmissionRoot: ZERO_HASH,
  humanSeats: 0,
  aiSeats: 0,
};

function ticketTask(name: string, oversubscription: number): TicketedTask {
  const seed = keccak256Text(`rings ${name}`);
  const draw = drawOf(
    { ...terms, oversubscription: Math.round(oversubscription * PPM) },
    "Human",
    SEATS,
    MIN_POOL,
  );
  const seats = Array.from({ length: SEATS }, (_, i) => `0x${keccak256Text(`seat ${i}`).slice(26)}`)
    .filter((validator) => isInPool(seed, validator, draw))
    .map((validator) => {
      const ticket = ticketsOf(seed, validator, draw.threshold);
      const items = Array.from({ length: ITEM_COUNT }, (_, itemIndex) => ({
        itemIndex,
        ...ticket(itemIndex),
      })).filter(({ eligible }) => eligible);
      return { validator, items };
    });
  return { seed, draw, oversubscription, seats };
}

interface Played {
  readonly result: Settlement;
  readonly ring: readonly SettledBallot[];
  readonly people: readonly SettledBallot[];
}

function play(
  { seed, draw, seats }: TicketedTask,
  { ringShare, strategy, attendance }: RingSetting,
  random: Random,
): Played {
  const anyVerdict = (): CanonicalVerdict => random.between(0, 2) as CanonicalVerdict;
  const truths = Array.from({ length: ITEM_COUNT }, anyVerdict);
  const secrets = Array.from({ length: ITEM_COUNT }, anyVerdict);
  const judge = (itemIndex: number): CanonicalVerdict =>
    random.chance(ACCURACY) ? (truths[itemIndex] as CanonicalVerdict) : anyVerdict();

  const ringSize = Math.round(seats.length * ringShare);
  const ringTickets = new Array<number>(ITEM_COUNT).fill(0);
  for (const { items } of seats.slice(0, ringSize)) {
    for (const { itemIndex } of items) ringTickets[itemIndex] = (ringTickets[itemIndex] ?? 0) + 1;
  }
  const conspire = (itemIndex: number): CanonicalVerdict | undefined => {
    const alone = (ringTickets[itemIndex] as number) < 2;
    if (strategy === "idle") return undefined;
    if (strategy === "everything" || !alone) return secrets[itemIndex];
    return strategy === "shared" ? undefined : judge(itemIndex);
  };

  const ballots = seats.map(({ validator, items }, i): CommittedBallot => {
    const entries = items.flatMap(({ itemIndex, flip }): Entry[] => {
      const verdict =
        i < ringSize
          ? conspire(itemIndex)
          : random.chance(attendance)
            ? judge(itemIndex)
            : undefined;
      return verdict === undefined ? [] : [{ itemIndex, verdict: toPresented(verdict, flip) }];
    });
    return { validator, role: "Human", judgments: entries.length, entries: encodeEntries(entries) };
  });
  const nobody = { threshold: 0n, need: 1 };
  const result = settleTask({ terms, seed, human: draw, ai: nobody, ballots });
  return {
    result,
    ring: result.ballots.slice(0, ringSize),
    people: result.ballots.slice(ringSize),
  };
}

function earningsOf(ballots: readonly SettledBallot[]): Earnings {
  const earned = ballots.reduce(
    (sum, { payUnits, lossUnits }) => sum + Number(payUnits - lossUnits),
    0,
  );
  const judgments = ballots.reduce((sum, { votes }) => sum + votes.length, 0);
  return {
    perSeat: rounded(earned / Number(PRICE) / Math.max(1, ballots.length), 2),
    perJudgment: rounded(earned / Number(PRICE) / Math.max(1, judgments), 3),
    scorePpm: rounded(mean(ballots.map(({ scorePpm }) => scorePpm)), 0),
  };
}

function refundedShareOf({ refundUnits, escrowUnits }: Settlement): number {
  return rounded(Number(refundUnits) / Number(escrowUnits), 3);
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
