/** `openTask` at once: a late call changes the seed, and a task never opened can only be cancelled. */
import type { Duty, Now, TaskView } from "./duties.ts";

export function planOpening(tasks: readonly TaskView[], now: Now): Duty[] {
  return (
    tasks
      .filter((task) => !task.opened && !task.cancelled)
      // The call lands in the next block, so the blockhash of `seedBlock` is known when `seedBlock` is the newest.
      .filter((task) => now.block >= task.seedBlock && now.time < task.closesAt)
      .filter((task) => !task.conditionOnAi || now.time < task.aiClosesAt)
      .map((task) => ({ kind: "open-task", taskId: task.taskId }))
  );
}
