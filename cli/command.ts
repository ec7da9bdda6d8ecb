/** How a command is written: declare it to commander, and let `action` run it under the shared output rules. */
import type { Command } from "commander";

import { exitOnSignals } from "./until-signal.ts";
import { createOutput, runCommand } from "./output.ts";
import type { Output, Result } from "./output.ts";

/** What each file of `commands/` exports: adds its command to the program. */
export type AddCommand = (program: Command) => void;

/**
 * Wraps a command's work for commander's `.action`. `run` gets the output, the options and the positional arguments;
 * it returns its result, or nothing when it printed for itself.
 */
export function action<Options extends object>(
  run: (output: Output, options: Options, ...parameters: string[]) => Promise<Result | void>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.pop() as Command;
    given.pop();
    const options: { json?: boolean } & Options = command.optsWithGlobals();
    const output = createOutput(options.json === true);
    const parameters = given.flat() as string[];
    const ignoreSignals = exitOnSignals();
    process.exitCode = await runCommand(output, () => run(output, options, ...parameters));
    ignoreSignals();
  };
}
