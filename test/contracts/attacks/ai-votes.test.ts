import { expect } from "chai";

import type { CanonicalVerdict } from "../../../protocol/words.ts";
import { createRandom } from "../../support/random.ts";
import type { OpenTask, Person, Stage } from "../../support/stage.ts";
import { createOpenTask, createStage, REFUSAL, TOKEN } from "../../support/stage.ts";
import type { Answer } from "./played-task.ts";
import {
  castSaying,
  commitAll,
  contrary,
  outcomes,
  revealAll,
  settleAll,
  truth,
} from "./played-task.ts";

describe("AI validators", () => {
  let stage: Stage;
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 7, ais: 3 });
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  /** Commits, opens (AIs first) and settles what these people and AIs answer. */
  async function play(
    task: OpenTask,
    people: readonly (readonly [Person, Answer])[],
    ais: readonly (readonly [Person, Answer])[],
  ): Promise<Awaited<ReturnType<typeof outcomes>>> {
    const human = people.map(([person, answer]) => castSaying(stage, task, person, answer));
    const ai = ais.map(([person, answer]) =>
      castSaying(stage, task, person, answer, { role: "Ai" }),
    );
    const all = [...ai, ...human];
    expect(await commitAll(stage, task, all)).to.deep.equal(all.map(() => REFUSAL.None));
    await stage.moveTo(task.terms.commitEndsAt);
    await revealAll(stage, task, ai);
    const { commitEndsAt, revealEndsAt } = task.terms;
    await stage.moveTo(commitEndsAt + (revealEndsAt - commitEndsAt) / 2n);
    await revealAll(stage, task, human);
    await stage.moveTo(task.terms.revealEndsAt);
    await settleAll(
      stage,
      task,
      [...ais, ...people].map(([person]) => person),
    );
    return outcomes(stage, task);
  }

  // guards: contracts/libraries/Scoring.sol "if (rules.conditionOnAi) sheet.human.aiCells = aiCells;"
  it("[G10] that all say the contrary change nothing of what people earn", async () => {
    const task = await createOpenTask(stage, {
      itemCount: 40,
      humanVotes: 7,
      aiVotes: 3,
      aiPrice: TOKEN,
      oversubscription: 1_000_000,
    });
    const random = createRandom(7);
    const slips = stage.humans.map(() =>
      Array.from({ length: 40 }, (_, i) => (random.chance(0.7) ? truth(i) : contrary(i))),
    );
    const people = stage.humans.map(
      (person, i) => [person, (item: number) => slips[i]?.[item] ?? 2] as const,
    );
    const back = await stage.snapshot();
    const without = await play(task, people, []);
    await back();
    const beside = await play(
      task,
      people,
      stage.ais.map((ai) => [ai, contrary] as const),
    );
    for (const { address } of stage.humans)
      expect(beside.get(address)).to.deep.equal(without.get(address));
    expect(
      stage.humans.some(({ address }) => (without.get(address)?.payUnits ?? 0n) > 0n),
    ).to.equal(true);
    for (const { address } of stage.ais)
      expect(Number(beside.get(address)?.scorePpm)).to.be.below(0);
  });

  for (const seed of [1, 2, 3, 4, 5]) {
    // guards: contracts/libraries/Scoring.sol "int256 d = int256(n * agreement) - int256(across);"
    // guards: contracts/libraries/Scoring.sol "sheet.human.byAis[votes] = (0x60 * votes) << SUMS;"
    it(`[G10] and people who copy them or always say the same score exactly zero: random task ${seed}`, async () => {
      const random = createRandom(seed);
      const task = await createOpenTask(stage, {
        itemCount: random.between(20, 120),
        humanVotes: random.between(4, 7),
        aiVotes: random.between(1, 3),
        aiPrice: TOKEN,
        conditionOnAi: true,
      });
      const fixed = Array.from({ length: task.terms.itemCount }, () => ({
        truth: random.between(0, 2) as CanonicalVerdict,
        ai: random.between(0, 2) as CanonicalVerdict,
      }));
      const any = (): Answer => {
        const said = fixed.map((item) =>
          random.chance(0.6) ? item.truth : (random.between(0, 2) as CanonicalVerdict),
        );
        return (i) => said[i] ?? 2;
      };
      // AIs that agree give every item they have a ticket for a label; elsewhere the copycat says one thing.
      const labelled = new Set(
        stage.ais.flatMap((ai) =>
          castItems(castSaying(stage, task, ai, () => 0, { role: "Ai" }).opening.entries),
        ),
      );
      const otherwise = random.between(0, 2) as CanonicalVerdict;
      const copied: Answer = (i) => (labelled.has(i) ? (fixed[i]?.ai ?? 2) : otherwise);
      const [copycat, a, b, tie, ...others] = stage.humans as [Person, Person, Person, Person];
      const scores = await play(
        task,
        [
          [copycat, copied],
          [a, () => 0],
          [b, () => 1],
          [tie, () => 2],
          ...others.map((person: Person) => [person, any()] as const),
        ],
        stage.ais.map((ai) => [ai, (i: number) => fixed[i]?.ai ?? 2] as const),
      );
      for (const { address } of [copycat, a, b, tie])
        expect([scores.get(address)?.scorePpm, scores.get(address)?.payUnits]).to.deep.equal([
          0n,
          0n,
        ]);
      expect(others.some(({ address }) => scores.get(address)?.scorePpm !== 0n)).to.equal(true);
    });
  }
});

/** The items of packed entries. */
function castItems(entries: unknown): number[] {
  return (
    String(entries)
      .slice(2)
      .match(/.{8}/g)
      ?.map((entry) => parseInt(entry.slice(0, 6), 16)) ?? []
  );
}
