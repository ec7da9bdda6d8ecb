/**
 * Commits each validator's last version from the moment no later one can be receipted: the earliest time at which it is
 * the last, hence the widest margin before `commitEndsAt`. Until then the chain needs nothing: receipts and anchors bind
 * the operator already, and an earlier commit would only be replaced.
 *
 * AIs on which people are conditioned are the exception. Between their last receipt and `aiClosesAt` there may be only
 * seconds, so theirs start earlier; a later version replaces its forerunner.
 */
import { commitEndsAtFor, receiptsEndAtFor } from "../protocol/task-state.ts";
import type { Role } from "../protocol/words.ts";
import type { BallotToCommit } from "../store/operator-facts.ts";
import type { Duty, Now, TaskView } from "./duties.ts";

/** Seconds before `aiClosesAt` at which AI ballots are committed at the latest. */
const AI_MARGIN = 600n;

export function planCommits(
  task: TaskView,
  ballots: readonly BallotToCommit[],
  minCommit: bigint,
  now: Now,
): Duty[] {
  if (!task.opened || task.cancelled) return [];
  const due = ballots.filter(
    ({ role }) =>
      now.time >= commitsStartAt(task, role, minCommit) && now.time < commitEndsAtFor(task, role),
  );
  return due.length === 0 ? [] : [{ kind: "commit", taskId: task.taskId, ballots: due }];
}

/** Whether any role's ballots can be due: spares the question what they are. */
export function isCommitTime(task: TaskView, minCommit: bigint, now: Now): boolean {
  const from = commitsStartAt(task, "Ai", minCommit);
  return task.opened && !task.cancelled && now.time >= from && now.time < task.commitEndsAt;
}

function commitsStartAt(task: TaskView, role: Role, minCommit: bigint): bigint {
  const lastReceiptBefore = receiptsEndAtFor(task, role, minCommit);
  if (role === "Human" || !task.conditionOnAi) return lastReceiptBefore;
  const withMargin = task.aiClosesAt - AI_MARGIN;
  return withMargin < lastReceiptBefore ? withMargin : lastReceiptBefore;
}
