/** The pay rule with one's own numbers in it, recomputed here from the chain's tallies. */
import { multipleOf, payOf, weightOf } from "../../protocol/pay.ts";
import { L } from "../../protocol/peer-score.ts";
import type { Terms } from "../../protocol/terms.ts";
import { priceOf, votesOf } from "../../protocol/terms.ts";
import type { Role } from "../../protocol/words.ts";
import { PPM } from "../../protocol/words.ts";
import { formatPpm, formatTokens } from "../data/format.ts";
import type { BallotState } from "../data/schemas.ts";

export interface PayInputs {
  readonly terms: Terms;
  readonly role: Role;
  readonly need: number;
  readonly scorePpm: number;
  readonly scored: number;
  /** Votes of one's own role on each of one's counted items. */
  readonly votesOnEachItem: readonly number[];
  /** Answers to the golds that count; null where no gate stands. */
  readonly gold: BallotState["scored"]["gold"];
  /** Of the token. */
  readonly decimals: number;
}

export interface PayExplained {
  readonly payUnits: bigint;
  readonly lossUnits: bigint;
  readonly multiplePpm: number;
  /** Two lines each: the rule, and the rule with numbers. The gold gate has its own where one stands. */
  readonly lines: readonly string[];
}

export function explainPay(inputs: PayInputs): PayExplained {
  const { terms, role, need, scorePpm, scored, votesOnEachItem, gold, decimals } = inputs;
  const byScorePpm = multipleOf({ scorePpm, scored }, terms, need);
  const multiplePpm = multipleOf({ scorePpm, scored }, terms, need, gold?.failed);
  const weight = weightOf(votesOnEachItem, votesOf(terms, role));
  const { payUnits, lossUnits } = payOf(priceOf(terms, role), weight, multiplePpm);
  const worth = (Number(weight) / L).toFixed(2).replace(/\.?0+$/, "");
  const price = formatTokens(priceOf(terms, role), decimals);
  return {
    payUnits,
    lossUnits,
    multiplePpm,
    lines: [
      "multiple = (score − break-even) ÷ (full-pay score − break-even), between −max penalty and 1, × min(scored, need) ÷ need",
      `         = (${formatPpm(scorePpm)} − ${formatPpm(terms.breakEven)}) ÷ (${formatPpm(terms.fullPayScore)} − ${formatPpm(terms.breakEven)}) ` +
        `between −${formatPpm(terms.maxPenalty)} and ${formatPpm(PPM)}, × min(${scored}, ${need}) ÷ ${need} = ${formatPpm(byScorePpm)}`,
      ...goldLines(gold, multiplePpm),
      lossUnits > 0n
        ? "loss     = price × judgments' worth × multiple, from the stake"
        : "pay      = price × judgments' worth × multiple",
      `         = ${price} × ${worth} × ${formatPpm(multiplePpm)} = ${formatTokens(lossUnits > 0n ? lossUnits : payUnits, decimals)} tokens`,
    ],
  };
}

function goldLines(gold: PayInputs["gold"], multiplePpm: number): string[] {
  if (gold === null) return [];
  const { right, wrong, failed } = gold;
  return [
    "gold     : the gate is failed where 49 × 17^right × 3^wrong ≤ 12^right × 8^wrong, over one's first 60 golds",
    failed
      ? `         : ${right} right, ${wrong} wrong: failed, so the multiple is at most 0: ${formatPpm(multiplePpm)}`
      : `         : ${right} right, ${wrong} wrong: passed`,
  ];
}
