/** `npm run simulate -- rings --seed N --runs K --json FILE`: what rings earn, as JSON; a table for people on stderr. */
import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { wholeNumber } from "../../cli/parse-option.ts";
import type { RingCell, RingReport } from "./rings.ts";
import { defaultSettings, simulateRings } from "./rings.ts";

interface RingsOptions {
  readonly seed: number;
  readonly runs: number;
  readonly json?: string;
}

export function addRingsCommand(program: Command, done: () => void): void {
  program
    .command("rings")
    .description("what seats that answer from a shared secret earn beside people who judge")
    .option("--seed <number>", "what draws, tickets and verdicts follow from", wholeNumber, 1)
    .option("--runs <number>", "tasks a setting", wholeNumber, 20)
    .option("--json <file>", "where the report goes")
    .action(async ({ seed, runs, json }: RingsOptions) => {
      const report = simulateRings({ seed, runs, settings: defaultSettings });
      console.error(tableOf(report));
      const text = `${JSON.stringify(report, null, 2)}\n`;
      if (json === undefined) process.stdout.write(text);
      else await writeFile(json, text);
      done();
    });
}

function tableOf({ cells }: RingReport): string {
  const row = ({ people, ring, refunded, ...setting }: RingCell): string =>
    [
      `${percent(setting.attendance)}`,
      setting.oversubscription,
      percent(setting.ringShare),
      setting.strategy,
      `${ring.perSeat.toFixed(1)} / ${people.perSeat.toFixed(1)}`,
      `${ring.perJudgment.toFixed(2)} / ${people.perJudgment.toFixed(2)}`,
      percent(refunded),
    ].join(" | ");
  return [
    "people judge | oversubscription | ring | it answers | a seat earns: ring / people | a judgment: ring / people | refunded",
    "---|---|---|---|---|---|---",
    ...cells.map(row),
  ]
    .map((line) => `| ${line} |`)
    .join("\n");
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
