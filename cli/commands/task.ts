/** `scrutineer task`: pairs in a file become funded tasks, and a task is shown. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Wallet } from "ethers";
import { z } from "zod";
import type { PublicConfig } from "../../api/schemas/config.ts";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import type { UploadJson } from "../../api/schemas/uploads.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { goldCountOf } from "../../protocol/gold.ts";
import { escrowUnits } from "../../protocol/terms.ts";
import { checkLists, readLists, readListsInFile, withLists } from "../admission/upload-options.ts";
import { createApiClient, DEFAULT_API } from "../api-client.ts";
import { action } from "../command.ts";
import type { AddCommand } from "../command.ts";
import { createTask, termsDraftSchema } from "../create-task.ts";
import { openProvider } from "../deployment.ts";
import { readGoldsFile } from "../golds-file.ts";
import type { Json, Output, Progress, Result } from "../output.ts";
import { readable, readJson, readPrivateKey, readText } from "../read-file.ts";
import { handInGolds, refuseGoldsFile, sealGolds, writeSealedGolds } from "../sealed-golds.ts";
import { addTaskByAnyone } from "./task-by-anyone.ts";

interface CreateOptions {
  readonly terms: string;
  readonly key: string;
  readonly api: string;
  readonly rpc?: string;
  readonly layout: string;
  readonly title: string;
  readonly guideline?: string;
  readonly keepOrder?: boolean;
  readonly skipBad?: boolean;
  readonly gold?: string;
  readonly goldOut?: string;
  readonly keepGold?: boolean;
  readonly humanAdmission?: string;
  readonly aiAdmission?: string;
}

export const addTaskCommand: AddCommand = (program) => {
  const task = program
    .command("task")
    .description("create a task from pairs of answers, or show one");
  task
    .command("create")
    .description("import FILE, have the operator accept the terms, fund the escrow")
    .argument("<file>", "JSONL: one pair of answers a line, or arena battles")
    .requiredOption("--terms <file>", "JSON: votes, prices, deadlines (docs/operations.md)")
    .requiredOption("--key <file>", "the requester's private key, 0x text")
    .option("--api <url>", "the operator's REST interface", DEFAULT_API)
    .option("--rpc <url>", "the chain; default: the one the operator names")
    .option("--layout <layout>", "pairs or battles", "pairs")
    .option("--title <text>", "shown to labelers", "")
    .option("--guideline <file>", "markdown, shown to labelers")
    .option("--keep-order", "A and B stay as in the file, instead of being drawn for each item")
    .option("--skip-bad", "import the good rows although some are bad")
    .option("--gold <file>", "JSONL: items whose answer you know (docs/operations.md)")
    .option("--gold-out <file>", "where salts and golds are kept (default: FILE.sealed.json)")
    .option("--keep-gold", "do not hand the golds to the operator: open them yourself, in time")
    .option(
      "--human-admission <file>",
      "only these people may judge: what `admission draw` printed",
    )
    .option("--ai-admission <file>", "only these AIs may judge")
    .action(action(create));
  task
    .command("show")
    .description("a task's terms, progress and money")
    .argument("<id>", "the task's id")
    .option("--api <url>", "the REST interface to ask", DEFAULT_API)
    .action(action(show));
  addTaskByAnyone(task);
};

async function create(output: Output, options: CreateOptions, file: string): Promise<Result> {
  const draft = parseWith(termsDraftSchema, await readJson(options.terms), options.terms);
  const golds = options.gold === undefined ? [] : await readGoldsFile(options.gold);
  const goldOut = options.goldOut ?? `${options.gold}.sealed.json`;
  if (golds.length > 0) await refuseGoldsFile(goldOut);
  const lists = await readLists(options.humanAdmission, options.aiAdmission);
  const privateKey = await readPrivateKey(options.key);
  const api = createApiClient(options.api);
  const config = await api.get<PublicConfig>("/config");
  const provider = await openProvider(options.rpc ?? config.rpcUrl);
  try {
    const requester = new Wallet(privateKey, provider);
    const query = new URLSearchParams({
      layout: options.layout,
      title: options.title,
      shuffle: String(options.keepOrder !== true),
      skipBad: String(options.skipBad === true),
      ...(options.guideline === undefined ? {} : { guideline: await readText(options.guideline) }),
    });
    const bar = output.progress("importing", (await sizeOf(file)) || 1);
    const body = withLists(lists, readWithProgress(file, bar));
    const upload = await api.upload<UploadJson>(`/uploads?${query}`, body);
    bar.stop();
    checkLists({ ...(await readListsInFile(file)), ...lists }, upload.parts);
    for (const row of upload.skipped) output.say(`line ${row.line} left out: ${row.message}`);

    if (golds.length > 0 && upload.skipped.length > 0) {
      throw new ScrutineerError(
        "gold-invalid",
        "rows were left out, so the places of the golds are not those of the items",
        { skipped: upload.skipped.length },
      );
    }
    const sealed = sealGolds(golds, upload.parts);
    const kept = sealed.filter((part) => part !== undefined);
    if (kept.length > 0) await writeSealedGolds(goldOut, kept);
    if (options.keepGold !== true) for (const part of kept) await handInGolds(api, part);

    const created: {
      taskId: string;
      items: number;
      golds: number;
      escrow: bigint;
      transaction: string;
    }[] = [];
    for (const [index, part] of upload.parts.entries()) {
      const gold = sealed[index];
      const { taskId, terms, transaction } = await createTask(
        api,
        requester,
        config,
        part,
        draft,
        gold?.goldHash,
      );
      created.push({
        taskId,
        items: part.itemCount,
        golds: gold === undefined ? 0 : goldCountOf(gold.golds),
        escrow: escrowUnits(terms),
        transaction,
      });
    }
    const { identical, empty, rows } = upload;
    return {
      json: {
        ...{ rows, identical, empty, skipped: upload.skipped, tasks: created },
        goldOut: kept.length === 0 ? null : goldOut,
      },
      text: created
        .map(
          ({ taskId, items, golds: known, escrow }) =>
            `${taskId}  ${items} items${known === 0 ? "" : `, ${known} golds`}, escrow ${escrow} units`,
        )
        .concat(kept.length === 0 ? [] : `salts and golds are kept in ${goldOut}: keep it secret`)
        .concat(
          `${identical} items with identical answers and ${empty} with an empty one stay out of preferences`,
        )
        .join("\n"),
    };
  } finally {
    provider.destroy();
  }
}

async function show(_output: Output, options: { api: string }, taskId: string): Promise<Result> {
  const task = await createApiClient(options.api).get<TaskJson>(`/tasks/${taskId}`);
  const { progress, money } = task;
  return {
    json: task as unknown as { [key: string]: Json },
    text: [
      `${task.title || "untitled"}  ${task.taskId}`,
      `state      ${task.state}${task.replay ? " (replay of judgments made elsewhere)" : ""}`,
      `requester  ${task.requester}${task.selfOperated ? " (is its own operator)" : ""}`,
      `judgments  ${progress.humanReceipted} of ${progress.humanWanted} by people, ${progress.aiReceipted} of ${progress.aiWanted} by AIs`,
      `ballots    ${progress.ballotsCommitted} committed, ${progress.ballotsRevealed} revealed, ${progress.ballotsSettled} settled`,
      `gold       ${goldWords(task.gold)}`,
      `escrow     ${money.escrow} = refund ${money.refund ?? "?"} + fees ${money.fees ?? "?"} + paid ${money.paid ?? "?"} + rest ${money.rest ?? "?"}`,
    ].join("\n"),
  };
}

function goldWords(gold: TaskJson["gold"]): string {
  if (gold === null) return "none";
  const { stage, golds, valid, void: contradicted } = gold;
  switch (stage) {
    case "Sealed":
      return "a gold set of unknown size is bound";
    case "Opened":
      return `${golds} opened, not judged yet`;
    case "NoGate":
      return `${contradicted} of ${golds} contradicted by people: no gate`;
    case "Gate":
      return `a gate of ${valid}; ${contradicted} of ${golds} contradicted by people`;
  }
}

async function* readWithProgress(file: string, bar: Progress): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
    read += chunk.length;
    bar.update(read);
    yield chunk;
  }
}

async function sizeOf(file: string): Promise<number> {
  return readable(file, async () => (await stat(file)).size);
}

function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  file: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ScrutineerError("terms-invalid", `${file}: ${z.prettifyError(parsed.error)}`, { file });
}
