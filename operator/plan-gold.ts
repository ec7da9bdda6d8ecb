/**
 * Opens the golds that the requester handed in as soon as no commit is taken any more: whatever goes wrong then, there is
 * half the reveal time left to try again. Once revealing is over it holds them against people's votes, also golds that
 * somebody else opened, for until then nobody is paid.
 */
import { goldIntervalOf } from "../protocol/task-state.ts";
import type { Hex } from "../protocol/words.ts";
import type { Duty, Now, SealedGolds, TaskView } from "./duties.ts";

/** @param sealed undefined where they are not held here */
export function planGoldOpening(task: TaskView, sealed: SealedGolds | undefined, now: Now): Duty[] {
  if (sealed === undefined || !isGoldOpeningTime(task, now)) return [];
  return [{ kind: "open-gold", taskId: task.taskId, salt: sealed.salt, golds: sealed.golds }];
}

export function isGoldOpeningTime(task: TaskView, now: Now): boolean {
  const { from, until } = goldIntervalOf(task);
  return isSealed(task) && now.time >= from && now.time < until;
}

/**
 * Bound and never opened: the task has no gate, and somebody should know why. What the facts do not tell of yet may have
 * been opened in a block that they have not reached.
 *
 * @param factsBlock the last block that the facts are of
 */
export function isGoldLost(task: TaskView, factsBlock: bigint, now: Now): boolean {
  return isSealed(task) && factsBlock >= now.block && now.time >= goldIntervalOf(task).until;
}

/** @param golds as the chain opened them */
export function planGoldJudgment(task: TaskView, golds: Hex, now: Now): Duty[] {
  if (!isGoldJudgmentTime(task, now)) return [];
  return [{ kind: "judge-gold", taskId: task.taskId, golds }];
}

export function isGoldJudgmentTime(task: TaskView, now: Now): boolean {
  return task.goldStage === "Opened" && now.time >= task.revealEndsAt;
}

function isSealed(task: TaskView): boolean {
  return task.opened && !task.cancelled && task.goldStage === "Sealed";
}
