/** A small file of judgments of our own making, in the battles layout, the same for the same seed. */
import { gzipSync } from "node:zlib";
import { writeFile } from "node:fs/promises";
import { seededRandom } from "../../cli/local/seeded-random.ts";

export interface MadeJudgment {
  question_id: number;
  turn: number;
  model_a: string;
  model_b: string;
  winner: "model_a" | "model_b" | "tie" | "tie (inconsistent)";
  judge: string;
  conversation_a: { role: string; content: string }[];
  conversation_b: { role: string; content: string }[];
}

export interface MadeFileOptions {
  readonly seed: number;
  readonly units: number;
  readonly judges: readonly string[];
  /** how often a judge says what is the better answer; else it says anything */
  readonly diligence: number;
  /** how likely a judge is to judge a unit */
  readonly coverage: number;
}

const MODELS = ["alder", "birch", "cedar"] as const;
const PAIRS = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const;

/**
 * Unit 0 has identical answers and unit 1 an empty one; every third unit is a second turn. Which answer is better is a
 * matter of the unit, so that judges agree without any constant answer being right.
 */
export function makeJudgments(options: MadeFileOptions): MadeJudgment[] {
  const random = seededRandom(options.seed);
  const rows: MadeJudgment[] = [];
  for (let unit = 0; unit < options.units; unit += 1) {
    const pair = PAIRS[unit % PAIRS.length] ?? PAIRS[0];
    const better = (unit * 7) % 5 < 2 ? "model_a" : (unit * 7) % 5 < 4 ? "model_b" : "tie";
    const turn = unit % 3 === 2 ? 2 : 1;
    const conversation = (model: string): MadeJudgment["conversation_a"] => [
      { role: "user", content: `Question ${unit}: why does it rain?` },
      ...(turn === 1
        ? []
        : [
            { role: "assistant", content: `${model} says first: water rises (${unit}).` },
            { role: "user", content: "Shorter, please." },
          ]),
      { role: "assistant", content: answer(unit, model) },
    ];
    const [a, b] = [MODELS[pair[0]], MODELS[pair[1]]];
    for (const judge of options.judges) {
      if (random() >= options.coverage) continue;
      const verdicts = ["model_a", "model_b", "tie"] as const;
      const any = verdicts[Math.floor(random() * 3)] ?? "tie";
      rows.push({
        question_id: Math.floor(unit / 3),
        turn,
        model_a: a,
        model_b: b,
        winner: random() < options.diligence ? better : any,
        judge,
        conversation_a: conversation(a),
        conversation_b: conversation(b),
      });
    }
  }
  return rows;
}

function answer(unit: number, model: string): string {
  if (unit === 0) return "It rains because it rains.";
  if (unit === 1 && model === MODELS[0]) return "";
  return `Because water condenses, says ${model} (${unit}).`;
}

export async function writeJudgments(file: string, rows: readonly MadeJudgment[]): Promise<void> {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  await writeFile(file, file.endsWith(".gz") ? gzipSync(text) : text);
}
