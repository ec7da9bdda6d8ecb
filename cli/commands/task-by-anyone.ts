/** The steps of a task that anybody may take: golds opened by who holds them, and whatever is due, from the chain alone. */
import type { Command } from "commander";
import { Wallet, type JsonRpcProvider } from "ethers";
import type { PublicConfig } from "../../api/schemas/config.ts";
import { IFeedbackTasks__factory } from "../../bindings/index.ts";
import type { IFeedbackTasks } from "../../bindings/index.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { goldCountOf } from "../../protocol/gold.ts";
import { taskStates } from "../../protocol/task-state.ts";
import { toAddress, toHash } from "../../protocol/words.ts";
import { createApiClient, DEFAULT_API } from "../api-client.ts";
import { action } from "../command.ts";
import { openProvider } from "../deployment.ts";
import { finishTask, readFacts } from "../finish-task.ts";
import type { Output, Result } from "../output.ts";
import { readPrivateKey } from "../read-file.ts";
import { readSealedGolds } from "../sealed-golds.ts";
import { sendTransaction } from "../send-transaction.ts";

interface PlaceOptions {
  readonly api: string;
  readonly rpc?: string;
  readonly contract?: string;
  readonly key: string;
}

export function addTaskByAnyone(task: Command): void {
  place(
    task
      .command("open-gold")
      .description("open a task's golds on chain, in the first half of the reveal time")
      .argument("<id>", "the task's id"),
  )
    .requiredOption("--gold <file>", "what `task create` kept: salts and golds")
    .action(action(openGold));
  place(
    task
      .command("finish")
      .description("do whatever is due in a task, without operator or requester")
      .argument("<id>", "the task's id"),
  )
    .option("--withdraw", "pay out, too, what anybody who took part has as credit")
    .action(action(finish));
}

function place(command: Command): Command {
  return command
    .requiredOption("--key <file>", "private key of any account that can pay the gas, 0x text")
    .option("--api <url>", "names chain and contract, unless both are given", DEFAULT_API)
    .option("--rpc <url>", "the chain; default: the one the service names")
    .option("--contract <address>", "FeedbackTasks; default: the one the service names");
}

async function openGold(
  _output: Output,
  options: PlaceOptions & { gold: string },
  id: string,
): Promise<Result> {
  const taskId = toHash(id);
  const sets = await readSealedGolds(options.gold);
  return withTasks(options, async (tasks) => {
    const { snapshotBlock } = await readFacts(tasks, taskId);
    const [created] = await tasks.queryFilter(
      tasks.filters.TaskCreated(taskId),
      Number(snapshotBlock),
    );
    const goldHash = created?.args.terms.goldHash;
    const sealed = sets.find((set) => set.goldHash === goldHash);
    if (sealed === undefined) {
      throw new ScrutineerError("gold-mismatch", `${options.gold} has not what this task binds`, {
        goldHash,
      });
    }
    const { salt, golds } = sealed;
    const transaction = await sendTransaction(tasks, () => tasks.openGold(taskId, salt, golds));
    return {
      json: { taskId, golds: goldCountOf(golds), transaction },
      text: `${goldCountOf(golds)} golds opened in ${transaction}`,
    };
  });
}

async function finish(
  _output: Output,
  options: PlaceOptions & { withdraw?: boolean },
  id: string,
): Promise<Result> {
  const taskId = toHash(id);
  return withTasks(options, async (tasks, provider) => {
    const { task, done, unpaid } = await finishTask(
      tasks,
      provider,
      taskId,
      options.withdraw === true,
    );
    const state = stateNames[Number(await tasks.stateOf(taskId))] ?? "None";
    const bond = task.bondReleased === undefined && !task.cancelled;
    const waits = state === "Settled" && bond ? ", its bond still held" : "";
    return {
      json: {
        ...{ taskId, state },
        done: done.map((step) => ({ ...step })),
        unpaid: unpaid.map((one) => ({ ...one })),
      },
      holds: unpaid.length === 0,
      text: [
        ...done.map(({ step, account, transaction }) =>
          [step, ...(account === null ? [] : [account]), transaction].join("  "),
        ),
        ...unpaid.map(({ account, why }) => `not paid  ${account}  ${why}`),
        `${done.length + unpaid.length === 0 ? "nothing is due: " : ""}${state}${waits}`,
      ].join("\n"),
    };
  });
}

/** As `IFeedbackTasks.State` numbers them. */
const stateNames = ["None", ...taskStates];

/** Connected to the wallet of `--key`; a service is asked only for what the options leave open. */
async function withTasks(
  options: PlaceOptions,
  use: (tasks: IFeedbackTasks, provider: JsonRpcProvider) => Promise<Result>,
): Promise<Result> {
  const privateKey = await readPrivateKey(options.key);
  const isNamed = options.rpc !== undefined && options.contract !== undefined;
  const config = isNamed
    ? undefined
    : await createApiClient(options.api).get<PublicConfig>("/config");
  const address = toAddress(options.contract ?? config?.contracts.feedbackTasks ?? "");
  const provider = await openProvider(options.rpc ?? config?.rpcUrl ?? "");
  try {
    if ((await provider.getCode(address)) === "0x") {
      throw new ScrutineerError("contract-missing", `there is no contract at ${address}`);
    }
    const wallet = new Wallet(privateKey, provider);
    return await use(IFeedbackTasks__factory.connect(address, wallet), provider);
  } finally {
    provider.destroy();
  }
}
