/** Hands every judgment in over HTTP: one growing ballot a validator, one judgment a version. */
import type { PublicConfig } from "../../api/schemas/config.ts";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import type { Hash } from "../../protocol/words.ts";
import type { ApiClient } from "../api-client.ts";
import type { Progress } from "../output.ts";
import { createValidatorClient } from "../validator-client.ts";
import type { SeatedJudge } from "./seat-judges.ts";

/** How many validators hand in at once; each waits for its receipt before its next version. */
const AT_ONCE = 8;

/** @returns how many ballot versions were receipted */
export async function castBallots(
  config: PublicConfig,
  apis: readonly [ApiClient, ...ApiClient[]],
  task: TaskJson,
  judges: readonly SeatedJudge[],
  progress: Progress,
): Promise<number> {
  let versions = 0;
  const cast = async (judge: SeatedJudge): Promise<void> => {
    const client = createValidatorClient(config, apis, judge.privateKey);
    await client.openSession(task.terms.revealEndsAt);
    const ballot = client.ballotIn(task.taskId, task.terms.receiptKey);
    const ticket = ticketsOf(task.seed as Hash, judge.address, thresholdOf(task, judge));
    for (const { itemIndex, verdict } of judge.judgments) {
      await ballot.judge(itemIndex, toPresented(verdict, ticket(itemIndex).flip));
      versions += 1;
      progress.update(versions);
    }
  };
  // the longest ballots first: the last one to finish decides how long it all takes
  const waiting = [...judges].sort((one, other) => other.judgments.length - one.judgments.length);
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await cast(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return versions;
}

function thresholdOf(task: TaskJson, { role }: SeatedJudge): bigint {
  const draw = role === "Human" ? task.human : task.ai;
  if (draw === null) {
    throw new ScrutineerError("task-not-open", `task ${task.taskId} has not been opened`);
  }
  return BigInt(draw.threshold);
}
