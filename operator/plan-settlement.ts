/**
 * Settles from what the chain holds alone, so whoever runs an operator can settle any task: no submission is needed.
 * With no ballot to settle one empty call closes the books. Opened gold is judged first (plan-gold.ts).
 */
import type { BallotToSettle, Duty, Now, TaskView } from "./duties.ts";

export function planSettlement(
  task: TaskView,
  ballots: readonly BallotToSettle[],
  now: Now,
): Duty[] {
  if (!isSettleTime(task, now)) return [];
  if (task.goldStage === "Opened") return [];
  if (ballots.length === 0 && task.booksClosed) return [];
  return [{ kind: "settle", taskId: task.taskId, ballots }];
}

export function isSettleTime(task: TaskView, now: Now): boolean {
  return task.opened && !task.cancelled && !task.settled && now.time >= task.revealEndsAt;
}
