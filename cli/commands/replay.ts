/** `scrutineer replay`: real, already collected judgments through the real path, on a local chain. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Wallet } from "ethers";
import type { ReleaseJson } from "../../api/schemas/releases.ts";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import type { UploadJson } from "../../api/schemas/uploads.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { AnnexModel } from "../../protocol/receipt-json.ts";
import { escrowUnits } from "../../protocol/terms.ts";
import { createApiClient } from "../api-client.ts";
import type { ApiClient } from "../api-client.ts";
import { action } from "../command.ts";
import type { AddCommand } from "../command.ts";
import { completeTerms, createTask } from "../create-task.ts";
import { downloadRelease } from "../download-release.ts";
import { fund } from "../join.ts";
import type { Json, Output, Result } from "../output.ts";
import { castBallots } from "../replay/cast-ballots.ts";
import {
  alphaAsGiven,
  copycatScorePpm,
  leaderboardAsGiven,
  meanHumanScorePpm,
} from "../replay/figures.ts";
import type { JudgmentRow } from "../replay/judgments-file.ts";
import { readJudgmentsFile } from "../replay/judgments-file.ts";
import { liveThrough, waitForTask } from "../replay/live-through.ts";
import { readGoldsOfUnits } from "../replay/golds-of-units.ts";
import type { GoldOutcome } from "../replay/outcome.ts";
import { readOutcome } from "../replay/outcome.ts";
import { replayTerms } from "../replay/replay-terms.ts";
import type { SeatedJudge } from "../replay/seat-judges.ts";
import { judgesOf, seatJudges } from "../replay/seat-judges.ts";
import { groupJudgments } from "../replay/units.ts";
import { recordModels } from "../replay/record-models.ts";
import { recordTraining } from "../replay/record-training.ts";
import type { RecordedTraining } from "../replay/record-training.ts";
import { signUnits, waitForRecords } from "../replay/sign-units.ts";
import { handInGolds, sealGolds } from "../sealed-golds.ts";
import { startStack } from "../stack.ts";
import type { Stack } from "../stack.ts";
import { verifyRelease } from "../verify-release.ts";

interface ReplayOptions {
  readonly humans: string;
  readonly ai?: string;
  readonly out: string;
  readonly conditionOnAi?: boolean;
  readonly licence?: string;
  readonly receipts?: boolean;
  readonly training?: boolean;
  readonly gold?: string;
}

export const addReplayCommand: AddCommand = (program) => {
  program
    .command("replay")
    .description("carry judgments made elsewhere through the real path on a local chain")
    .requiredOption(
      "--humans <file>",
      "people's judgments: JSONL in the battles layout, may be gzipped",
    )
    .option("--ai <file>", "an AI's judgments, same layout")
    .requiredOption(
      "--out <dir>",
      "where the release and the chain are saved; must not exist or be empty",
    )
    .option("--condition-on-ai", "score people within strata of the AI's label")
    .option(
      "--licence <id>",
      'of the data, as data set cards name it, for example cc-by-4.0 (default: "other")',
    )
    .option("--gold <file>", "JSONL: units whose better answer is known (docs/operations.md)")
    .option("--receipts", "record the models on chain and sign an output receipt for every answer")
    .option(
      "--training",
      "record release, evaluation and a co-signed training on chain at the end of the trace",
    )
    .action(action(replay));
};

async function replay(output: Output, options: ReplayOptions): Promise<Result> {
  const startedAt = Date.now();
  const conditionOnAi = options.conditionOnAi === true;
  if (conditionOnAi && options.ai === undefined) {
    throw new ScrutineerError("invalid-input", "--condition-on-ai needs --ai");
  }
  const humans = await readJudgmentsFile(options.humans);
  const given = groupJudgments(
    humans,
    options.ai === undefined ? [] : await readJudgmentsFile(options.ai),
  );
  const golds = options.gold === undefined ? [] : await readGoldsOfUnits(options.gold, given.units);
  const judges = judgesOf(given);
  const judgments = judges.reduce((sum, judge) => sum + judge.judgments.length, 0);
  await makeEmpty(options.out);
  const dataDir = join(options.out, ".work");
  await mkdir(dataDir);

  output.say("starting a local chain, indexer, operator and api");
  const stack = await startStack({
    output,
    port: 0,
    rpcPort: 0,
    dataDir,
    chainState: join(options.out, "chain.json"),
  });
  try {
    const { provider, config } = stack;
    const api = createApiClient(stack.apiUrl);
    const now = (await provider.getBlock("latest"))?.timestamp ?? 0;
    const draft = replayTerms(judges, conditionOnAi, now);

    output.say(`seating ${judges.length} validators`);
    await seatJudges(provider, config.contracts, judges, draft, 100n * 10n ** 18n);
    await provider.send("anvil_mine", ["0x1"]);

    output.say(`importing ${given.units.length} items`);
    const rows = await rowsOf(output, stack, given.units, options.receipts === true, now);
    const upload = await uploadUnits(api, rows, judges);
    const part = upload.parts[0];
    if (part === undefined || upload.parts.length > 1) {
      throw new ScrutineerError("too-many-items", "a replay carries one task: 1 to 4,096 items");
    }
    const [sealed] = sealGolds(golds, [part]);
    if (sealed !== undefined) await handInGolds(api, sealed);
    const requester = new Wallet(Wallet.createRandom().privateKey, provider);
    const escrow = escrowUnits(completeTerms(draft, part, config));
    await fund(provider, config.contracts, requester.privateKey, escrow);
    const { taskId } = await createTask(api, requester, config, part, draft, sealed?.goldHash);
    await provider.send("anvil_mine", ["0x4"]);
    const open = await waitForTask(api, taskId, (task) => task.state === "Open");

    output.say("handing the judgments in");
    const intake = output.progress("judgments", judgments);
    const ballotVersions = await castBallots(config, [api], open, judges, intake);
    intake.stop();

    output.say("living through the deadlines: commit, reveal, settle");
    const deadlines = output.progress("deadlines", 1);
    const ais = judges.filter(({ role }) => role === "Ai").length;
    const settled = await liveThrough(
      provider,
      api,
      open,
      { human: judges.length - ais, ai: ais },
      deadlines,
    );
    deadlines.stop();

    output.say("releasing and verifying");
    const release = await api.post<ReleaseJson>("/releases", {
      taskIds: [taskId],
      licence: options.licence,
    });
    const releaseDir = join(options.out, "release");
    await downloadRelease(api, release as ReleaseJson, releaseDir);
    const trained =
      options.training === true
        ? await recordTraining(provider, config.contracts, requester, releaseDir)
        : undefined;
    const verify = await verifyRelease(releaseDir, provider, output, { model: trained?.model });

    const outcome = await readOutcome(provider, config.contracts.feedbackTasks, taskId);
    const ai = judges.find(({ role }) => role === "Ai");
    const json = {
      taskId,
      items: given.units.length,
      humanValidators: judges.length - ais,
      aiValidators: ais,
      judgments,
      duplicatesDropped: given.duplicatesDropped,
      identical: upload.identical,
      empty: upload.empty,
      ballotVersions,
      alpha: alphaAsGiven(humans),
      leaderboard: leaderboardAsGiven(humans),
      aiScorePpm: ai === undefined ? null : outcome.scores.get(ai.address)?.scorePpm,
      copycatScorePpm:
        ai === undefined
          ? null
          : copycatScorePpm(ai.judgments, judges, outcome, given.units.length, conditionOnAi),
      meanHumanScorePpm: meanHumanScorePpm(judges, outcome) ?? null,
      gasPerJudgment: Math.round(Number(outcome.gasUsed) / judgments),
      ...outcome.money,
      gold: outcome.gold,
      ...(rows.models === undefined
        ? {}
        : { models: rows.models.length, receipts: verify.lineage?.receipts.receipted ?? 0 }),
      ...(trained === undefined ? {} : { training: trained }),
      verify,
      release: releaseDir,
      seconds: (Date.now() - startedAt) / 1000,
    };
    return {
      json: json as unknown as { [key: string]: Json },
      holds: verify.ok,
      text: describe(json, settled, judges),
    };
  } finally {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface ImportedRows {
  readonly rows: readonly object[];
  /** Of which the rows' receipts speak; undefined without receipts. */
  readonly models?: readonly AnnexModel[];
}

async function rowsOf(
  output: Output,
  { provider, config }: Stack,
  units: readonly JudgmentRow[],
  withReceipts: boolean,
  now: number,
): Promise<ImportedRows> {
  if (!withReceipts) return { rows: units };
  output.say("recording the models, and signing for their answers");
  const executed = await recordModels(provider, config.contracts, units);
  const models = [...executed.values()].map(({ modelId, manifest }) => ({ modelId, manifest }));
  await waitForRecords(
    config.graphqlUrl,
    models.map(({ modelId }) => modelId),
  );
  const progress = output.progress("receipts", units.length);
  const { rows } = signUnits(units, executed, config, now, progress);
  progress.stop();
  return { rows, models };
}

/** One JSON line of options, then one line a unit. */
async function uploadUnits(
  api: ApiClient,
  { rows, models }: ImportedRows,
  judges: readonly SeatedJudge[],
): Promise<UploadJson> {
  const admitted = (wanted: SeatedJudge["role"]): string[] =>
    judges.filter(({ role }) => role === wanted).map(({ address }) => address);
  const ais = admitted("Ai");
  const options = {
    layout: "battles",
    shuffle: false,
    replay: true,
    title: "Replay of judgments made elsewhere",
    humans: admitted("Human"),
    ...(ais.length === 0 ? {} : { ais }),
    ...(models === undefined ? {} : { models }),
  };
  async function* lines(): AsyncGenerator<Uint8Array> {
    const utf8 = new TextEncoder();
    yield utf8.encode(`${JSON.stringify({ options })}\n`);
    for (const row of rows) yield utf8.encode(`${JSON.stringify(row)}\n`);
  }
  return api.upload<UploadJson>("/uploads?layout=battles", lines());
}

async function makeEmpty(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  if ((await readdir(dir)).length > 0) {
    throw new ScrutineerError("file-exists", `${dir} is not empty`, { dir });
  }
}

function describe(
  json: {
    items: number;
    judgments: number;
    alpha: number;
    leaderboard: Record<string, number>;
    gasPerJudgment: number;
    gold: GoldOutcome | null;
    seconds: number;
    release: string;
    models?: number;
    receipts?: number;
    training?: RecordedTraining;
    verify: { ok: boolean };
  },
  task: TaskJson,
  judges: readonly SeatedJudge[],
): string {
  const ranks = Object.entries(json.leaderboard).map(
    ([model, strength]) => `  ${model.padEnd(24)}${strength.toFixed(4).padStart(9)}`,
  );
  return [
    `${json.judgments} judgments of ${judges.length} validators on ${json.items} items: ${task.state}`,
    `Krippendorff's alpha ${json.alpha.toFixed(4)}`,
    ...ranks,
    `gas a judgment, from commit to credit: ${json.gasPerJudgment}`,
    ...(json.gold === null ? [] : [goldWords(json.gold)]),
    ...(json.receipts === undefined
      ? []
      : [`output receipts checked: ${json.receipts} of ${2 * json.items}, ${json.models} models`]),
    ...(json.training === undefined ? [] : [`the trace ends in model ${json.training.model}`]),
    `release in ${json.release}: ${json.verify.ok ? "verified" : "does NOT verify"}`,
    `${json.seconds.toFixed(0)} s`,
  ].join("\n");
}

function goldWords({ golds, valid, void: contradicted, gate, failed }: GoldOutcome): string {
  const judged = `${golds} golds, ${contradicted} contradicted by people`;
  return gate ? `${judged}: ${failed.length} failed the gate of ${valid}` : `${judged}: no gate`;
}
