/** Opens committed ballots in their role's reveal time; with `conditionOnAi` the AIs' come first. */
import { revealIntervalOf } from "../protocol/task-state.ts";
import type { Duty, Now, OpeningToReveal, TaskView } from "./duties.ts";

export function planReveals(
  task: TaskView,
  openings: readonly OpeningToReveal[],
  now: Now,
): Duty[] {
  const due = openings.filter(({ role }) => {
    const { from, until } = revealIntervalOf(task, role);
    return now.time >= from && now.time < until;
  });
  return due.length === 0 ? [] : [{ kind: "reveal", taskId: task.taskId, openings: due }];
}

export function isRevealTime(task: TaskView, now: Now): boolean {
  return (
    task.opened && !task.cancelled && now.time >= task.commitEndsAt && now.time < task.revealEndsAt
  );
}
