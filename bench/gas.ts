/**
 * What a judgment costs on chain, from commit to credit, beside other protocols, on a real EVM (EDR, rules of the newest
 * hard fork) in this process.
 *
 *     npm run bench:gas -- [--json FILE]
 *
 * Everything is as in use: seats drawn by the seed, tickets decide who judges what, ballots signed by session keys, batches
 * as large as the cap on one transaction's gas allows. Rivals run the bytecode their authors published. Figures are the
 * same in every run; the committed report is bench/gas.json.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { TRANSACTION_GAS_CAP } from "./chain.ts";
import { measureTask, type TaskCost } from "./gas-of-task.ts";
import { measureEas } from "./rivals/eas.ts";
import { measureHumanProtocol } from "./rivals/human-protocol.ts";
import type { RivalCost } from "./rivals/rival-cost.ts";
import { HEADLINE, JUDGMENTS_A_VALIDATOR, SHAPES } from "./shapes.ts";

export interface GasReport {
  readonly transactionGasCap: number;
  readonly cells: readonly TaskCost[];
  readonly rivals: readonly RivalCost[];
  /** How many times a judgment of the headline cell each rival's item costs. */
  readonly ratios: Readonly<Record<string, number>>;
}

const number = (value: number, width: number): string => value.toLocaleString("en").padStart(width);

function printCells(cells: readonly TaskCost[]): void {
  process.stdout.write(
    "judgments  votes  on AI   gas each   commit   reveal   settle    all in   calls\n",
  );
  for (const { judgments, votes, conditionOnAi, gasPerJudgment, steps, ...rest } of cells) {
    const { commit, reveal, settle } = steps;
    const calls = commit.transactions + reveal.transactions + settle.transactions;
    process.stdout.write(
      `${number(judgments, 9)}${number(votes, 7)}${(conditionOnAi ? "yes" : "no").padStart(7)}` +
        `${number(gasPerJudgment, 11)}${number(commit.gasPerJudgment, 9)}${number(reveal.gasPerJudgment, 9)}` +
        `${number(settle.gasPerJudgment, 9)}${number(rest.allInPerJudgment, 10)}${number(calls, 8)}\n`,
    );
  }
}

function printRivals(rivals: readonly RivalCost[], ratios: GasReport["ratios"]): void {
  process.stdout.write("\nrival                                    gas an item   times ours\n");
  for (const { name, gasPerItem, item } of rivals) {
    const ratio = (ratios[name] ?? 0).toFixed(1).padStart(13);
    process.stdout.write(`${name.padEnd(40)}${number(gasPerItem, 12)}${ratio}   ${item}\n`);
  }
}

const { values } = parseArgs({ options: { json: { type: "string" } } });
const cells: TaskCost[] = [];
for (const shape of SHAPES) cells.push(await measureTask(shape));
printCells(cells);
const headline = cells[SHAPES.indexOf(HEADLINE)];
if (headline === undefined) throw new Error("the headline cell was not measured");
process.stdout.write("\nonce only, headline cell\n");
for (const [what, gas] of Object.entries({ anchor: headline.anchorGas, ...headline.onceOnly })) {
  process.stdout.write(`  ${what.padEnd(36)}${number(gas, 12)}\n`);
}

const rivals = [...(await measureEas()), ...(await measureHumanProtocol(JUDGMENTS_A_VALIDATOR))];
const ratios = Object.fromEntries(
  rivals.map(({ name, gasPerItem }) => [
    name,
    Math.round((gasPerItem / headline.gasPerJudgment) * 10) / 10,
  ]),
);
printRivals(rivals, ratios);
const report: GasReport = { transactionGasCap: TRANSACTION_GAS_CAP, cells, rivals, ratios };
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
