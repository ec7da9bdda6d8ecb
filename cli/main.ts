/** `scrutineer`: a list of commands. Each lives in a file of its own under `commands/` and is added by one line. */
import process from "node:process";

import { Command, CommanderError } from "commander";

import type { AddCommand } from "./command.ts";
import { EXIT } from "./output.ts";

/** Loaded when asked for: a process that only follows the chain need not read the page's server first. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  up: async () => (await import("./commands/up.ts")).addUpCommand,
  serve: async () => (await import("./commands/serve.ts")).addServeCommand,
  admission: async () => (await import("./commands/admission.ts")).addAdmissionCommand,
  task: async () => (await import("./commands/task.ts")).addTaskCommand,
  validator: async () => (await import("./commands/validator.ts")).addValidatorCommand,
  replay: async () => (await import("./commands/replay.ts")).addReplayCommand,
  release: async () => (await import("./commands/release.ts")).addReleaseCommand,
  provenance: async () => (await import("./commands/provenance.ts")).addProvenanceCommand,
  verify: async () => (await import("./commands/verify.ts")).addVerifyCommand,
  chain: async () => (await import("./commands/chain.ts")).addChainCommand,
};

const program = new Command("scrutineer")
  .description(
    "Preference data anyone can recount: human feedback for AI models, checked and paid on chain.",
  )
  .option("--json", "print one JSON object on stdout, everything else on stderr")
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError()
  .exitOverride();
const asked = process.argv.slice(2).find((word) => Object.hasOwn(commands, word));
for (const load of Object.values(asked === undefined ? commands : { [asked]: commands[asked] })) {
  const addCommand = await load?.();
  addCommand?.(program);
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Help and version end well; a wrong call could not run.
  process.exitCode = error.exitCode === 0 ? EXIT.holds : EXIT.cannotRun;
}
