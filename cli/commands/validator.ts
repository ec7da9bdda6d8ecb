/** `scrutineer validator`: what somebody who judges does for itself, with no operator's help. */
import { Wallet, type JsonRpcProvider } from "ethers";
import { createShutdown } from "../../runtime/shutdown.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { toAddress, toHash } from "../../protocol/words.ts";
import { createApiClient, DEFAULT_API } from "../api-client.ts";
import type { AddCommand } from "../command.ts";
import { action } from "../command.ts";
import { openProvider } from "../deployment.ts";
import type { Json, Output, Result } from "../output.ts";
import { wholeNumber } from "../parse-option.ts";
import { readPrivateKey } from "../read-file.ts";
import { addSeatCommands } from "./validator-seat.ts";
import { runUntilSignal } from "../until-signal.ts";
import { openBallotFolder, type BallotFolder } from "../validator/ballot-folder.ts";
import type { Deed } from "../validator/look-after.ts";
import { openOwnCopies, type OwnCopies } from "../validator/own-copies.ts";
import {
  keepLooking,
  lookAtAll,
  type Listener,
  type WatchOptions,
} from "../validator/watch-ballots.ts";

const DEFAULT_FOLDER = ".scrutineer/ballots";
const DEFAULT_RPC = "http://127.0.0.1:8545";
interface ChainOptions {
  readonly rpc: string;
  readonly key: string;
  readonly data: string;
  readonly api?: string;
  readonly validator?: string;
}

interface LookOptions extends ChainOptions {
  readonly once?: boolean;
  readonly interval: number;
}

export const addValidatorCommand: AddCommand = (program) => {
  const validator = program
    .command("validator")
    .description("a seat of your own, and the ballots cast from it: join, watch, claim, withdraw");
  validator
    .command("watch")
    .description(
      "commit and open what the operator leaves undone, and claim for it, until told to end",
    )
    .requiredOption("--key <file>", "private key that pays the gas, 0x text; best the validator's")
    .option("--rpc <url>", "the chain", DEFAULT_RPC)
    .option("--data <dir>", "where ballots and openings are kept", DEFAULT_FOLDER)
    .option("--api <url>", "a service that keeps encrypted copies of openings signed elsewhere")
    .option("--validator <address>", "only this validator's ballots")
    .option("--interval <seconds>", "between two looks", wholeNumber, 30)
    .option("--once", "look once and end: 1 if something could not be done (for cron)")
    .action(action(watch));
  validator
    .command("claim")
    .description("claim for receipted ballots that were left out, and collect what the bond pays")
    .argument("[task]", "only in this task")
    .requiredOption("--key <file>", "private key that pays the gas, 0x text")
    .option("--rpc <url>", "the chain", DEFAULT_RPC)
    .option("--data <dir>", "where ballots and openings are kept", DEFAULT_FOLDER)
    .option("--validator <address>", "only this validator's ballots")
    .action(action(claim));
  validator
    .command("restore")
    .description("fetch the encrypted copies of your openings, on a new machine")
    .requiredOption("--key <file>", "the validator's private key, 0x text")
    .option("--api <url>", "the service that keeps the copies", DEFAULT_API)
    .option("--validator <address>", "a wallet that is a contract, for which the key signs")
    .option("--data <dir>", "where ballots and openings are kept", DEFAULT_FOLDER)
    .action(action(restore));
  addSeatCommands(validator);
};

async function watch(output: Output, options: LookOptions): Promise<Result | void> {
  const { provider, ...parts } = await open(options);
  try {
    if (options.once === true) return await look(output, { provider, ...parts });
    const shutdown = createShutdown();
    const ended = runUntilSignal(shutdown);
    const watched = await parts.folder.list();
    output.print({
      json: { ready: true, watched: watched.length },
      text: `watching ${watched.length} ballots; Ctrl-C ends it`,
    });
    await keepLooking(
      { provider, ...parts },
      options.interval,
      tellTo(output, () => undefined),
      shutdown.signal,
    );
    await ended;
  } finally {
    provider.destroy();
  }
}

async function claim(output: Output, options: ChainOptions, taskId?: string): Promise<Result> {
  const { provider, ...parts } = await open(options);
  try {
    const only = ["claim"] as const;
    const one = taskId === undefined ? {} : { taskId: toHash(taskId) };
    return await look(output, { provider, ...parts, ...one, only });
  } finally {
    provider.destroy();
  }
}

async function restore(
  _output: Output,
  options: { key: string; api: string; data: string; validator?: string },
): Promise<Result> {
  const folder = openBallotFolder(options.data);
  const wallet = new Wallet(await readPrivateKey(options.key));
  const api = createApiClient(options.api);
  const copies = await openOwnCopies(api, wallet, folder, accountOf(options));
  const restored: { taskId: Hash; versions: number }[] = [];
  for (const slot of await copies.list()) {
    const versions = await copies.restore(slot);
    if (versions > 0) restored.push({ taskId: slot.taskId, versions });
  }
  const lines = restored.map(({ taskId, versions }) => `${taskId}  ${versions} openings`);
  return {
    json: { restored },
    text: lines.length === 0 ? "nothing that is not here already" : lines.join("\n"),
  };
}

type Opened = Omit<WatchOptions, "provider"> & {
  readonly provider: JsonRpcProvider;
  readonly folder: BallotFolder;
};

async function open(options: ChainOptions): Promise<Opened> {
  const folder = openBallotFolder(options.data);
  const privateKey = await readPrivateKey(options.key);
  const provider = await openProvider(options.rpc);
  const wallet = new Wallet(privateKey, provider);
  const { api } = options;
  let copies: Promise<OwnCopies> | undefined;
  return {
    provider,
    folder,
    wallet,
    ...(options.validator === undefined ? {} : { validator: toAddress(options.validator) }),
    ...(api === undefined
      ? {}
      : {
          restore: async (slot) =>
            (
              await (copies ??= openOwnCopies(
                createApiClient(api),
                wallet,
                folder,
                accountOf(options),
              ))
            ).restore(slot),
        }),
  };
}

function accountOf({ validator }: { readonly validator?: string }): Address | undefined {
  return validator === undefined ? undefined : toAddress(validator);
}

/** One look at everything; does not hold if something is due and cannot be done. */
async function look(output: Output, options: WatchOptions): Promise<Result> {
  const deeds: Deed[] = [];
  let mishaps = 0;
  const listener = tellTo(output, () => (mishaps += 1));
  const watched = await lookAtAll(options, new Map(), {
    ...listener,
    onDeed(deed) {
      deeds.push(deed);
      if (deed.outcome === "impossible") listener.onDeed(deed);
    },
  });
  const done = deeds.filter(({ outcome }) => outcome === "done");
  return {
    json: { watched, mishaps, deeds: deeds as unknown as readonly Json[] },
    text: [`${watched} ballots, ${done.length} things done`, ...done.map(wordsOf)].join("\n"),
    holds: mishaps === 0 && done.length === deeds.length,
  };
}

function tellTo(output: Output, onMishap: () => void): Listener {
  return {
    onDeed(deed) {
      if (deed.outcome === "done") output.say(wordsOf(deed));
      else output.complain(`warning: ${wordsOf(deed)}`);
    },
    onMishap(slot, error) {
      onMishap();
      const what = slot.taskId === "" ? "no look" : `${slot.taskId} of ${slot.validator}`;
      output.complain(
        `warning: ${what}: ${error instanceof Error ? error.message : String(error)}`,
      );
    },
  };
}

function wordsOf({ taskId, validator, kind, version, says, transaction }: Deed): string {
  const what = version === 0 ? kind : `${kind} version ${version}`;
  const where = transaction === undefined ? "" : ` (${transaction})`;
  return `${taskId} of ${validator}: ${what}: ${says}${where}`;
}
