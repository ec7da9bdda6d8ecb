/** `scrutineer up`: a whole Scrutineer on a chain of its own, with something to look at and something to judge. */
import { spawn } from "node:child_process";
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { createShutdown } from "../../runtime/shutdown.ts";
import { createApiClient } from "../api-client.ts";
import { action, type AddCommand } from "../command.ts";
import { joinAll } from "../join.ts";
import { readExampleSet } from "../local/example-set.ts";
import {
  judgeAll,
  showOpenExample,
  showSettledExample,
  type LocalScene,
} from "../local/example-tasks.ts";
import { NEWCOMERS, REQUESTER, SIMULATED } from "../local/keys.ts";
import { isTheEnd } from "../local/simulated-validator.ts";
import { welcomeNewcomers } from "../local/welcome-newcomers.ts";
import { fund } from "../join.ts";
import type { Output } from "../output.ts";
import { wholeNumber } from "../parse-option.ts";
import { startStack } from "../stack.ts";
import { runUntilSignal } from "../until-signal.ts";

interface UpOptions {
  readonly port: number;
  readonly rpcPort: number;
  readonly open: boolean;
  readonly data?: string;
  readonly verbose?: boolean;
}

/** In the data folder: the examples were made to their end. */
const POPULATED = "populated";
const TOKEN = 10n ** 18n;
const STAKE = 1_000n * TOKEN;
/** Enough for a few hundred example tasks. */
const REQUESTER_UNITS = 1_000_000n * TOKEN;
/** Between two judgments of a simulated validator in the open example: a newcomer sees it fill. */
const PAUSE_MS = 150;

export const addUpCommand: AddCommand = (program) => {
  program
    .command("up")
    .description(
      "start everything on a local chain: contracts, indexer, operator, api, page, an example to judge",
    )
    .option(
      "--port <number>",
      "port of page, REST and GraphQL; 0 takes any free one",
      wholeNumber,
      4000,
    )
    .option(
      "--rpc-port <number>",
      "port of the chain's RPC; 0 takes any free one",
      wholeNumber,
      8545,
    )
    .option("--no-open", "do not open a browser")
    .option("--data <dir>", "keep chain, database and content there, and go on from it next time")
    .option("--verbose", "log what the parts do")
    .action(action(up));
};

async function up(output: Output, options: UpOptions): Promise<void> {
  const startedAt = Date.now();
  const shutdown = createShutdown();
  let chainEnded: (reason: string) => void = () => undefined;
  // From the first moment: a Ctrl-C while things start ends as cleanly as one later.
  const ended = runUntilSignal(shutdown, new Promise((resolve) => (chainEnded = resolve)));
  try {
    const stack = await startStack({
      output,
      port: options.port,
      rpcPort: options.rpcPort,
      dataDir: options.data,
      offered: NEWCOMERS.map((key) => ({ ...key, role: "Human" })),
      logLevel: options.verbose === true ? "info" : "warn",
      signal: shutdown.signal,
    });
    void stack.chainEnded.then(() => chainEnded("the chain's process ended"));
    shutdown.add("stack", async () => {
      const [failure] = await stack.stop();
      if (failure !== undefined) throw failure.error;
    });
    // The end was asked for while the last part started: nobody closes what was added since.
    if (shutdown.signal.aborted) return void (await stack.stop());
    const scene: LocalScene = {
      provider: stack.provider,
      api: createApiClient(stack.apiUrl),
      config: stack.config,
      output,
      examples: await readExampleSet(),
    };
    if (stack.resumed) await reopen(scene, options.data);
    else await populate(scene);
    if (options.data !== undefined) await writeFile(join(options.data, POPULATED), "");
    shutdown.add(
      "newcomers",
      await welcomeNewcomers(scene, [...NEWCOMERS, ...SIMULATED], shutdown.signal),
    );
    ready(stack, output, startedAt);
    if (options.open && !output.json) openBrowser(stack.webUrl);
  } catch (error) {
    // What breaks because the end was asked for is no failure.
    if (!shutdown.signal.aborted) {
      await shutdown.close("it did not start");
      throw error;
    }
  }
  if (!(await ended)) throw new ScrutineerError("internal", "not everything ended cleanly");

  async function populate(scene: LocalScene): Promise<void> {
    output.say("seating validators");
    const { provider, config } = scene;
    await joinAll(
      provider,
      config.contracts,
      [...NEWCOMERS, ...SIMULATED].map(({ privateKey }) => ({
        privateKey,
        role: "Human",
        stakeUnits: STAKE,
      })),
    );
    await fund(provider, config.contracts, REQUESTER.privateKey, REQUESTER_UNITS);
    await provider.send("anvil_mine", ["0x1"]);
    output.say("carrying an example task to its settlement");
    await showSettledExample(scene);
    await offerOpenExample(scene);
  }

  /** A saved chain whose examples have all closed gets a new one. */
  async function reopen(scene: LocalScene, data = ""): Promise<void> {
    await access(join(data, POPULATED)).catch(() => {
      throw new ScrutineerError(
        "file-exists",
        `${data} is of a start that was broken off; remove it and start anew`,
      );
    });
    const { tasks } = await scene.api.get<{ tasks: TaskJson[] }>("/tasks?state=Open");
    if (tasks.length === 0) await offerOpenExample(scene);
  }

  async function offerOpenExample(scene: LocalScene): Promise<void> {
    output.say("opening an example task to judge");
    const open = await showOpenExample(scene);
    const judging = judgeAll(open, scene, SIMULATED, PAUSE_MS, shutdown.signal).catch(
      (error: unknown) => {
        if (!shutdown.signal.aborted && !isTheEnd(error))
          output.say(`simulated validators stopped: ${String(error)}`);
      },
    );
    shutdown.add("simulated validators", () => judging);
  }
}

function ready(
  stack: Awaited<ReturnType<typeof startStack>>,
  output: Output,
  startedAt: number,
): void {
  const { config, webUrl, apiUrl } = stack;
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
  output.print({
    json: {
      web: webUrl,
      api: apiUrl,
      graphql: config.graphqlUrl,
      rpc: config.rpcUrl,
      chainId: config.chainId,
      contracts: config.contracts,
    },
    text: [
      `Scrutineer is up (${seconds} s).`,
      `  page      ${webUrl}`,
      `  REST      ${apiUrl}  (to read: ${webUrl}/docs)`,
      `  GraphQL   ${config.graphqlUrl}`,
      `  chain     ${config.rpcUrl} (id ${config.chainId})`,
      "Ctrl-C ends it.",
    ].join("\n"),
  });
}

/** Only where somebody would see it. */
function openBrowser(url: string): void {
  const { platform, env } = process;
  const hasDisplay =
    platform === "darwin" ||
    platform === "win32" ||
    Boolean(env["DISPLAY"] ?? env["WAYLAND_DISPLAY"]);
  if (!hasDisplay || !process.stdout.isTTY) return;
  const command = platform === "darwin" ? "open" : platform === "win32" ? "explorer" : "xdg-open";
  spawn(command, [url], { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}
