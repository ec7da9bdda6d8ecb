/**
 * Anchors what came in since the last anchor, one tree a task. Nothing new, no anchor; a version that comes after a quiet
 * while is anchored at once, so that every version is on chain within one interval, mining and indexing included.
 */
import type { Duty, Now, UnanchoredBallots } from "./duties.ts";

/** Share of the interval after which the next anchor is due; the rest is for mining and indexing. */
const DUE_AFTER = 0.8;
/** Leaves a tree: bounds the memory of building it and of every proof drawn from it. */
export const MAX_LEAVES = 8_192;

export function planAnchors(
  unanchored: readonly UnanchoredBallots[],
  lastAnchoredAt: ReadonlyMap<string, number>,
  anchorSeconds: number,
  now: Now,
): Duty[] {
  return unanchored
    .filter(({ digests }) => digests.length > 0)
    .filter(({ taskId, digests }) => {
      const last = lastAnchoredAt.get(taskId);
      return (
        last === undefined ||
        digests.length >= MAX_LEAVES ||
        now.clock - last >= DUE_AFTER * anchorSeconds
      );
    })
    .map(({ taskId, digests }) => ({
      kind: "anchor",
      taskId,
      digests: digests.slice(0, MAX_LEAVES),
    }));
}
