import type { TaskShape } from "./gas-of-task.ts";

export const JUDGMENTS_A_VALIDATOR = 100;

function shapeOf(judgments: number, votes: number, conditionOnAi: boolean): TaskShape {
  return { judgments, validators: judgments / JUDGMENTS_A_VALIDATOR, votes, conditionOnAi };
}

/** What the README's figure is about. */
export const HEADLINE = shapeOf(10_000, 3, false);

/** Every cell of the report; the headline first. */
export const SHAPES: readonly TaskShape[] = [
  HEADLINE,
  shapeOf(10_000, 5, false),
  shapeOf(10_000, 7, false),
  shapeOf(10_000, 3, true),
  shapeOf(10_000, 5, true),
  shapeOf(10_000, 7, true),
  shapeOf(1_000, 3, false),
  shapeOf(1_000, 5, false),
  shapeOf(1_000, 7, false),
  shapeOf(1_000, 3, true),
  shapeOf(1_000, 5, true),
  shapeOf(1_000, 7, true),
];
