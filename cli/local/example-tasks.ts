/** What a fresh local chain shows: a task carried to its settlement and released, and one open to judge. */
import { Wallet, type JsonRpcProvider } from "ethers";
import type { PublicConfig } from "../../api/schemas/config.ts";
import type { ReleaseJson } from "../../api/schemas/releases.ts";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import { IStakeRegistry__factory } from "../../bindings/index.ts";
import { MAX_HUMAN_VOTES_PER_ITEM } from "../../protocol/terms.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import type { ApiClient } from "../api-client.ts";
import { createTask, termsDraftSchema, type TermsDraft } from "../create-task.ts";
import type { Output } from "../output.ts";
import { liveThrough, waitForTask } from "../replay/live-through.ts";
import { uploadExampleSet, type ExampleSet } from "./example-set.ts";
import { REQUESTER, SIMULATED, type LocalKey } from "./keys.ts";
import { seededRandom } from "./seeded-random.ts";
import { judgeTask } from "./simulated-validator.ts";

export interface LocalScene {
  readonly provider: JsonRpcProvider;
  readonly api: ApiClient;
  readonly config: PublicConfig;
  readonly output: Output;
  readonly examples: ExampleSet;
}

/** As `IStakeRegistry.Role` numbers it. */
const HUMAN = 1n;
const TOKEN = 10n ** 18n;
const HOUR = 3_600;
const MINUTE = 60;

interface Deadlines {
  readonly judging: number;
  readonly committing: number;
  readonly revealing: number;
}

/** Real people need time to judge; unbonding, a day here, bounds the whole. */
const OPEN: Deadlines = { judging: 12 * HOUR, committing: 10 * MINUTE, revealing: 10 * MINUTE };
/** Passed by moving the chain's time, so short, yet longer than a slow machine takes to judge it. */
const SETTLED: Deadlines = { judging: 5 * MINUTE, committing: MINUTE, revealing: MINUTE };

/** One careful, one ordinary, one hasty: so that pay differs. */
const NOISE = [0.08, 0.2, 0.4];

/** Every item open to every seat: as many votes as seats. */
function draftTerms(
  votes: number,
  now: number,
  { judging, committing, revealing }: Deadlines,
): TermsDraft {
  const closesAt = now + judging;
  return termsDraftSchema.parse({
    humanVotes: votes,
    humanPrice: TOKEN.toString(),
    operatorFee: (TOKEN / 10n).toString(),
    closesAt,
    commitEndsAt: closesAt + committing,
    revealEndsAt: closesAt + committing + revealing,
  });
}

/** Imports, accepts, funds and opens a task; `humans` absent: open to all human seats. */
async function openExample(
  scene: LocalScene,
  title: string,
  votes: number,
  deadlines: Deadlines,
  humans?: readonly Address[],
): Promise<TaskJson> {
  const { provider, api, config } = scene;
  const part = await uploadExampleSet(api, scene.examples, title, humans);
  const now = (await provider.getBlock("latest"))?.timestamp ?? 0;
  const requester = new Wallet(REQUESTER.privateKey, provider);
  const draft = draftTerms(votes, now, deadlines);
  const { taskId } = await createTask(api, requester, config, part, draft);
  // Past the seed block; the operator opens it at once.
  await provider.send("anvil_mine", ["0x3"]);
  return waitForTask(api, taskId, ({ state }) => state === "Open");
}

/** A task judged by the simulated validators alone, lived through to the last payment, and its release. */
export async function showSettledExample(
  scene: LocalScene,
): Promise<{ taskId: Hash; release: ReleaseJson }> {
  const { provider, api, output } = scene;
  const judges = SIMULATED.map(({ address }) => address);
  const task = await openExample(scene, "Example, settled", judges.length, SETTLED, judges);
  const bar = output.progress("example judgments", judges.length * task.terms.itemCount);
  await judgeAll(task, scene, SIMULATED);
  bar.stop();
  const deadlines = output.progress("example deadlines", 4);
  await liveThrough(provider, api, task, { human: judges.length, ai: 0 }, deadlines);
  deadlines.stop();
  const release = await api.post<ReleaseJson>("/releases", {
    taskIds: [task.taskId],
    licence: "mit",
  });
  return { taskId: task.taskId, release: release as ReleaseJson };
}

/** A task for every human seat there is; beyond the most votes an item may have, tickets share the items out. */
export async function showOpenExample(scene: LocalScene): Promise<TaskJson> {
  const { provider, config } = scene;
  const registry = IStakeRegistry__factory.connect(config.contracts.stakeRegistry, provider);
  const seats = Number(await registry.activeSeatsAt(HUMAN, await provider.getBlockNumber()));
  const votes = Math.min(seats, MAX_HUMAN_VOTES_PER_ITEM);
  return openExample(scene, "Example, open to judge", votes, OPEN);
}

/** A task of their own for one who joined when the open example was there already. */
export async function showExampleTo(newcomer: Address, scene: LocalScene): Promise<TaskJson> {
  const humans = [newcomer, ...SIMULATED.map(({ address }) => address)];
  return openExample(scene, "Example, for you to judge", humans.length, OPEN, humans);
}

/** Has the validators judge all they can get, side by side. */
export async function judgeAll(
  task: TaskJson,
  { api, config, examples }: LocalScene,
  judges: readonly LocalKey[],
  pauseMs = 0,
  signal?: AbortSignal,
): Promise<void> {
  await Promise.all(
    judges.map((key, index) =>
      judgeTask(task, {
        api,
        config,
        key,
        better: examples.better,
        noise: NOISE[index % NOISE.length] as number,
        random: seededRandom(index + 1),
        pauseMs,
        ...(signal === undefined ? {} : { signal }),
      }),
    ),
  );
}
