/**
 * A small replay through the real path, again and again, with `kill -9` of its processes at seeded points: nothing that was
 * receipted is lost, doubled or changed. The first run is undisturbed; the others must come to the same.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Wallet, type JsonRpcProvider } from "ethers";
import type { PublicConfig } from "../../api/schemas/config.ts";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import type { UploadJson } from "../../api/schemas/uploads.ts";
import { TestToken__factory } from "../../bindings/index.ts";
import { freePort, startAnvil } from "../../cli/anvil.ts";
import { createApiClient, type ApiClient } from "../../cli/api-client.ts";
import { completeTerms, createTask } from "../../cli/create-task.ts";
import {
  deployLocally,
  openProvider,
  readDeployment,
  type Deployment,
} from "../../cli/deployment.ts";
import { fund, joinAll } from "../../cli/join.ts";
import { OPERATOR, RELAY, REQUESTER } from "../../cli/local/keys.ts";
import { moveTimeTo, waitForTask } from "../../cli/replay/live-through.ts";
import { replayTerms } from "../../cli/replay/replay-terms.ts";
import { judgesOf, seatJudges, type SeatedJudge } from "../../cli/replay/seat-judges.ts";
import { groupJudgments, type GivenJudgments } from "../../cli/replay/units.ts";
import { createValidatorClient } from "../../cli/validator-client.ts";
import { escrowUnits } from "../../protocol/terms.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import type { Hash } from "../../protocol/words.ts";
import { makeJudgments } from "../support/judgments-file.ts";
import { startPostgres, type PostgresServer } from "../support/postgres.ts";
import { createRandom } from "../support/random.ts";
import { differences, readCanonicalOutcome, type CanonicalOutcome } from "./outcome.ts";
import { createPatientApi } from "./patient-api.ts";
import { planKills, type Kill } from "./plan-kills.ts";
import { startProcesses, type Processes } from "./processes.ts";

export interface PathOptions {
  readonly seed: number;
  readonly runs: number;
  /** This one of the runs alone, to look at it again. */
  readonly only?: number | undefined;
  readonly say: (line: string) => void;
}

export interface PathReport {
  readonly seed: number;
  readonly judgments: number;
  readonly holds: boolean;
  readonly undisturbedSeconds: number;
  readonly runs: readonly {
    readonly run: number;
    readonly kills: readonly Kill[];
    readonly holds: boolean;
    /** Where it came to something else; the first few. */
    readonly differences: readonly string[];
    readonly seconds: number;
  }[];
}

const TOKEN = 10n ** 18n;
const DIFFERENCES_TOLD = 20;
/** Deadlines a conditioned task lives through; see `deadlinesOf`. */
const DEADLINES = 5;

export async function simulatePath({ seed, runs, only, say }: PathOptions): Promise<PathReport> {
  const folder = await mkdtemp(join(tmpdir(), "scrutineer-simulation-"));
  const postgres = await startPostgres();
  try {
    const given = smallReplay();
    const judges = judgesOf(given);
    const judgments = judges.reduce((sum, judge) => sum + judge.judgments.length, 0);
    const stage = await setTheStage(join(folder, "stage.json"), judges);
    const scene: Scene = { given, judges, stage, postgres, folder };

    const undisturbed = await timed(() => runReplay(scene, []));
    say(`undisturbed: ${judgments} judgments in ${undisturbed.seconds.toFixed(1)} s`);
    const done: PathReport["runs"][number][] = [];
    for (let run = only ?? 1; run <= (only ?? runs); run++) {
      const kills = planKills(createRandom(seed * 1_000 + run), judgments, DEADLINES);
      const disturbed = await timed(() => runReplay(scene, kills));
      const found = differences(undisturbed.result, disturbed.result);
      const holds = found.length === 0;
      say(
        `run ${run}: ${kills.length} kills, ${holds ? "the same" : "NOT the same"}, ${disturbed.seconds.toFixed(1)} s`,
      );
      done.push({
        run,
        kills,
        holds,
        differences: found.slice(0, DIFFERENCES_TOLD),
        seconds: disturbed.seconds,
      });
    }
    return {
      seed,
      judgments,
      holds: done.every(({ holds }) => holds),
      undisturbedSeconds: undisturbed.seconds,
      runs: done,
    };
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Scene {
  readonly given: GivenJudgments;
  readonly judges: readonly SeatedJudge[];
  readonly stage: Stage;
  readonly postgres: PostgresServer;
  readonly folder: string;
}

/** Five people and an AI, twelve items, of which one has identical and one an empty answer. */
function smallReplay(): GivenJudgments {
  const people = { units: 12, judges: ["ann", "bob", "cem", "dag", "eva"], coverage: 0.8 };
  return groupJudgments(
    makeJudgments({ seed: 1, diligence: 0.85, ...people }),
    makeJudgments({ seed: 2, units: 12, judges: ["model"], diligence: 0.7, coverage: 1 }),
  );
}

interface Stage {
  /** The chain with contracts, seats and money, saved: every run starts from it. */
  readonly file: string;
  readonly deployment: Deployment;
}

async function setTheStage(file: string, judges: readonly SeatedJudge[]): Promise<Stage> {
  const anvil = await startAnvil({ port: 0, stateFile: file });
  const provider = await openProvider(anvil.rpcUrl);
  try {
    const deployment = await readDeployment(
      provider,
      (await deployLocally(anvil.rpcUrl)).feedbackTasks.toLowerCase(),
    );
    const { contracts } = deployment;
    const operator = { ...OPERATOR, role: "Operator" as const, stakeUnits: 10n ** 6n * TOKEN };
    await joinAll(provider, contracts, [operator]);
    await fund(provider, contracts, RELAY.privateKey, 0n);
    await fund(provider, contracts, REQUESTER.privateKey, 10n ** 6n * TOKEN);
    await seatJudges(provider, contracts, judges, replayTerms(judges, true, 0), 100n * TOKEN);
    await provider.send("anvil_mine", ["0x2"]);
    return { file, deployment };
  } finally {
    provider.destroy();
    await anvil.stop();
  }
}

/** One life of the task, from import to the last payment, with these disturbances. */
async function runReplay(scene: Scene, kills: readonly Kill[]): Promise<CanonicalOutcome> {
  const { stage, judges, given } = scene;
  const { contracts, constants } = stage.deployment;
  const anvil = await startAnvil({ port: 0, loadFile: stage.file, blockSeconds: 1 });
  const provider = await openProvider(anvil.rpcUrl);
  let processes: Processes | undefined;
  try {
    processes = await startProcesses({
      rpcUrl: anvil.rpcUrl,
      feedbackTasks: contracts.feedbackTasks,
      databaseUrl: await scene.postgres.createDatabase(),
      dataDir: await mkdtemp(join(scene.folder, "run-")),
      apiPort: await freePort(),
      relayKey: RELAY.privateKey,
      // Nobody takes a dead process's place: its own successor has to.
      standbyIndexer: false,
    });
    const api = createPatientApi(processes.apiUrl);
    const task = await openReplayTask(api, provider, given, judges);
    const disturb = disturber(processes, kills);

    const config = await api.get<PublicConfig>("/config");
    await castInTurn(config, api, task, judges, (version) => disturb.start({ version }));
    await disturb.done();
    for (const [deadline, { at, reached }] of deadlinesOf(task, judges).entries()) {
      await moveTimeTo(provider, at);
      disturb.start({ deadline });
      await waitForTask(api, task.taskId, reached);
      await disturb.done();
    }
    await moveTimeTo(provider, task.terms.revealEndsAt + Number(constants.claimWindow));
    await waitUntilPaid(provider, stage.deployment);
    return await readCanonicalOutcome(
      provider,
      api,
      contracts.feedbackTasks,
      task.taskId,
      given.units.length,
    );
  } catch (cause) {
    throw new Error(`it did not come to its end:\n${processes?.lastWords() ?? ""}`, { cause });
  } finally {
    await processes?.stop();
    provider.destroy();
    await anvil.stop();
  }
}

async function openReplayTask(
  api: ApiClient,
  provider: JsonRpcProvider,
  given: GivenJudgments,
  judges: readonly SeatedJudge[],
): Promise<TaskJson> {
  const config = await api.get<PublicConfig>("/config");
  const admitted = (role: SeatedJudge["role"]) =>
    judges.filter((judge) => judge.role === role).map(({ address }) => address);
  const options = {
    layout: "battles",
    shuffle: false,
    replay: true,
    title: "Simulation",
    humans: admitted("Human"),
    ais: admitted("Ai"),
  };
  const text = [{ options }, ...given.units].map((line) => `${JSON.stringify(line)}\n`).join("");
  async function* body(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode(text);
  }
  const [part] = (
    await createApiClient(api.url).upload<UploadJson>("/uploads?layout=battles", body())
  ).parts;
  if (part === undefined) throw new Error("nothing was imported");
  const now = (await provider.getBlock("latest"))?.timestamp ?? 0;
  const draft = replayTerms(judges, true, now);
  const requester = new Wallet(REQUESTER.privateKey, provider);
  await fund(
    provider,
    config.contracts,
    REQUESTER.privateKey,
    escrowUnits(completeTerms(draft, part, config)),
  );
  const { taskId } = await createTask(api, requester, config, part, draft);
  await provider.send("anvil_mine", ["0x4"]);
  return waitForTask(api, taskId, ({ state }) => state === "Open");
}

/** One judgment a version, validators in turn, so that a kill finds all their ballots half-way. */
async function castInTurn(
  config: PublicConfig,
  api: ApiClient,
  task: TaskJson,
  judges: readonly SeatedJudge[],
  beforeVersion: (version: number) => void,
): Promise<void> {
  const casters = await Promise.all(
    judges.map(async (judge) => {
      const client = createValidatorClient(config, [api], judge.privateKey);
      await client.openSession(task.terms.revealEndsAt);
      const draw = judge.role === "Human" ? task.human : task.ai;
      const ticket = ticketsOf(task.seed as Hash, judge.address, BigInt(draw?.threshold ?? 0));
      return {
        left: [...judge.judgments],
        ballot: client.ballotIn(task.taskId, task.terms.receiptKey),
        ticket,
      };
    }),
  );
  let version = 0;
  while (casters.some(({ left }) => left.length > 0)) {
    for (const { left, ballot, ticket } of casters) {
      const judgment = left.shift();
      if (judgment === undefined) continue;
      beforeVersion(version++);
      const { itemIndex, verdict } = judgment;
      await ballot.judge(itemIndex, toPresented(verdict, ticket(itemIndex).flip));
    }
  }
}

interface Deadline {
  readonly at: number;
  readonly reached: (task: TaskJson) => boolean;
}

/** Each deadline, and what must have come about before the next one may pass. */
function deadlinesOf({ terms }: TaskJson, judges: readonly SeatedJudge[]): Deadline[] {
  const ais = judges.filter(({ role }) => role === "Ai").length;
  const { aiClosesAt, closesAt, commitEndsAt, revealEndsAt } = terms;
  return [
    { at: aiClosesAt - 300, reached: ({ progress }) => progress.ballotsCommitted >= ais },
    { at: closesAt, reached: ({ progress }) => progress.ballotsCommitted >= judges.length },
    { at: commitEndsAt, reached: ({ progress }) => progress.ballotsRevealed >= ais },
    {
      at: commitEndsAt + Math.floor((revealEndsAt - commitEndsAt) / 2),
      reached: ({ progress }) => progress.ballotsRevealed >= judges.length,
    },
    { at: revealEndsAt, reached: ({ state }) => state === "Settled" },
  ];
}

interface Disturber {
  /** Sets off the kills planned for this point; does not wait for them. */
  start(point: { version: number } | { deadline: number }): void;
  /** Resolves when everything that was set off runs again. */
  done(): Promise<void>;
}

function disturber(processes: Processes, kills: readonly Kill[]): Disturber {
  const underWay = new Map<Kill["victim"], Promise<void>>();
  return {
    start(point) {
      for (const { victim, at, delayMs } of kills) {
        if (JSON.stringify(at) !== JSON.stringify(point)) continue;
        // One process dies again only after it has risen.
        const earlier = underWay.get(victim) ?? Promise.resolve();
        const rising = earlier.then(() => wait(delayMs)).then(() => processes.restart(victim));
        // Whether it rose is asked by `done`, maybe much later.
        rising.catch(() => undefined);
        underWay.set(victim, rising);
      }
    },
    done: async () => void (await Promise.all(underWay.values())),
  };
}

/** Nothing is owed to anybody, and the bond is free. */
async function waitUntilPaid(provider: JsonRpcProvider, { contracts }: Deployment): Promise<void> {
  const token = TestToken__factory.connect(contracts.token, provider);
  const until = Date.now() + 120_000;
  while ((await token.balanceOf(contracts.feedbackTasks)) > 0n) {
    if (Date.now() > until) throw new Error("not everybody was paid within two minutes");
    await wait(100);
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const startedAt = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - startedAt) / 1_000 };
}
