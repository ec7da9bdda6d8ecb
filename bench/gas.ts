/**
 * What a judgment costs on chain, from commit to credit, on a real EVM (EDR, rules of the newest hard fork) in this process.
 *
 *     npm run bench:gas -- [--json FILE]
 *
 * Everything is as in use: seats drawn by the seed, tickets decide who judges what, ballots signed by session keys, batches
 * as large as the cap on one transaction's gas allows. Figures are the same in every run.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { measureTask, TRANSACTION_GAS_CAP, type TaskCost, type TaskShape } from "./gas-of-task.ts";

const SHAPES: readonly TaskShape[] = [
  { judgments: 10_000, validators: 100, votes: 3, aiVotes: 0, conditionOnAi: false },
];

interface Report {
  readonly transactionGasCap: number;
  readonly cells: readonly TaskCost[];
}

function print(cost: TaskCost): void {
  const { judgments, validators, votes, conditionOnAi, gasPerJudgment, steps, onceOnly } = cost;
  const lines: [string, number][] = [
    ["gas a judgment, commit to credit", gasPerJudgment],
    ...Object.entries(steps).map(([step, { gasPerJudgment: gas }]): [string, number] => [
      `  ${step}`,
      gas,
    ]),
    ["anchor, each", cost.anchorGas],
    ...Object.entries(onceOnly).map(([what, gas]): [string, number] => [`${what}, once`, gas]),
  ];
  process.stdout.write(
    `${judgments} judgments, ${validators} validators, ${votes} votes an item${conditionOnAi ? ", conditioned on AI" : ""}\n`,
  );
  for (const [label, gas] of lines) {
    process.stdout.write(`  ${label.padEnd(36)}${gas.toLocaleString("en").padStart(12)}\n`);
  }
}

const { values } = parseArgs({ options: { json: { type: "string" } } });
const cells: TaskCost[] = [];
for (const shape of SHAPES) {
  const cost = await measureTask(shape);
  print(cost);
  cells.push(cost);
}
const report: Report = { transactionGasCap: TRANSACTION_GAS_CAP, cells };
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
