/** What people's votes make of a task's golds so far, and how a ballot answered them; batched by task. */
import { decodeEntries } from "../../protocol/ballot.ts";
import { goldResultOf, judgeGolds, type GoldJudgment } from "../../protocol/gold-gate.ts";
import type { Tally } from "../../protocol/tally.ts";
import type { Hash } from "../../protocol/words.ts";
import { findGolds, findTallies, type VoteCounts } from "../../store/chain-queries.ts";
import type { Ballot, Task } from "../../store/schema/chain.ts";
import type { RequestContext } from "./context.ts";

/** Undefined until the chain has judged the golds: before, votes still come in. */
export async function findGoldJudgment(
  { taskId, goldStage }: Pick<Task, "taskId" | "goldStage">,
  context: RequestContext,
): Promise<GoldJudgment | undefined> {
  if (goldStage !== "Gate" && goldStage !== "NoGate") return undefined;
  return context
    .loader<string, GoldJudgment>("gold judgments", (taskIds) => judgeAll(taskIds, context))
    .load(taskId);
}

/** A ballot's answers to the golds that count; undefined where no gate stands, and for one that was not opened. */
export async function findGoldResult(
  ballot: Pick<Ballot, "entries" | "status">,
  task: Task,
  context: RequestContext,
): Promise<{ right: number; wrong: number } | undefined> {
  if (ballot.entries === null || ballot.status === "Voided") return undefined;
  const judgment = await findGoldJudgment(task, context);
  if (judgment?.gate !== true) return undefined;
  return goldResultOf(decodeEntries(ballot.entries), judgment);
}

async function judgeAll(
  taskIds: readonly Hash[],
  { db }: RequestContext,
): Promise<readonly GoldJudgment[]> {
  const golds = await findGolds(db, taskIds);
  const ids = [...golds].flatMap(([taskId, of]) =>
    of.map(({ itemIndex }) => `${taskId}/${itemIndex}`),
  );
  const votes = await findTallies(db, ids);
  return taskIds.map((taskId) => {
    const of = golds.get(taskId) ?? [];
    const tallies: Tally[] = [];
    for (const { itemIndex } of of) {
      const tally = votes.get(`${taskId}/${itemIndex}`);
      if (tally !== undefined) {
        tallies[itemIndex] = { human: countsOf(tally.human), ai: countsOf(tally.ai) };
      }
    }
    return judgeGolds(of, tallies);
  });
}

function countsOf({ a, b, tie }: VoteCounts): [number, number, number] {
  return [a, b, tie];
}
