/** Why somebody may not judge in a task now, in words; undefined where nothing stands in the way. */
export interface Circumstances {
  /** What the chain says of seat and draw. */
  readonly seat: string | undefined;
  readonly admitted: boolean;
  /** Seconds, block time. */
  readonly now: bigint;
  readonly closesAt: bigint;
}

export function obstacleTo({ seat, admitted, now, closesAt }: Circumstances): string | undefined {
  if (seat !== undefined) return seat;
  if (!admitted) return "This task admits a list of validators, and you are not on it.";
  if (now >= closesAt) return "Judging has closed in this task.";
  return undefined;
}
