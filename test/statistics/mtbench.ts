import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Context } from "mocha";

export interface MtBenchVote {
  question_id: number;
  turn: number;
  model_a: string;
  model_b: string;
  winner: string;
  judge: string;
}

const file = new URL("../../../shared/data/mtbench/human.jsonl.gz", import.meta.url);

/** The 3,355 votes of MT-Bench's people (Zheng et al. 2023), or a skipped test where the file is absent. */
export function readMtBenchVotes(test: Context): MtBenchVote[] {
  if (!existsSync(file)) {
    console.log("      skipped: ../shared/data/mtbench/human.jsonl.gz is not here");
    test.skip();
  }
  return gunzipSync(readFileSync(file))
    .toString("utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as MtBenchVote);
}

export function unitOf(vote: MtBenchVote): string {
  return [vote.question_id, vote.turn, vote.model_a, vote.model_b].join("|");
}

export function byUnit(votes: readonly MtBenchVote[]): MtBenchVote[][] {
  const units = new Map<string, MtBenchVote[]>();
  for (const vote of votes) {
    const unit = units.get(unitOf(vote));
    if (unit) unit.push(vote);
    else units.set(unitOf(vote), [vote]);
  }
  return [...units.values()];
}
