/**
 * `npm run simulate -- path --seed N --runs K --json FILE`: exit 0 if every run came to the same, else 1.
 * `npm run simulate -- rings --seed N --runs K --json FILE`: exit 0.
 */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { wholeNumber } from "../../cli/parse-option.ts";
import { simulatePath } from "./path.ts";
import { addRingsCommand } from "./rings-command.ts";

interface SimulateOptions {
  readonly seed: number;
  readonly runs: number;
  readonly only?: number;
  readonly json?: string;
}

let status = 2;
const program = new Command("simulate");
program
  .command("path")
  .description("kill -9 of api, operator and indexer at seeded points of a small replay")
  .option("--seed <number>", "what the points follow from", wholeNumber, 1)
  .option("--runs <number>", "disturbed runs", wholeNumber, 2)
  .option("--only <number>", "this one of the runs alone", wholeNumber)
  .option("--json <file>", "where the report goes")
  .action(async ({ seed, runs, only, json }: SimulateOptions) => {
    const report = await simulatePath({ seed, runs, only, say: (line) => console.error(line) });
    const text = `${JSON.stringify(report, null, 2)}\n`;
    if (json === undefined) process.stdout.write(text);
    else await writeFile(json, text);
    status = report.holds ? 0 : 1;
  });
addRingsCommand(program, () => {
  status = 0;
});

try {
  await program.parseAsync();
} catch (error) {
  console.error(error);
  status = 2;
}
// Said outright: the database server's own hook on the end of a process would end it with 0.
process.exit(status);
