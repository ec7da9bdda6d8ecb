/** What became of a task's golds, and of one ballot at them. Before they are open on chain nothing of them is shown. */
import { decodeEntries } from "../../protocol/ballot.ts";
import { goldResultOf } from "../../protocol/gold-gate.ts";
import type { GoldResult } from "../../protocol/gold-gate.ts";
import { findGoldJudgments } from "../../store/chain-queries.ts";
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
export async function showGoldResult(
  db: Database,
  record: ChainBallotRow,
): Promise<GoldResult | undefined> {
  const { taskId, status, entries, goldFailed, goldRight, goldWrong } = record;
  if (status !== "Settled" || goldFailed === null) return undefined;
  if (goldRight !== null && goldWrong !== null) {
    return { right: goldRight, wrong: goldWrong, failed: goldFailed };
  }
  const judgments = await findGoldJudgments(db, [taskId]);
  return goldResultOf(decodeEntries(entries ?? "0x"), judgments.get(taskId));
}
