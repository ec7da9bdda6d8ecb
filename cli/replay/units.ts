import type { CanonicalVerdict } from "../../protocol/words.ts";
import type { JudgmentRow } from "./judgments-file.ts";

/** Two contradicting verdicts of an AI shown both orders are a tie. */
export const verdictOf: Record<JudgmentRow["winner"], CanonicalVerdict> = {
  model_a: 0,
  model_b: 1,
  tie: 2,
  "tie (inconsistent)": 2,
};

/** One validator's first verdict on one unit; `itemIndex` is the unit's place in the list of units. */
export interface GivenJudgment {
  itemIndex: number;
  verdict: CanonicalVerdict;
}

export interface GivenJudgments {
  /** one row for each thing to judge (two models' answers to one question, at one turn): becomes one item */
  units: JudgmentRow[];
  /** judge → its judgments in ascending item order */
  byJudge: { human: Map<string, GivenJudgment[]>; ai: Map<string, GivenJudgment[]> };
  /** second votes of one judge on one unit, left out */
  duplicatesDropped: number;
}

/** Question, turn and pair of models. */
export function unitKey(
  row: Pick<JudgmentRow, "question_id" | "turn" | "model_a" | "model_b">,
): string {
  return JSON.stringify([row.question_id, row.turn, row.model_a, row.model_b]);
}

/**
 * Sorts rows into units (in order of first appearance) and each judge's votes. Where a judge voted twice on one
 * unit the first vote counts: a later one may have been given after seeing the first one's effect.
 */
export function groupJudgments(humans: JudgmentRow[], ais: JudgmentRow[]): GivenJudgments {
  const units: JudgmentRow[] = [];
  const itemIndexOf = new Map<string, number>();
  let duplicatesDropped = 0;

  function collect(rows: JudgmentRow[]): Map<string, GivenJudgment[]> {
    const votes = new Map<string, Map<number, GivenJudgment>>();
    for (const row of rows) {
      const key = unitKey(row);
      let itemIndex = itemIndexOf.get(key);
      if (itemIndex === undefined) {
        itemIndex = units.push(row) - 1;
        itemIndexOf.set(key, itemIndex);
      }
      const own = votes.get(row.judge) ?? new Map<number, GivenJudgment>();
      votes.set(row.judge, own);
      if (own.has(itemIndex)) duplicatesDropped += 1;
      else own.set(itemIndex, { itemIndex, verdict: verdictOf[row.winner] });
    }
    return new Map(
      [...votes].map(([judge, own]) => [
        judge,
        [...own.values()].sort((one, other) => one.itemIndex - other.itemIndex),
      ]),
    );
  }

  const byJudge = { human: collect(humans), ai: collect(ais) };
  return { units, byJudge, duplicatesDropped };
}
