/** What the chain's log says of one task: its events, in the protocol's own types. */
import type { LogDescription, Result } from "ethers";
import type { Draw } from "../../protocol/pool.ts";
import { termsOfStruct } from "../../protocol/terms-json.ts";
import type { Terms } from "../../protocol/terms.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";
import { doesNotHold } from "./report.ts";

/** Where and when an event happened. */
export interface Place {
  readonly block: bigint;
  readonly logIndex: number;
  /** Of the block, in seconds. */
  readonly time: bigint;
  readonly transaction: Hash;
}

export interface ChainTask {
  readonly created: Place & {
    readonly requester: Address;
    readonly nonce: bigint;
    readonly escrowUnits: bigint;
    readonly snapshotBlock: bigint;
    readonly seedBlock: bigint;
    readonly terms: Terms;
  };
  readonly opened:
    (Place & { readonly seed: Hash; readonly human: Draw; readonly ai: Draw }) | undefined;
  /** Packed, as opened in time; undefined where there is none or nobody opened it. */
  readonly gold: (Place & { readonly golds: Hex }) | undefined;
  readonly goldJudged:
    (Place & { readonly valid: number; readonly void: number; readonly gate: boolean }) | undefined;
  readonly gateFailed: readonly (Place & {
    readonly validator: Address;
    readonly right: number;
    readonly wrong: number;
  })[];
  readonly committed: readonly ChainCommit[];
  /** Versions that free stake did not cover. */
  readonly unfunded: readonly (Place & {
    readonly validator: Address;
    readonly version: number;
  })[];
  /** Revealed and voided, in order. */
  readonly revealed: readonly ChainReveal[];
  readonly settled: readonly ChainSettlement[];
  readonly forfeited: readonly (Place & {
    readonly validator: Address;
    readonly lossUnits: bigint;
  })[];
  readonly booksClosed:
    (Place & { readonly refundUnits: bigint; readonly feeUnits: bigint }) | undefined;
  readonly taskSettled:
    | (Place & {
        readonly paidUnits: bigint;
        readonly restUnits: bigint;
        readonly penaltyUnits: bigint;
      })
    | undefined;
  /** Omissions; more may come as long as the claim window is open. */
  readonly claims: readonly (Place & {
    readonly validator: Address;
    readonly claimUnits: bigint;
  })[];
  /** `freedUnits` of the bond are the operator's again; `seizedUnits` were taken from its stake. */
  readonly bondReleased:
    (Place & { readonly freedUnits: bigint; readonly seizedUnits: bigint }) | undefined;
  readonly claimsPaid: readonly (Place & {
    readonly validator: Address;
    readonly paidUnits: bigint;
    readonly dustUnits: bigint;
  })[];
  /** As the contract counts them now. */
  readonly ballotsCommitted: number;
  readonly ballotsSettled: number;
}

export interface ChainCommit extends Place {
  readonly validator: Address;
  readonly signer: Address;
  readonly version: number;
  readonly judgments: number;
  readonly admissionIndex: number;
  readonly commitment: Hash;
  readonly lockedUnits: bigint;
}

export interface ChainReveal extends Place {
  readonly validator: Address;
  /** Effective entries; undefined: the ballot was voided. */
  readonly entries: Hex | undefined;
}

export interface ChainSettlement extends Place {
  readonly validator: Address;
  readonly scorePpm: number;
  readonly scored: number;
  readonly multiplePpm: number;
  readonly payUnits: bigint;
  readonly lossUnits: bigint;
}

/** An event of FeedbackTasks with its place. */
export interface LocatedEvent {
  readonly parsed: LogDescription;
  readonly place: Place;
}

export function inOrder(a: Place, b: Place): number {
  return Number(a.block - b.block) || a.logIndex - b.logIndex;
}

/** One task out of its own events, in order; the first must be its creation. */
export function gatherTask(events: readonly LocatedEvent[]): Omit<
  ChainTask,
  "ballotsCommitted" | "ballotsSettled" | "bondReleased"
> & {
  readonly bondReleased: (Place & { readonly freedUnits: bigint }) | undefined;
} {
  const named = (...names: string[]): LocatedEvent[] =>
    events.filter(({ parsed }) => names.includes(parsed.name));
  const only = <T>(name: string, shape: (args: Result) => T): (Place & T) | undefined => {
    const [event] = named(name);
    return event && { ...event.place, ...shape(event.parsed.args) };
  };
  const all = <T>(shape: (args: Result, name: string) => T, ...names: string[]): (Place & T)[] =>
    named(...names).map(({ place, parsed }) => ({ ...place, ...shape(parsed.args, parsed.name) }));

  return {
    created: only("TaskCreated", (args) => ({
      requester: address(args["requester"]),
      nonce: args["nonce"] as bigint,
      escrowUnits: args["escrowUnits"] as bigint,
      snapshotBlock: args["snapshotBlock"] as bigint,
      seedBlock: args["seedBlock"] as bigint,
      terms: toTerms(args["terms"] as Result),
    }))!,
    opened: only("TaskOpened", (args) => ({
      seed: args["seed"] as Hash,
      human: toDraw(args["human"] as Result),
      ai: toDraw(args["ai"] as Result),
    })),
    gold: only("GoldOpened", (args) => ({ golds: args["golds"] as Hex })),
    goldJudged: only("GoldJudged", (args) => ({
      valid: Number(args["valid"]),
      void: Number(args["void_"]),
      gate: args["gate"] as boolean,
    })),
    gateFailed: all(
      (args) => ({
        validator: address(args["validator"]),
        right: Number(args["right"]),
        wrong: Number(args["wrong"]),
      }),
      "GoldGateFailed",
    ),
    committed: all(
      (args) => ({
        validator: address(args["validator"]),
        signer: address(args["signer"]),
        version: Number(args["version"]),
        judgments: Number(args["judgments"]),
        admissionIndex: Number(args["admissionIndex"]),
        commitment: args["commitment"] as Hash,
        lockedUnits: args["lockedUnits"] as bigint,
      }),
      "BallotCommitted",
    ),
    unfunded: all(
      (args) => ({
        validator: address(args["validator"]),
        version: Number(args["version"]),
      }),
      "BallotUnfunded",
    ),
    revealed: all(
      (args, name) => ({
        validator: address(args["validator"]),
        entries: name === "BallotVoided" ? undefined : (args.getValue("entries") as Hex),
      }),
      "BallotRevealed",
      "BallotVoided",
    ),
    settled: all(
      (args) => ({
        validator: address(args["validator"]),
        scorePpm: Number(args["scorePpm"]),
        scored: Number(args["scored"]),
        multiplePpm: Number(args["multiplePpm"]),
        payUnits: args["payUnits"] as bigint,
        lossUnits: args["lossUnits"] as bigint,
      }),
      "BallotSettled",
    ),
    forfeited: all(
      (args) => ({
        validator: address(args["validator"]),
        lossUnits: args["lossUnits"] as bigint,
      }),
      "BallotForfeited",
    ),
    booksClosed: only("BooksClosed", (args) => ({
      refundUnits: args["refundUnits"] as bigint,
      feeUnits: args["feeUnits"] as bigint,
    })),
    taskSettled: only("TaskSettled", (args) => ({
      paidUnits: args["paidUnits"] as bigint,
      restUnits: args["restUnits"] as bigint,
      penaltyUnits: args["penaltyUnits"] as bigint,
    })),
    claims: all(
      (args) => ({
        validator: address(args["validator"]),
        claimUnits: args["claimUnits"] as bigint,
      }),
      "OmissionClaimed",
    ),
    bondReleased: only("BondReleased", (args) => ({ freedUnits: args["bondUnits"] as bigint })),
    claimsPaid: all(
      (args) => ({
        validator: address(args["validator"]),
        paidUnits: args["paidUnits"] as bigint,
        dustUnits: args["dustUnits"] as bigint,
      }),
      "ClaimPaid",
    ),
  };
}

function toTerms(struct: Result): Terms {
  try {
    return termsOfStruct(struct.toObject());
  } catch {
    throw doesNotHold("chain", "terms of a task that no such contract takes");
  }
}

function toDraw(draw: Result): Draw {
  return {
    seats: Number(draw["seats"]),
    pool: Number(draw["pool"]),
    need: Number(draw["need"]),
    threshold: draw["threshold"] as bigint,
  };
}

function address(value: unknown): Address {
  return (value as string).toLowerCase();
}
