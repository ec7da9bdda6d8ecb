/**
 * The gold gate: who missed so many golds that its work in the task earns nothing. It can only take: a validator that
 * passes gets what its score earns, one that fails at most zero.
 *
 * Wald's test (1945) of p = .85 against p = .60 at odds of 49 to 1: a right answer multiplies the likelihood ratio by
 * .85/.60 = 17/12, a wrong one by .15/.40 = 3/8; the gate fails iff (17/12)^c · (3/8)^w ≤ 1/49. In integers
 * 49 · 17^c · 3^w ≤ 12^c · 8^w; with at most 60 golds both sides fit a uint256.
 *
 * Worked example: 4 wrong and none right: 49 · 81 = 3,969 ≤ 4,096, failed. With one right as well:
 * 49 · 17 · 81 = 67,473 > 49,152, not failed.
 */
import type { Entry } from "./ballot.ts";
import type { Gold } from "./gold.ts";
import type { Tally } from "./tally.ts";
import { totalOf } from "./tally.ts";

/** What becomes of a task's golds, numbered as in IFeedbackTasks.GoldStage. `Sealed` for good, if not opened in time. */
export const goldStages = ["Sealed", "Opened", "NoGate", "Gate"] as const;
export type GoldStage = (typeof goldStages)[number];

/** Golds of a validator that count: its first ones in item order. */
export const MAX_GOLDS_COUNTED = 60;
const LEAST_VOTES_TO_VOID = 3;

/** What the people's votes make of the golds, once and for all when revealing is over. */
export interface GoldJudgment {
  readonly valid: readonly Gold[];
  /** Golds that the people contradicted. */
  readonly void: readonly Gold[];
  /** False: too many golds are void for any to be held against anybody. */
  readonly gate: boolean;
}

/** One validator's answers to the golds that count. */
export interface GoldResult {
  readonly right: number;
  /** A tie is wrong. */
  readonly wrong: number;
  readonly failed: boolean;
}

/** Where no gate stands, nothing is counted. */
const NO_GATE: GoldResult = { right: 0, wrong: 0, failed: false };

/** Void: at least 3 people voted, and at least two thirds of them did not give this answer. */
export function isGoldVoid({ answer }: Pick<Gold, "answer">, human: Tally["human"]): boolean {
  const votes = totalOf(human);
  return votes >= LEAST_VOTES_TO_VOID && 3 * (votes - human[answer]) >= 2 * votes;
}

/** `tallies`: final, one an item. No gate if more than a tenth of the golds are void. */
export function judgeGolds(golds: readonly Gold[], tallies: readonly Tally[]): GoldJudgment {
  const isVoid = (gold: Gold): boolean => {
    const tally = tallies[gold.itemIndex];
    return tally !== undefined && isGoldVoid(gold, tally.human);
  };
  const contradicted = golds.filter(isVoid);
  return {
    valid: golds.filter((gold) => !isVoid(gold)),
    void: contradicted,
    gate: 10 * contradicted.length <= golds.length,
  };
}

/** `entries`: effective ones, canonical, in item order. `judgment`: undefined where no gold was opened. */
export function goldResultOf(
  entries: readonly Entry[],
  judgment: GoldJudgment | undefined,
): GoldResult {
  if (!judgment?.gate) return NO_GATE;
  const answers = new Map(judgment.valid.map(({ itemIndex, answer }) => [itemIndex, answer]));
  const counted = entries
    .filter(({ itemIndex }) => answers.has(itemIndex))
    .slice(0, MAX_GOLDS_COUNTED);
  const right = counted.filter(
    ({ itemIndex, verdict }) => answers.get(itemIndex) === verdict,
  ).length;
  const wrong = counted.length - right;
  return { right, wrong, failed: failsGate(right, wrong) };
}

export function failsGate(right: number, wrong: number): boolean {
  const [c, w] = [BigInt(right), BigInt(wrong)];
  return 49n * 17n ** c * 3n ** w <= 12n ** c * 8n ** w;
}
