import { expect } from "chai";
import { id } from "ethers";

import type { Gold } from "../../../protocol/gold.ts";
import { encodeGolds, goldHashOf } from "../../../protocol/gold.ts";
import { ticketsOf, toPresented } from "../../../protocol/ticket.ts";
import type { CanonicalVerdict, Hash, Hex } from "../../../protocol/words.ts";
import type { OpenTask, Person, Stage } from "../../support/stage.ts";
import {
  cast,
  commit,
  createOpenTask,
  createStage,
  eligibleEntries,
  reveal,
  settle,
  STATE,
} from "../../support/stage.ts";

const ITEMS = 40;
const SALT: Hash = id("gold salt");
/** IFeedbackTasks.GoldStage. */
const GOLD = { Sealed: 0n, Opened: 1n, NoGate: 2n, Gate: 3n } as const;

const truth = (itemIndex: number): CanonicalVerdict => (itemIndex % 2 === 0 ? 0 : 1);
const contrary = (itemIndex: number): CanonicalVerdict =>
  (1 - truth(itemIndex)) as CanonicalVerdict;
/** Six golds of 40 items, 0, 6, 12 and so on, all answered A. */
const HONEST: Gold[] = Array.from({ length: 6 }, (_, i) => ({ itemIndex: 6 * i, answer: 0 }));

describe("gold", () => {
  let stage: Stage;
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 5, ais: 1 });
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  const pack = (golds: readonly Gold[], itemCount = ITEMS): Hex => encodeGolds(golds, itemCount);

  /** Five votes and five people: everybody has a ticket for everything. */
  async function taskWith(golds: Hex): Promise<OpenTask> {
    const goldHash = goldHashOf(SALT, golds);
    return createOpenTask(stage, { itemCount: ITEMS, humanVotes: 5, goldHash });
  }

  /** Each of the first people answers its items as its function says; at `commitEndsAt` nothing is opened yet. */
  async function committed(
    task: OpenTask,
    answers: readonly ((itemIndex: number) => CanonicalVerdict)[],
  ): Promise<() => Promise<void>> {
    const casts = answers.map((answer, i) => {
      const person = stage.humans[i] as Person;
      const ticket = ticketsOf(task.seed, person.address, task.human.threshold);
      const entries = eligibleEntries(task, person).map(({ itemIndex }) => ({
        itemIndex,
        verdict: toPresented(answer(itemIndex), ticket(itemIndex).flip),
      }));
      return cast(stage, task.taskId, person, entries);
    });
    await commit(
      stage,
      task.taskId,
      casts.map(({ signed }) => signed),
    );
    await stage.moveTo(task.terms.commitEndsAt);
    return async () => {
      await reveal(
        stage,
        task.taskId,
        casts.map(({ opening }) => opening),
      );
    };
  }

  async function settleAll(task: OpenTask): Promise<void> {
    const revealed = await stage.tasks.queryFilter(stage.tasks.filters.BallotRevealed(task.taskId));
    await settle(
      stage,
      task.taskId,
      revealed.map((event) => event.args[1]),
      revealed.map((event) => event.args[2]),
    );
  }

  const stageOf = async (task: OpenTask): Promise<bigint> =>
    (await stage.tasks.factsOf(task.taskId)).gold;

  describe("openGold", () => {
    it("makes the golds public, by whoever holds them", async () => {
      const golds = pack(HONEST);
      const task = await taskWith(golds);
      await stage.moveTo(task.terms.commitEndsAt);
      expect(await stageOf(task)).to.equal(GOLD.Sealed);
      await expect(stage.tasks.connect(stage.stranger.signer).openGold(task.taskId, SALT, golds))
        .to.emit(stage.tasks, "GoldOpened")
        .withArgs(task.taskId, golds);
      expect(await stageOf(task)).to.equal(GOLD.Opened);
    });

    // guards: contracts/FeedbackTasks.sol "Gold.open(_existingIn(taskId, State.Revealing), taskId, salt, golds);"
    it("before commits have ended is refused: nobody may answer with the golds known", async () => {
      const golds = pack(HONEST);
      const task = await taskWith(golds);
      await stage.moveTo(task.terms.commitEndsAt - 2n);
      await expect(stage.tasks.openGold(task.taskId, SALT, golds))
        .to.be.revertedWithCustomError(stage.tasks, "WrongState")
        .withArgs(task.taskId, STATE.Committing);
    });

    // guards: contracts/libraries/Gold.sol "if (block.timestamp >= until) revert IFeedbackTasks.TooLateForGold(until);"
    it("in the second half of Revealing is refused: too late to choose by what was revealed", async () => {
      const golds = pack(HONEST);
      const task = await taskWith(golds);
      const until =
        task.terms.commitEndsAt + (task.terms.revealEndsAt - task.terms.commitEndsAt) / 2n;
      await stage.moveTo(until - 2n);
      const back = await stage.snapshot();
      await stage.tasks.openGold(task.taskId, SALT, golds); // the last second
      await back();
      await stage.moveTo(until - 1n);
      await expect(stage.tasks.openGold(task.taskId, SALT, golds))
        .to.be.revertedWithCustomError(stage.tasks, "TooLateForGold")
        .withArgs(until);
    });

    // guards: contracts/libraries/Gold.sol "if (keccak256(abi.encode(salt, golds)) != task.goldHash) revert IFeedbackTasks.WrongGold(taskId);"
    it("with another salt or other golds is refused, also where there are none", async () => {
      const golds = pack(HONEST);
      const task = await taskWith(golds);
      const without = await createOpenTask(stage, { itemCount: ITEMS });
      await stage.moveTo(without.terms.commitEndsAt);
      for (const [taskId, salt, packed] of [
        [task.taskId, id("another salt"), golds],
        [task.taskId, SALT, pack(HONEST.slice(1))],
        [without.taskId, SALT, golds],
        [without.taskId, SALT, "0x"],
      ] as const) {
        await expect(stage.tasks.openGold(taskId, salt, packed))
          .to.be.revertedWithCustomError(stage.tasks, "WrongGold")
          .withArgs(taskId);
      }
    });

    for (const [why, golds] of [
      ["a broken length", "0x00000000aa"],
      ["a tie", "0x00000002"],
      ["an item twice", "0x0000010000000101"],
      ["an item that there is not", "0x00002800"],
      ["more than 15 % of the items", pack(HONEST) + "00002700"],
    ] as const) {
      // guards: contracts/libraries/Gold.sol "if (!isWellFormed(golds, task.itemCount)) revert IFeedbackTasks.MalformedGold(taskId);"
      it(`of ${why} is refused, though bound by the terms`, async () => {
        const task = await taskWith(golds);
        await stage.moveTo(task.terms.commitEndsAt);
        await expect(stage.tasks.openGold(task.taskId, SALT, golds))
          .to.be.revertedWithCustomError(stage.tasks, "MalformedGold")
          .withArgs(task.taskId);
      });
    }

    it("happens once", async () => {
      const golds = pack(HONEST);
      const task = await taskWith(golds);
      await stage.moveTo(task.terms.commitEndsAt);
      await stage.tasks.openGold(task.taskId, SALT, golds);
      await expect(stage.tasks.openGold(task.taskId, SALT, golds))
        .to.be.revertedWithCustomError(stage.tasks, "GoldAlreadyOpened")
        .withArgs(task.taskId);
    });

    it("of an unknown task is refused", async () => {
      await expect(stage.tasks.openGold(id("none"), SALT, "0x")).to.be.revertedWithCustomError(
        stage.tasks,
        "NoSuchTask",
      );
    });
  });

  describe("judgeGold", () => {
    async function opened(
      golds: readonly Gold[],
      answers: readonly ((itemIndex: number) => CanonicalVerdict)[],
    ): Promise<OpenTask> {
      const packed = pack(golds);
      const task = await taskWith(packed);
      const openAll = await committed(task, answers);
      await stage.tasks.openGold(task.taskId, SALT, packed);
      await openAll();
      await stage.moveTo(task.terms.revealEndsAt);
      return task;
    }

    // guards: contracts/FeedbackTasks.sol "if (task.gold == GoldStage.Opened) revert GoldNotJudged(taskId);"
    it("[G14] is anybody's to do, before anything is settled", async () => {
      const task = await opened(HONEST, [truth, truth, truth]);
      await expect(stage.tasks.settle(task.taskId, [], []))
        .to.be.revertedWithCustomError(stage.tasks, "GoldNotJudged")
        .withArgs(task.taskId);
      await expect(stage.tasks.connect(stage.stranger.signer).judgeGold(task.taskId, pack(HONEST)))
        .to.emit(stage.tasks, "GoldJudged")
        .withArgs(task.taskId, 6n, 0n, true);
      expect(await stageOf(task)).to.equal(GOLD.Gate);
      await settleAll(task);
      expect(await stage.tasks.stateOf(task.taskId)).to.equal(STATE.Settled);
    });

    // guards: contracts/libraries/Gold.sol "if (isVoid(Tallies.ofPeople(book, itemIndex), answer)) {"
    // guards: contracts/libraries/Gold.sol "bool gate = 10 * contradicted <= count;"
    it("finds void what people contradict, and no gate where that is over a tenth", async () => {
      const wrong = HONEST.map((gold, i) => (i === 0 ? { ...gold, answer: 1 as const } : gold));
      const task = await opened(wrong, [truth, truth, truth, truth, contrary]);
      await expect(stage.tasks.judgeGold(task.taskId, pack(wrong)))
        .to.emit(stage.tasks, "GoldJudged")
        .withArgs(task.taskId, 5n, 1n, false);
      expect(await stageOf(task)).to.equal(GOLD.NoGate);
      await settleAll(task);
      expect(
        await stage.tasks.queryFilter(stage.tasks.filters.GoldGateFailed(task.taskId)),
      ).to.deep.equal([]);
    });

    // guards: contracts/libraries/Gold.sol "if (keccak256(golds) != task.goldHash) revert IFeedbackTasks.WrongGold(taskId);"
    it("of other golds than those opened is refused", async () => {
      const task = await opened(HONEST, [truth, truth, truth]);
      await expect(stage.tasks.judgeGold(task.taskId, pack(HONEST.slice(1))))
        .to.be.revertedWithCustomError(stage.tasks, "WrongGold")
        .withArgs(task.taskId);
    });

    // guards: contracts/FeedbackTasks.sol "Gold.judge(_existingIn(taskId, State.Settling), _goldKeys[taskId], _tallies[taskId], taskId, golds);"
    it("while votes are still counted is refused", async () => {
      const task = await taskWith(pack(HONEST));
      await stage.moveTo(task.terms.commitEndsAt);
      await stage.tasks.openGold(task.taskId, SALT, pack(HONEST));
      await stage.moveTo(task.terms.revealEndsAt - 2n);
      await expect(stage.tasks.judgeGold(task.taskId, pack(HONEST)))
        .to.be.revertedWithCustomError(stage.tasks, "WrongState")
        .withArgs(task.taskId, STATE.Revealing);
    });

    it("happens once, and only where golds were opened", async () => {
      const task = await opened(HONEST, [truth, truth, truth]);
      await stage.tasks.judgeGold(task.taskId, pack(HONEST));
      await expect(stage.tasks.judgeGold(task.taskId, pack(HONEST)))
        .to.be.revertedWithCustomError(stage.tasks, "NoGoldToJudge")
        .withArgs(task.taskId);
      const sealed = await taskWith(pack(HONEST));
      await stage.moveTo(sealed.terms.revealEndsAt);
      await expect(stage.tasks.judgeGold(sealed.taskId, pack(HONEST)))
        .to.be.revertedWithCustomError(stage.tasks, "NoGoldToJudge")
        .withArgs(sealed.taskId);
    });
  });

  describe("the gate at settle", () => {
    /** Four people tell the truth and one the contrary; what the liar's ballot came to, with gold and without. */
    async function outcomes(open: boolean): Promise<{
      task: OpenTask;
      multiples: Map<string, bigint>;
      failed: { validator: string; right: bigint; wrong: bigint }[];
    }> {
      const packed = pack(HONEST);
      const task = await taskWith(packed);
      // Wrong on the golds alone, so that agreement elsewhere earns more than nothing.
      const missesGold = (itemIndex: number): CanonicalVerdict =>
        itemIndex % 6 === 0 ? 2 : truth(itemIndex);
      const openAll = await committed(task, [truth, truth, truth, truth, missesGold]);
      if (open) await stage.tasks.openGold(task.taskId, SALT, packed);
      await openAll();
      await stage.moveTo(task.terms.revealEndsAt);
      if (open) await stage.tasks.judgeGold(task.taskId, packed);
      await settleAll(task);
      const settled = await stage.tasks.queryFilter(stage.tasks.filters.BallotSettled(task.taskId));
      const failed = await stage.tasks.queryFilter(stage.tasks.filters.GoldGateFailed(task.taskId));
      return {
        task,
        multiples: new Map(
          settled.map(({ args }) => [args.validator.toLowerCase(), args.multiplePpm]),
        ),
        failed: failed.map(({ args }) => ({
          validator: args.validator.toLowerCase(),
          right: args.right,
          wrong: args.wrong,
        })),
      };
    }

    // guards: contracts/libraries/Scoring.sol "if (outcome.goldsMissed != 0 && multiplePpm > 0) multiplePpm = 0;"
    it("takes the pay of who missed the golds, and of nobody else; a tie is a miss", async () => {
      const { address } = stage.humans[4] as Person;
      const back = await stage.snapshot();
      const without = await outcomes(false);
      await back();
      const { multiples, failed } = await outcomes(true);

      expect(failed).to.deep.equal([{ validator: address, right: 0n, wrong: 6n }]);
      expect(without.multiples.get(address)).to.be.greaterThan(0n);
      expect(multiples.get(address)).to.equal(0n);
      for (const { address: honest } of stage.humans.slice(0, 4))
        expect(multiples.get(honest)).to.equal(without.multiples.get(honest));
      expect(await stage.tasks.creditOf(address)).to.equal(0n);
    });

    // guards: contracts/FeedbackTasks.sol "if (task.gold == GoldStage.Opened) revert GoldNotJudged(taskId);"
    it("asks nothing where the golds stay sealed", async () => {
      const { task, failed } = await outcomes(false);
      expect(failed).to.deep.equal([]);
      expect(await stageOf(task)).to.equal(GOLD.Sealed);
      expect(await stage.tasks.stateOf(task.taskId)).to.equal(STATE.Settled);
    });
  });

  it("of the largest task is opened and judged within one transaction's gas", async () => {
    const golds = pack(
      Array.from({ length: 614 }, (_, i) => ({ itemIndex: 6 * i, answer: 0 })),
      4096,
    );
    const task = await createOpenTask(stage, {
      itemCount: 4096,
      aiVotes: 1,
      aiPrice: 1n,
      humanPrice: 1n,
      goldHash: goldHashOf(SALT, golds),
    });
    await stage.moveTo(task.terms.commitEndsAt);
    await stage.tasks.openGold(task.taskId, SALT, golds);
    await stage.moveTo(task.terms.revealEndsAt);
    await expect(stage.tasks.judgeGold(task.taskId, golds))
      .to.emit(stage.tasks, "GoldJudged")
      .withArgs(task.taskId, 614n, 0n, true);
  });
});
