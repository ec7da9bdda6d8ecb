/** A task nobody opened in time can only be cancelled: the requester has its escrow back, the operator its bond. */
import type { Duty, Now, TaskView } from "./duties.ts";

export function planCancellation(tasks: readonly TaskView[], now: Now): Duty[] {
  return tasks
    .filter((task) => !task.opened && !task.cancelled && now.time >= task.closesAt)
    .map((task) => ({ kind: "cancel-task", taskId: task.taskId }));
}
