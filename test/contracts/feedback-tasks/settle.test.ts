import { expect } from "chai";
import { id } from "ethers";

import type { Entry } from "../../../protocol/ballot.ts";
import { escrowUnits, lockUnits } from "../../../protocol/terms.ts";
import { ticketsOf, toPresented } from "../../../protocol/ticket.ts";
import type { CanonicalVerdict, Hex } from "../../../protocol/words.ts";
import type { Cast, OpenTask, Person, Stage } from "../../support/stage.ts";
import {
  cast,
  commit,
  createOpenTask,
  createStage,
  eligibleEntries,
  receiptOf,
  REFUSAL,
  reveal,
  settle,
  STATE,
  TOKEN,
} from "../../support/stage.ts";

describe("settle", () => {
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

  const truth = (itemIndex: number): CanonicalVerdict => (itemIndex % 2 === 0 ? 0 : 1);

  /** What this person answers, said in terms of A and B, whatever side was shown left. */
  function entriesOf(
    task: OpenTask,
    person: Person,
    answer: (itemIndex: number) => CanonicalVerdict,
  ): Entry[] {
    const ticket = ticketsOf(task.seed, person.address, task.human.threshold);
    return eligibleEntries(task, person).map(({ itemIndex }) => ({
      itemIndex,
      verdict: toPresented(answer(itemIndex), ticket(itemIndex).flip),
    }));
  }

  interface Revealed {
    readonly task: OpenTask;
    readonly casts: readonly Cast[];
    readonly entries: ReadonlyMap<string, Hex>;
  }

  /** The first four people answer as `answers` say; the last of `unopened` never opens. */
  async function revealedTask(
    answers: readonly ((itemIndex: number) => CanonicalVerdict)[],
    {
      unopened = 0,
      changes = {},
    }: { unopened?: number; changes?: Parameters<typeof createOpenTask>[1] } = {},
  ): Promise<Revealed> {
    const task = await createOpenTask(stage, { itemCount: 40, ...changes });
    const casts = answers.map((answer, i) => {
      const person = stage.humans[i] as Person;
      return cast(stage, task.taskId, person, entriesOf(task, person, answer));
    });
    await commit(
      stage,
      task.taskId,
      casts.map((made) => made.signed),
    );
    await stage.moveTo(task.terms.commitEndsAt);
    await reveal(
      stage,
      task.taskId,
      casts.slice(0, casts.length - unopened).map((made) => made.opening),
    );
    const events = await stage.tasks.queryFilter(stage.tasks.filters.BallotRevealed(task.taskId));
    await stage.moveTo(task.terms.revealEndsAt);
    return {
      task,
      casts,
      entries: new Map(events.map((event) => [event.args[1].toLowerCase(), event.args[2]])),
    };
  }

  const validatorsOf = (revealed: Revealed): string[] =>
    revealed.casts.map((made) => made.signed.validator);
  const entriesFor = (revealed: Revealed, validators: readonly string[]): Hex[] =>
    validators.map((validator) => revealed.entries.get(validator) ?? "0x");

  async function settleAll(revealed: Revealed): Promise<number[]> {
    const validators = validatorsOf(revealed);
    return settle(stage, revealed.task.taskId, validators, entriesFor(revealed, validators));
  }

  it("[G11] pays people who agree, credits refund and fees, and gives the rest to the commons", async () => {
    const revealed = await revealedTask([truth, truth, truth, truth, truth]);
    const { task } = revealed;
    expect(await settleAll(revealed)).to.deep.equal([0, 0, 0, 0, 0]);

    const books = (await stage.tasks.queryFilter(stage.tasks.filters.BooksClosed(task.taskId)))[0];
    const end = (await stage.tasks.queryFilter(stage.tasks.filters.TaskSettled(task.taskId)))[0];
    const ballots = await stage.tasks.queryFilter(stage.tasks.filters.BallotSettled(task.taskId));
    const paid = ballots.reduce((sum, event) => sum + event.args.payUnits, 0n);
    // Half of the agreement between people who always agree on two labels is chance; less where one label is rarer among
    // the items that the tickets drew.
    for (const event of ballots) expect(event.args.scorePpm).to.be.within(250_000n, 650_000n);
    expect(ballots.map((event) => event.args.multiplePpm)).to.deep.equal(Array(5).fill(1_000_000n));
    expect(end?.args.paidUnits).to.equal(paid);
    expect(
      (books?.args.refundUnits ?? 0n) +
        (books?.args.feeUnits ?? 0n) +
        paid +
        (end?.args.restUnits ?? 0n),
    ).to.equal(escrowUnits(task.terms));
    expect(await stage.tasks.creditOf(stage.requester.address)).to.equal(books?.args.refundUnits);
    expect(await stage.tasks.creditOf(stage.operator.address)).to.equal(books?.args.feeUnits);
    expect(await stage.tasks.creditOf(stage.commons.address)).to.equal(end?.args.restUnits);
    for (const event of ballots) {
      expect(await stage.tasks.creditOf(event.args.validator)).to.equal(event.args.payUnits);
      expect((await stage.registry.accountOf(event.args.validator)).lockedUnits).to.equal(0n);
    }
    expect(await stage.tasks.stateOf(task.taskId)).to.equal(STATE.Settled);
  });

  // guards: contracts/libraries/Scoring.sol "int256 d = int256(n * agreement) - int256(across);"
  it("[G10] scores a constant answer exactly zero", async () => {
    const revealed = await revealedTask([truth, truth, truth, () => 0, () => 2]);
    await settleAll(revealed);
    const ballots = await stage.tasks.queryFilter(
      stage.tasks.filters.BallotSettled(revealed.task.taskId),
    );
    expect(
      ballots.slice(3).map((event) => [event.args.scorePpm, event.args.payUnits]),
    ).to.deep.equal([
      [0n, 0n],
      [0n, 0n],
    ]);
    expect(ballots.slice(3).every((event) => event.args.lossUnits > 0n)).to.equal(true);
  });

  it("[G12] takes the loss of a bad ballot from its own lock, to the commons", async () => {
    const contrary = (itemIndex: number): CanonicalVerdict =>
      (1 - truth(itemIndex)) as CanonicalVerdict;
    // Everybody has every item, so that nobody honest loses by chance.
    const changes = { humanVotes: 5 };
    const revealed = await revealedTask([truth, truth, truth, contrary], { changes });
    const liar = stage.humans[3] as Person;
    const before = (await stage.registry.accountOf(liar.address)).stakedUnits;
    await settleAll(revealed);
    const event = (
      await stage.tasks.queryFilter(
        stage.tasks.filters.BallotSettled(revealed.task.taskId, liar.address),
      )
    )[0];
    expect(event?.args.multiplePpm).to.equal(-500_000n);
    const lock = lockUnits(
      revealed.task.terms,
      "Human",
      Number(revealed.casts[3]?.signed.judgments),
    );
    expect(event?.args.lossUnits).to.be.within(1n, lock);
    const account = await stage.registry.accountOf(liar.address);
    expect([before - account.stakedUnits, account.lockedUnits]).to.deep.equal([
      event?.args.lossUnits,
      0n,
    ]);
    expect(await stage.registry.commonsDueUnits()).to.equal(event?.args.lossUnits);
    expect((await stage.tasks.factsOf(revealed.task.taskId)).penaltyUnits).to.equal(
      event?.args.lossUnits,
    );
  });

  // guards: contracts/FeedbackTasks.sol "REGISTRY.forfeit(taskId, validator, lockUnits, lockUnits);"
  it("forfeits the whole lock of a ballot that was not opened", async () => {
    const revealed = await revealedTask([truth, truth, truth, truth], { unopened: 1 });
    const silent = stage.humans[3] as Person;
    const lock = lockUnits(
      revealed.task.terms,
      "Human",
      Number(revealed.casts[3]?.signed.judgments),
    );
    await expect(stage.tasks.settle(revealed.task.taskId, [silent.address], ["0x"]))
      .to.emit(stage.tasks, "BallotForfeited")
      .withArgs(revealed.task.taskId, silent.signer, lock);
    const account = await stage.registry.accountOf(silent.address);
    expect([account.stakedUnits, account.lockedUnits]).to.deep.equal([10_000n * TOKEN - lock, 0n]);
    expect((await stage.tasks.recordOf(revealed.task.taskId, silent.address)).settled).to.equal(
      true,
    );
  });

  it("[G13] settles in any order and chunks to the same figures, each ballot once", async () => {
    const noisy = (itemIndex: number): CanonicalVerdict =>
      ((itemIndex * 7) % 3) as CanonicalVerdict;
    const revealed = await revealedTask([truth, truth, noisy, truth, noisy], { unopened: 1 });
    const { taskId } = revealed.task;
    const validators = validatorsOf(revealed);
    const creditsAfter = async (orders: readonly (readonly number[])[]): Promise<string[]> => {
      const back = await stage.snapshot();
      for (const order of orders) {
        const some = order.map((i) => validators[i] ?? "");
        await settle(stage, taskId, some, entriesFor(revealed, some));
      }
      const everyone = [stage.requester, stage.operator, stage.commons, ...stage.humans];
      const figures = [
        ...(await Promise.all(everyone.map(({ address }) => stage.tasks.creditOf(address)))),
        ...(await Promise.all(
          stage.humans.map(
            async ({ address }) => (await stage.registry.accountOf(address)).stakedUnits,
          ),
        )),
        await stage.tasks.stateOf(taskId),
      ].map(String);
      await back();
      return figures;
    };
    const once = await creditsAfter([[0, 1, 2, 3, 4]]);
    expect(await creditsAfter([[4], [2, 0], [3], [1]])).to.deep.equal(once);
    expect(
      await creditsAfter([
        [3, 3, 2],
        [2, 1, 0, 4, 4],
      ]),
    ).to.deep.equal(once);
    expect(once.at(-1)).to.equal(String(STATE.Settled));
  });

  it("[G8] skips what does not fit and settles the rest", async () => {
    const revealed = await revealedTask([truth, truth, truth]);
    const { taskId } = revealed.task;
    const [first, second, third] = validatorsOf(revealed) as [string, string, string];
    const [a, b, c] = entriesFor(revealed, [first, second, third]) as [Hex, Hex, Hex];
    const refusals = await settle(
      stage,
      taskId,
      [first, first, second, stage.stranger.address, third],
      [a, a, `${b}00`, "0x", c],
    );
    expect(refusals).to.deep.equal([
      REFUSAL.None,
      REFUSAL.AlreadySettled,
      REFUSAL.WrongEntries,
      REFUSAL.NoRecord,
      REFUSAL.None,
    ]);
    expect(await stage.tasks.stateOf(taskId)).to.equal(STATE.Settling);
    expect(await settle(stage, taskId, [first, second], [a, b])).to.deep.equal([
      REFUSAL.AlreadySettled,
      REFUSAL.None,
    ]);
    expect(await stage.tasks.stateOf(taskId)).to.equal(STATE.Settled);
    expect((await stage.tasks.factsOf(taskId)).ballotsSettled).to.equal(3n);
  });

  it("closes the books at the first call, before any ballot", async () => {
    const revealed = await revealedTask([truth, truth, truth]);
    const { taskId, terms } = revealed.task;
    await stage.tasks.settle(taskId, [], []);
    const facts = await stage.tasks.factsOf(taskId);
    expect([facts.booksClosed, facts.ballotsSettled]).to.deep.equal([true, 0n]);
    expect(await stage.tasks.creditOf(stage.operator.address)).to.equal(
      facts.paidVotesHuman * terms.operatorFee,
    );
    await expect(stage.tasks.settle(taskId, [], [])).not.to.emit(stage.tasks, "BooksClosed");
  });

  it("[G4] refunds everything where nobody came", async () => {
    const task = await createOpenTask(stage, { aiVotes: 1, aiPrice: TOKEN });
    await stage.moveTo(task.terms.revealEndsAt);
    await expect(stage.tasks.settle(task.taskId, [], []))
      .to.emit(stage.tasks, "TaskSettled")
      .withArgs(task.taskId, 0n, 0n, 0n);
    expect(await stage.tasks.creditOf(stage.requester.address)).to.equal(escrowUnits(task.terms));
  });

  it("before revealEndsAt, or of a settled task, is refused", async () => {
    const task = await createOpenTask(stage);
    await expect(stage.tasks.settle(task.taskId, [], []))
      .to.be.revertedWithCustomError(stage.tasks, "WrongState")
      .withArgs(task.taskId, STATE.Open);
    await stage.moveTo(task.terms.revealEndsAt);
    await stage.tasks.settle(task.taskId, [], []);
    await expect(stage.tasks.settle(task.taskId, [], []))
      .to.be.revertedWithCustomError(stage.tasks, "WrongState")
      .withArgs(task.taskId, STATE.Settled);
    await expect(stage.tasks.settle(id("none"), [], [])).to.be.revertedWithCustomError(
      stage.tasks,
      "NoSuchTask",
    );
  });

  it("with lists of different lengths is refused", async () => {
    const revealed = await revealedTask([truth, truth, truth]);
    await expect(stage.tasks.settle(revealed.task.taskId, [stage.stranger.address], []))
      .to.be.revertedWithCustomError(stage.tasks, "LengthsDiffer")
      .withArgs(1n, 0n);
  });

  it("settles a void ballot at its reveal and never again", async () => {
    const task = await createOpenTask(stage);
    const human = stage.humans[0] as Person;
    const made = cast(stage, task.taskId, human, "0x00000009");
    await commit(stage, task.taskId, [made.signed]);
    await stage.moveTo(task.terms.commitEndsAt);
    await reveal(stage, task.taskId, [made.opening]);
    await stage.moveTo(task.terms.revealEndsAt);
    expect(await stage.tasks.settle.staticCall(task.taskId, [human.address], ["0x"])).to.deep.equal(
      [BigInt(REFUSAL.AlreadySettled)],
    );
    await expect(stage.tasks.settle(task.taskId, [], [])).to.emit(stage.tasks, "TaskSettled");
  });

  // guards: contracts/libraries/Scoring.sol "sheet.human.byAis[votes] = (0x60 * votes) << SUMS;"
  it("[G10] with AIs to condition on, pays nothing for copying them", async () => {
    const task = await createOpenTask(stage, {
      itemCount: 40,
      aiVotes: 1,
      aiPrice: TOKEN,
      conditionOnAi: true,
      fullPayScore: 130_000,
      breakEven: 20_000,
    });
    const ai = stage.ais[0] as Person;
    const aiTicket = ticketsOf(task.seed, ai.address, task.ai.threshold);
    const aiAnswer = (i: number): CanonicalVerdict =>
      i % 5 === 0 ? ((1 - truth(i)) as CanonicalVerdict) : truth(i);
    const aiCast = cast(
      stage,
      task.taskId,
      ai,
      eligibleEntries(task, ai, (i) => toPresented(aiAnswer(i), aiTicket(i).flip), "ai"),
    );
    const copycat = stage.humans[4] as Person;
    const casts = stage.humans.map((person) =>
      cast(
        stage,
        task.taskId,
        person,
        entriesOf(task, person, person === copycat ? aiAnswer : truth),
      ),
    );
    await commit(
      stage,
      task.taskId,
      [aiCast, ...casts].map((made) => made.signed),
    );
    await stage.moveTo(task.terms.commitEndsAt);
    await reveal(stage, task.taskId, [aiCast.opening]);
    await stage.moveTo(task.terms.commitEndsAt + 100n);
    await reveal(
      stage,
      task.taskId,
      casts.map((made) => made.opening),
    );
    const events = await stage.tasks.queryFilter(stage.tasks.filters.BallotRevealed(task.taskId));
    await stage.moveTo(task.terms.revealEndsAt);
    await stage.tasks.settle(
      task.taskId,
      events.map((event) => event.args[1]),
      events.map((event) => event.args[2]),
    );

    const scores = new Map(
      (await stage.tasks.queryFilter(stage.tasks.filters.BallotSettled(task.taskId))).map(
        (event) => [event.args.validator.toLowerCase(), event.args],
      ),
    );
    expect(scores.get(copycat.address)?.scorePpm).to.equal(0n);
    expect(scores.get(copycat.address)?.payUnits).to.equal(0n);
    expect(scores.get((stage.humans[0] as Person).address)?.payUnits).to.be.greaterThan(0n);
    expect(scores.get(ai.address)?.scorePpm).to.be.greaterThan(0n);
  });

  describe("releaseBond", () => {
    // guards: contracts/FeedbackTasks.sol "if (block.timestamp < until) revert BondStillHeld(until);"
    it("frees the operator's bond once the claim window is over", async () => {
      const task = await createOpenTask(stage);
      const until = task.terms.revealEndsAt + stage.constants.claimWindow;
      await stage.moveTo(until - 2n);
      await expect(stage.tasks.releaseBond(task.taskId))
        .to.be.revertedWithCustomError(stage.tasks, "BondStillHeld")
        .withArgs(until);
      await stage.moveTo(until);
      await expect(stage.tasks.connect(stage.stranger.signer).releaseBond(task.taskId))
        .to.emit(stage.tasks, "BondReleased")
        .withArgs(task.taskId, stage.operator.signer, task.terms.operatorBond);
      expect((await stage.registry.accountOf(stage.operator.address)).lockedUnits).to.equal(0n);
      expect((await stage.tasks.factsOf(task.taskId)).bondReleased).to.equal(true);
    });

    it("happens once, and for known tasks", async () => {
      const task = await createOpenTask(stage);
      await stage.moveTo(task.terms.revealEndsAt + stage.constants.claimWindow);
      await stage.tasks.releaseBond(task.taskId);
      await expect(stage.tasks.releaseBond(task.taskId))
        .to.be.revertedWithCustomError(stage.tasks, "BondAlreadyReleased")
        .withArgs(task.taskId);
      await expect(stage.tasks.releaseBond(id("none"))).to.be.revertedWithCustomError(
        stage.tasks,
        "NoSuchTask",
      );
    });
  });

  describe("withdraw", () => {
    it("[G13] pays a credit to its owner alone, whoever pays the gas", async () => {
      const revealed = await revealedTask([truth, truth, truth]);
      await settleAll(revealed);
      const human = stage.humans[0] as Person;
      const credit = await stage.tasks.creditOf(human.address);
      const before = await stage.token.balanceOf(human.address);
      await expect(stage.tasks.connect(stage.stranger.signer).withdrawFor(human.address))
        .to.emit(stage.tasks, "Withdrawn")
        .withArgs(human.signer, credit);
      expect((await stage.token.balanceOf(human.address)) - before).to.equal(credit);
      await expect(stage.tasks.connect(human.signer).withdraw())
        .to.be.revertedWithCustomError(stage.tasks, "NothingToWithdraw")
        .withArgs(human.signer);
      await stage.tasks.connect(stage.operator.signer).withdraw();
    });

    it("[G15] leaves exactly nothing once everybody has withdrawn", async () => {
      const revealed = await revealedTask([truth, truth, truth, () => 1], { unopened: 1 });
      await settleAll(revealed);
      for (const { address } of [stage.requester, stage.operator, stage.commons, ...stage.humans]) {
        if ((await stage.tasks.creditOf(address)) > 0n)
          await receiptOf(stage.tasks.withdrawFor(address));
      }
      expect(await stage.token.balanceOf(await stage.tasks.getAddress())).to.equal(0n);
    });
  });

  describe("the largest ballot and task", () => {
    it("stay under the cap on a transaction's gas at reveal and settle", async () => {
      const list = { itemCount: 4096, minJudgments: 4096 };
      const changes = { ...list, humanPrice: 1n, humanVotes: 5, oversubscription: 1_500_000 };
      const revealed = await revealedTask([truth, truth, truth], { changes });
      expect(revealed.casts.map((made) => Number(made.signed.judgments))).to.deep.equal([
        4096, 4096, 4096,
      ]);
      expect(await settleAll(revealed)).to.deep.equal([0, 0, 0]);
    });
  });
});
