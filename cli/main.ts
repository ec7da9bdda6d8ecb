/** `scrutineer`: a list of commands. Each lives in a file of its own under `commands/` and is added by one line. */
import process from "node:process";

import { Command, CommanderError } from "commander";

import type { AddCommand } from "./command.ts";
import { addChainCommand } from "./commands/chain.ts";
import { addReleaseCommand } from "./commands/release.ts";
import { addReplayCommand } from "./commands/replay.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addTaskCommand } from "./commands/task.ts";
import { addUpCommand } from "./commands/up.ts";
import { addVerifyCommand } from "./commands/verify.ts";
import { EXIT } from "./output.ts";

const commands: readonly AddCommand[] = [
  addUpCommand,
  addServeCommand,
  addTaskCommand,
  addReplayCommand,
  addReleaseCommand,
  addVerifyCommand,
  addChainCommand,
];

const program = new Command("scrutineer")
  .description(
    "Preference data anyone can recount: human feedback for AI models, checked and paid on chain.",
  )
  .option("--json", "print one JSON object on stdout, everything else on stderr")
  .showHelpAfterError()
  .exitOverride();
for (const addCommand of commands) addCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Help and version end well; a wrong call could not run.
  process.exitCode = error.exitCode === 0 ? EXIT.holds : EXIT.cannotRun;
}
