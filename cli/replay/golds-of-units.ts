/** Golds of judgments made elsewhere: which of two models' answers is the better one beyond doubt. */
import { z } from "zod";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Gold } from "../../protocol/gold.ts";
import { goldAnswer, readJsonLines } from "../golds-file.ts";
import type { JudgmentRow } from "./judgments-file.ts";
import { unitKey } from "./units.ts";

/**
 * A line names its unit as the judgments do (question, turn and models), or by its place among the units; and its answer as
 * `answer` (`A`: model_a's) or as `winner`. So rows of the judgments' own layout will do, whatever else they hold.
 */
const goldRow = z.object({
  itemIndex: z.int().min(0).optional(),
  question_id: z.union([z.int(), z.string().min(1)]).optional(),
  turn: z.int().min(1).default(1),
  model_a: z.string().min(1).optional(),
  model_b: z.string().min(1).optional(),
  answer: goldAnswer.optional(),
  winner: z.enum(["model_a", "model_b"], "a gold is never a tie").optional(),
});
type GoldRow = z.output<typeof goldRow>;

export async function readGoldsOfUnits(
  file: string,
  units: readonly JudgmentRow[],
): Promise<Gold[]> {
  const places = new Map(units.map((unit, itemIndex) => [unitKey(unit), itemIndex]));
  return (await readJsonLines(file, goldRow)).map((row) => goldOf(row, places, file));
}

function goldOf(row: GoldRow, places: ReadonlyMap<string, number>, file: string): Gold {
  const answer = row.answer ?? (row.winner === undefined ? undefined : answerOf[row.winner]);
  if (answer === undefined) throw fault(file, row, "has neither answer nor winner");
  if (row.itemIndex !== undefined) return { itemIndex: row.itemIndex, answer };
  const { question_id, turn, model_a, model_b } = row;
  if (question_id === undefined || model_a === undefined || model_b === undefined) {
    throw fault(file, row, "names no unit: question_id, turn, model_a and model_b, or itemIndex");
  }
  const asGiven = places.get(unitKey({ question_id, turn, model_a, model_b }));
  if (asGiven !== undefined) return { itemIndex: asGiven, answer };
  const exchanged = places.get(unitKey({ question_id, turn, model_a: model_b, model_b: model_a }));
  if (exchanged === undefined) throw fault(file, row, "is of a unit that nobody judged");
  return { itemIndex: exchanged, answer: answer === 0 ? 1 : 0 };
}

const answerOf = { model_a: 0, model_b: 1 } as const;

function fault(file: string, row: GoldRow, why: string): ScrutineerError {
  const { question_id, turn, model_a, model_b, itemIndex } = row;
  const where = { file, question_id, turn, model_a, model_b, itemIndex };
  return new ScrutineerError("gold-invalid", `${file}: a gold ${why}`, where);
}
