/** What people's votes make of a task's golds, and how a ballot answered them; batched by task. */
import { decodeEntries } from "../../protocol/ballot.ts";
import { goldResultOf, type GoldJudgment, type GoldResult } from "../../protocol/gold-gate.ts";
import { findGoldJudgments } from "../../store/chain-queries.ts";
import type { Ballot, Task } from "../../store/schema/chain.ts";
import type { RequestContext } from "./context.ts";
import { certain, findTask } from "./find-row.ts";

/** Undefined until the chain has judged the golds: before, votes still come in. */
export async function findGoldJudgment(
  { taskId, goldStage }: Pick<Task, "taskId" | "goldStage">,
  context: RequestContext,
): Promise<GoldJudgment | undefined> {
  if (goldStage !== "Gate" && goldStage !== "NoGate") return undefined;
  return context
    .loader<string, GoldJudgment | undefined>("gold judgments", async (taskIds) => {
      const judgments = await findGoldJudgments(context.db, taskIds);
      return taskIds.map((id) => judgments.get(id));
    })
    .load(taskId);
}

/** A ballot's answers to the golds that count; undefined where no gate stands, and for one that was not opened. */
export async function findGoldResult(
  ballot: Pick<Ballot, "taskId" | "entries" | "status">,
  context: RequestContext,
): Promise<GoldResult | undefined> {
  if (ballot.entries === null || ballot.status === "Voided") return undefined;
  const task = await certain(findTask(context, ballot.taskId));
  const judgment = await findGoldJudgment(task, context);
  if (judgment?.gate !== true) return undefined;
  return goldResultOf(decodeEntries(ballot.entries), judgment);
}
