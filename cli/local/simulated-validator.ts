/** A validator by program: takes items as the page does, follows the author's opinion of them, and errs now and then. */
import { setTimeout as wait } from "node:timers/promises";
import type { PublicConfig } from "../../api/schemas/config.ts";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import { isScrutineerError, ScrutineerError } from "../../protocol/errors.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import type { CanonicalVerdict } from "../../protocol/words.ts";
import type { ApiClient } from "../api-client.ts";
import { createValidatorClient } from "../validator-client.ts";
import type { LocalKey } from "./keys.ts";

export interface Judging {
  readonly config: Pick<PublicConfig, "chainId" | "contracts">;
  readonly api: ApiClient;
  readonly key: LocalKey;
  /** The better answer of each item. */
  readonly better: readonly CanonicalVerdict[];
  /** Share of items on which it says something else than the author. */
  readonly noise: number;
  /** 0 to 1; one draw an item. */
  readonly random: () => number;
  /** Rest after each judgment. */
  readonly pauseMs?: number;
  readonly signal?: AbortSignal;
}

/** Judges every item it can get; answers how many. */
export async function judgeTask(task: TaskJson, judging: Judging): Promise<number> {
  const { config, api, key, better, noise, random, pauseMs = 0, signal } = judging;
  if (task.seed === null || task.human === null) {
    throw new ScrutineerError("task-not-open", `task ${task.taskId} has not been opened`);
  }
  const client = createValidatorClient(config, [api], key.privateKey);
  await client.openSession(task.terms.revealEndsAt);
  const ballot = client.ballotIn(task.taskId, task.terms.receiptKey);
  const ticket = ticketsOf(task.seed, key.address, BigInt(task.human.threshold));
  let judged = 0;
  while (signal?.aborted !== true) {
    const leased = await client.lease(task.taskId);
    if (leased === undefined) break;
    const { itemIndex } = leased.lease;
    const verdict = opinion(better[itemIndex] ?? 2, noise, random());
    await ballot.judge(itemIndex, toPresented(verdict, ticket(itemIndex).flip));
    judged++;
    if (pauseMs > 0) await wait(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  return judged;
}

function opinion(better: CanonicalVerdict, noise: number, draw: number): CanonicalVerdict {
  if (draw >= noise) return better;
  const [one, other] = ([0, 1, 2] as const).filter((verdict) => verdict !== better);
  return (draw < noise / 2 ? one : other) as CanonicalVerdict;
}

/** True for what ends a simulated validator's work without anything being wrong: the task closed, the service ended. */
export function isTheEnd(error: unknown): boolean {
  return isScrutineerError(error, "ballot-too-late", "task-not-open", "api-unreachable");
}
