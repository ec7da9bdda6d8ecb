/** What a validator should do for its own ballot now, if the operator has not done it. */
import type { Interval } from "../../protocol/task-state.ts";
import type { BallotState } from "../data/schemas.ts";

export interface Duty {
  readonly kind: "commit" | "open";
  readonly version: number;
  /** Seconds; afterwards it is too late. */
  readonly until: bigint;
}

export interface DutyTimes {
  readonly now: bigint;
  readonly closesAt: bigint;
  readonly commitEndsAt: bigint;
  readonly reveal: Interval;
}

export function ownDuty(ballot: BallotState, times: DutyTimes): Duty | undefined {
  const { now, closesAt, commitEndsAt, reveal } = times;
  const onChain = ballot.committed.version ?? 0;
  if (now >= closesAt && now < commitEndsAt && onChain < ballot.version) {
    return { kind: "commit", version: ballot.version, until: commitEndsAt };
  }
  const lastQuarter = reveal.until - (reveal.until - reveal.from) / 4n;
  if (now >= lastQuarter && now < reveal.until && ballot.committed.done && !ballot.revealed.done) {
    return { kind: "open", version: onChain, until: reveal.until };
  }
  return undefined;
}
