/** What became of a task's golds, and of one ballot at them. Before they are open on chain nothing of them is shown. */
import { decodeEntries } from "../../protocol/ballot.ts";
import { goldResultOf, judgeGolds } from "../../protocol/gold-gate.ts";
import type { GoldResult } from "../../protocol/gold-gate.ts";
import { emptyTally } from "../../protocol/tally.ts";
import type { Tally } from "../../protocol/tally.ts";
import { findGolds, findTallies } from "../../store/chain-queries.ts";
import type { Database } from "../../store/database.ts";
import type { ChainBallotRow, TaskRow } from "../../store/submissions/tasks.ts";
import type { TaskJson } from "../schemas/tasks.ts";

export function showGold({
  goldStage,
  goldCount,
  goldValid,
  goldVoid,
}: Pick<TaskRow, "goldStage" | "goldCount" | "goldValid" | "goldVoid">): TaskJson["gold"] {
  if (goldStage === null) return null;
  return { stage: goldStage, golds: goldCount, valid: goldValid, void: goldVoid };
}

/**
 * A settled ballot's answers to the golds that count; undefined where no gate stands. The chain states them of those that
 * failed alone: the others are counted here, from its golds and votes.
 */
export async function findGoldResult(
  db: Database,
  record: ChainBallotRow,
): Promise<GoldResult | undefined> {
  const { taskId, status, entries, goldFailed, goldRight, goldWrong } = record;
  if (status !== "Settled" || goldFailed === null) return undefined;
  if (goldRight !== null && goldWrong !== null) {
    return { right: goldRight, wrong: goldWrong, failed: goldFailed };
  }
  const golds = (await findGolds(db, [taskId])).get(taskId) ?? [];
  const ids = golds.map(({ itemIndex }) => `${taskId}/${itemIndex}`);
  const votes = await findTallies(db, ids);
  const tallies: Tally[] = [];
  for (const [index, { itemIndex }] of golds.entries()) {
    const human = votes.get(ids[index] as string)?.human;
    if (human === undefined) continue;
    tallies[itemIndex] = { ...emptyTally(), human: [human.a, human.b, human.tie] };
  }
  return goldResultOf(decodeEntries(entries ?? "0x"), judgeGolds(golds, tallies));
}
