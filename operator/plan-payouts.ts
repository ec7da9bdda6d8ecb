/** Pays what is due: every credit to its owner, the bond back to the operator, what was lost to the commons. */
import type { Address } from "../protocol/words.ts";
import type { Duty, Now, TaskView } from "./duties.ts";

export interface Due {
  /** Accounts with a credit in FeedbackTasks. */
  readonly accounts: readonly Address[];
  readonly commonsDueUnits: bigint;
}

export function planPayouts(
  tasks: readonly TaskView[],
  due: Due,
  claimWindow: bigint,
  now: Now,
): Duty[] {
  const bonds = tasks
    .filter(
      (task) => task.opened && !task.bondReleased && now.time >= task.revealEndsAt + claimWindow,
    )
    .map((task): Duty => ({ kind: "release-bond", taskId: task.taskId }));
  const credits = due.accounts.map((account): Duty => ({ kind: "withdraw-for", account }));
  const commons: Duty[] = due.commonsDueUnits > 0n ? [{ kind: "pay-commons" }] : [];
  return [...bonds, ...credits, ...commons];
}
