/** Moves a local chain's time from deadline to deadline of one task, and lets the operator do its duty at each. */
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonRpcProvider } from "ethers";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Hash } from "../../protocol/words.ts";
import type { ApiClient } from "../api-client.ts";
import type { Progress } from "../output.ts";

/** Before `aiClosesAt`, in seconds: late enough that every AI ballot is in, early enough to commit it. */
const BEFORE_AI_CLOSE = 300;
const PATIENCE_MS = 120_000;
const POLL_MS = 200;

interface Milestone {
  /** Chain time to move to, seconds. */
  readonly at: number;
  readonly reached: (task: TaskJson) => boolean;
}

/**
 * Golds, where the task has any, are opened before anything more is done: the operator must hold them.
 * @param ballots how many ballots the operator has to bring through, of people and of AIs
 */
export async function liveThrough(
  provider: JsonRpcProvider,
  api: ApiClient,
  task: TaskJson,
  ballots: { readonly human: number; readonly ai: number },
  progress: Progress,
): Promise<TaskJson> {
  const { conditionOnAi, aiClosesAt, closesAt, commitEndsAt, revealEndsAt } = task.terms;
  const all = ballots.human + ballots.ai;
  const committed = (count: number) => (now: TaskJson) => now.progress.ballotsCommitted >= count;
  const revealed = (count: number) => (now: TaskJson) => now.progress.ballotsRevealed >= count;
  const firstRevealed = revealed(conditionOnAi ? ballots.ai : all);
  const goldIsOpen = (now: TaskJson): boolean => now.gold?.stage !== "Sealed";
  const milestones: Milestone[] = [
    ...(conditionOnAi
      ? [{ at: aiClosesAt - BEFORE_AI_CLOSE, reached: committed(ballots.ai) }]
      : []),
    { at: closesAt, reached: committed(all) },
    { at: commitEndsAt, reached: (now) => goldIsOpen(now) && firstRevealed(now) },
    { at: commitEndsAt + Math.floor((revealEndsAt - commitEndsAt) / 2), reached: revealed(all) },
    { at: revealEndsAt, reached: (now) => now.state === "Settled" },
  ];
  let now = task;
  for (const [index, milestone] of milestones.entries()) {
    await moveTimeTo(provider, milestone.at);
    now = await waitForTask(api, task.taskId, milestone.reached);
    progress.update(index + 1, milestones.length);
  }
  return now;
}

/** Mines a block at `seconds`, unless the chain is there already. */
export async function moveTimeTo(provider: JsonRpcProvider, seconds: number): Promise<void> {
  const latest = await provider.getBlock("latest");
  if (latest !== null && latest.timestamp >= seconds) return;
  await provider.send("evm_setNextBlockTimestamp", [seconds]);
  await provider.send("evm_mine", []);
}

export async function waitForTask(
  api: ApiClient,
  taskId: Hash,
  reached: (task: TaskJson) => boolean,
): Promise<TaskJson> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const task = await api.get<TaskJson>(`/tasks/${taskId}`).catch((error: unknown) => {
      // the indexer may not have seen it yet
      if (error instanceof ScrutineerError && error.code === "task-unknown") return undefined;
      throw error;
    });
    if (task !== undefined && reached(task)) return task;
    if (Date.now() > until) {
      throw new ScrutineerError(
        "timed-out",
        `task ${taskId} did not come on in ${PATIENCE_MS / 1000} s`,
        {
          taskId,
          state: task?.state ?? "unknown",
        },
      );
    }
    await sleep(POLL_MS);
  }
}
