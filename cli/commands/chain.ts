/** `scrutineer chain FILE`: serves a saved local chain again, as it was; the file is left as it is. */
import { access } from "node:fs/promises";
import { ScrutineerError } from "../../protocol/errors.ts";
import { createShutdown } from "../../runtime/shutdown.ts";
import { startAnvil } from "../anvil.ts";
import { action, type AddCommand } from "../command.ts";
import type { Output } from "../output.ts";
import { wholeNumber } from "../parse-option.ts";
import { runUntilSignal } from "../until-signal.ts";

interface ChainOptions {
  readonly port: number;
}

export const addChainCommand: AddCommand = (program) => {
  program
    .command("chain")
    .description("serve a saved local chain on 127.0.0.1")
    .argument("<file>", "what `up --data` or `replay` saved, for example chain.json")
    .option("--port <number>", "port of the RPC; 0 takes any free one", wholeNumber, 8545)
    .action(action(serveChain));
};

async function serveChain(output: Output, options: ChainOptions, file: string): Promise<void> {
  await access(file).catch((cause: unknown) => {
    throw new ScrutineerError("file-unreadable", `there is no file ${file}`, { file }, { cause });
  });
  const shutdown = createShutdown();
  const anvil = await startAnvil({ port: options.port, loadFile: file });
  shutdown.add("chain", () => anvil.stop());
  output.print({
    json: { rpc: anvil.rpcUrl },
    text: `serving ${file} at ${anvil.rpcUrl}; Ctrl-C ends it`,
  });
  await runUntilSignal(
    shutdown,
    anvil.ended.then(() => "the chain's process ended"),
  );
}
