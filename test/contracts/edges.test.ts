import { expect } from "chai";
import { computeAddress, id } from "ethers";

import { encodeGolds, goldHashOf } from "../../protocol/gold.ts";
import type { Terms } from "../../protocol/terms.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import { sessionDigest } from "../../protocol/typed-data.ts";
import type { Hash } from "../../protocol/words.ts";
import type { OpenTask, Person, Stage, TxPromise } from "../support/stage.ts";
import {
  authorizeSession,
  cast,
  createOpenTask,
  createStage,
  createTask,
  eligibleEntries,
  keyOf,
  termsFor,
  TOKEN,
} from "../support/stage.ts";

/** Every window is half-open: its first second belongs to it, the second at its end does not. */
describe("the first second and the last", () => {
  let stage: Stage;
  let restore: () => Promise<void>;
  let human: Person;
  let ai: Person;

  before(async () => {
    stage = await createStage({ humans: 5, ais: 2 });
    human = stage.humans[0] as Person;
    ai = stage.ais[0] as Person;
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  /** What is sent next is mined in a block of exactly this time. */
  async function at(time: bigint, send: () => TxPromise): TxPromise {
    await stage.connection.provider.request({
      method: "evm_setNextBlockTimestamp",
      params: [`0x${time.toString(16)}`],
    });
    return send();
  }

  /** The same action in both seconds, each from here. */
  async function inBoth(
    inside: bigint,
    outside: bigint,
    send: () => TxPromise,
    refusal: string,
  ): Promise<void> {
    const back = await stage.snapshot();
    await at(inside, send);
    await back();
    await expect(at(outside, send)).to.be.revertedWithCustomError(stage.tasks, refusal);
  }

  const tasks = (): Stage["tasks"] => stage.tasks.connect(stage.deployer.signer);
  const castOf = (task: OpenTask, person: Person): ReturnType<typeof cast> =>
    cast(stage, task.taskId, person, eligibleEntries(task, person));
  const commits = (task: OpenTask, person: Person): (() => TxPromise) => {
    const { signed } = castOf(task, person);
    return () => tasks().commit(task.taskId, [signed]);
  };
  const reveals = (task: OpenTask, person: Person): (() => TxPromise) => {
    const { opening } = castOf(task, person);
    return () => tasks().reveal(task.taskId, [opening]);
  };
  const conditioned: Partial<Terms> = { aiVotes: 1, aiPrice: TOKEN / 10n, conditionOnAi: true };

  async function funded(changes: Partial<Terms> = {}): Promise<{ taskId: Hash; terms: Terms }> {
    const terms = await termsFor(stage, changes);
    const taskId = await createTask(stage, terms);
    await stage.mine(3);
    return { taskId, terms };
  }

  it("opening ends at closesAt", async () => {
    const { taskId, terms } = await funded();
    const send = (): TxPromise => tasks().openTask(taskId);
    await inBoth(terms.closesAt - 1n, terms.closesAt, send, "TooLateToOpen");
  });

  it("opening ends at aiClosesAt where AIs go first", async () => {
    const { taskId, terms } = await funded(conditioned);
    const send = (): TxPromise => tasks().openTask(taskId);
    await inBoth(terms.aiClosesAt - 1n, terms.aiClosesAt, send, "TooLateToOpen");
  });

  it("cancelling what nobody opened begins at closesAt", async () => {
    const { taskId, terms } = await funded();
    const send = (): TxPromise => tasks().cancelTask(taskId);
    await inBoth(terms.closesAt, terms.closesAt - 1n, send, "NotCancellable");
  });

  it("committing ends at commitEndsAt", async () => {
    const task = await createOpenTask(stage);
    const { commitEndsAt } = task.terms;
    await inBoth(commitEndsAt - 1n, commitEndsAt, commits(task, human), "WrongState");
  });

  it("committing ends at aiClosesAt for AIs that go first", async () => {
    const task = await createOpenTask(stage, conditioned);
    const { aiClosesAt } = task.terms;
    const back = await stage.snapshot();
    const send = commits(task, ai);
    await expect(at(aiClosesAt - 1n, send)).to.emit(stage.tasks, "BallotCommitted");
    await back();
    await expect(at(aiClosesAt, send)).to.not.emit(stage.tasks, "BallotCommitted");
  });

  describe("given committed ballots", () => {
    it("revealing begins at commitEndsAt", async () => {
      const task = await createOpenTask(stage);
      await commits(task, human)();
      const { commitEndsAt } = task.terms;
      await inBoth(commitEndsAt, commitEndsAt - 1n, reveals(task, human), "WrongState");
    });

    it("revealing ends at revealEndsAt", async () => {
      const task = await createOpenTask(stage);
      await commits(task, human)();
      const { revealEndsAt } = task.terms;
      await inBoth(revealEndsAt - 1n, revealEndsAt, reveals(task, human), "WrongState");
    });

    it("AIs' half of revealing ends, and people's begins, at its middle", async () => {
      const task = await createOpenTask(stage, conditioned);
      await commits(task, human)();
      await commits(task, ai)();
      const { commitEndsAt, revealEndsAt } = task.terms;
      const half = commitEndsAt + (revealEndsAt - commitEndsAt) / 2n;
      for (const [person, inside, outside] of [
        [ai, half - 1n, half],
        [human, half, half - 1n],
      ] as const) {
        const back = await stage.snapshot();
        const send = reveals(task, person);
        await expect(at(inside, send)).to.emit(stage.tasks, "BallotRevealed");
        await back();
        const again = await stage.snapshot();
        await expect(at(outside, send)).to.not.emit(stage.tasks, "BallotRevealed");
        await again();
      }
    });

    it("settling begins at revealEndsAt", async () => {
      const task = await createOpenTask(stage);
      await commits(task, human)();
      const { revealEndsAt } = task.terms;
      const send = (): TxPromise => tasks().settle(task.taskId, [human.address], ["0x"]);
      await inBoth(revealEndsAt, revealEndsAt - 1n, send, "WrongState");
    });
  });

  it("the bond is held until the claim window is over", async () => {
    const task = await createOpenTask(stage);
    const until = task.terms.revealEndsAt + stage.constants.claimWindow;
    const send = (): TxPromise => tasks().releaseBond(task.taskId);
    await inBoth(until, until - 1n, send, "BondStillHeld");
  });

  it("a session ends at expiresAt", async () => {
    const task = await createOpenTask(stage);
    const expiresAt = task.terms.closesAt - 100n;
    const key = keyOf("edge");
    await authorizeSession(stage, human, key, expiresAt);
    const { signed } = cast(stage, task.taskId, human, eligibleEntries(task, human), {
      signer: key,
    });
    const send = (): TxPromise => tasks().commit(task.taskId, [signed]);
    const back = await stage.snapshot();
    await expect(at(expiresAt - 1n, send)).to.emit(stage.tasks, "BallotCommitted");
    await back();
    await expect(at(expiresAt, send)).to.not.emit(stage.tasks, "BallotCommitted");
  });

  it("a session that expires at closesAt is too short for what is committed later", async () => {
    const task = await createOpenTask(stage);
    const { closesAt } = task.terms;
    for (const [name, expiresAt, committed] of [
      ["short", closesAt, false],
      ["long", closesAt + 1n, true],
    ] as const) {
      const back = await stage.snapshot();
      const key = keyOf(name);
      await authorizeSession(stage, human, key, expiresAt);
      const { signed } = cast(stage, task.taskId, human, eligibleEntries(task, human), {
        signer: key,
      });
      const sent = at(closesAt + 10n, () => tasks().commit(task.taskId, [signed]));
      if (committed) await expect(sent).to.emit(stage.tasks, "BallotCommitted");
      else await expect(sent).to.not.emit(stage.tasks, "BallotCommitted");
      await back();
    }
  });

  it("a session must expire later than now", async () => {
    const key = keyOf("expired");
    const now = (await stage.now()) + 100n;
    const authorise = (expiresAt: bigint) => async (): TxPromise => {
      const grant = {
        validator: human.address,
        key: computeAddress(key).toLowerCase(),
        expiresAt,
        nonce: 9n,
      };
      const signature = human.key.sign(sessionDigest(stage.registryDomain, grant)).serialized;
      return stage.registry
        .connect(stage.deployer.signer)
        .authorizeSession(grant.validator, grant.key, expiresAt, grant.nonce, signature);
    };
    await expect(at(now, authorise(now))).to.be.revertedWithCustomError(
      stage.registry,
      "SessionExpiresInThePast",
    );
    await expect(at(now + 1n, authorise(now + 2n))).to.emit(stage.registry, "SessionAuthorized");
  });

  it("stake can be withdrawn from exitableAt on", async () => {
    const registry = stage.registry.connect(human.signer);
    await registry.requestExit();
    const { exitableAt } = await registry.accountOf(human.address);
    const send = (): TxPromise => registry.withdraw();
    const back = await stage.snapshot();
    await at(exitableAt, send);
    await back();
    await expect(at(exitableAt - 1n, send)).to.be.revertedWithCustomError(
      stage.registry,
      "CooldownNotOver",
    );
  });
});

describe("the smallest amounts and the largest", () => {
  const MOST_STAKE = 2n ** 96n - 1n;
  const TASK = id("task");
  let stage: Stage;
  let restore: () => Promise<void>;
  let human: Person;
  /** The registry as the task contract calls it. */
  let registry: Stage["registry"];

  before(async () => {
    stage = await createStage({ humans: 3, ais: 0 });
    human = stage.humans[0] as Person;
    const contract = await stage.impersonate(await stage.tasks.getAddress());
    registry = stage.registry.connect(contract);
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  const accountOf = async (person: Person): Promise<[staked: bigint, locked: bigint]> => {
    const { stakedUnits, lockedUnits } = await stage.registry.accountOf(person.address);
    return [stakedUnits, lockedUnits];
  };
  const isSeated = async (person: Person): Promise<boolean> =>
    (await stage.registry.roleAt(person.address, (await stage.blockNumber()) + 1n)) !== 0n;

  it("[G13] a credit of one unit is taken once, and paid", async () => {
    await registry.lock(TASK, human.address, 5n);
    await registry.settle(TASK, human.address, 5n, 0n, 1n);
    expect(await registry.creditOf(human.address)).to.equal(1n);
    await stage.token.mint(await stage.tasks.getAddress(), 10n);
    await expect(stage.tasks.withdrawFor(human.address))
      .to.emit(stage.tasks, "Withdrawn")
      .withArgs(human.signer, 1n);
    expect(await registry.creditOf(human.address)).to.equal(0n);
    await expect(stage.tasks.withdrawFor(human.address)).to.be.revertedWithCustomError(
      stage.tasks,
      "NothingToWithdraw",
    );
  });

  it("[G2] all of the free stake can be locked, and no unit more", async () => {
    const [staked] = await accountOf(human);
    expect(await registry.lock.staticCall(TASK, human.address, staked + 1n)).to.equal(false);
    expect(await registry.lock.staticCall(TASK, human.address, staked)).to.equal(true);
    await registry.lock(TASK, human.address, staked);
    expect(await accountOf(human)).to.deep.equal([staked, staked]);
    expect(await registry.lock.staticCall(TASK, human.address, 1n)).to.equal(false);
  });

  it("[G2] all that is locked can be freed, lost or seized, and no unit more", async () => {
    await registry.lock(TASK, human.address, 7n);
    const [staked] = await accountOf(human);
    for (const [most, more] of [
      [
        () => registry.unlock(TASK, human.address, 7n),
        () => registry.unlock(TASK, human.address, 8n),
      ],
      [
        () => registry.forfeit(TASK, human.address, 7n, 7n),
        () => registry.forfeit(TASK, human.address, 8n, 7n),
      ],
      [
        () => registry.seize(TASK, human.address, 7n),
        () => registry.seize(TASK, human.address, 8n),
      ],
    ]) {
      await expect(more?.()).to.be.revertedWithCustomError(stage.registry, "UnlockAboveLocked");
      const back = await stage.snapshot();
      await most?.();
      expect((await accountOf(human))[1]).to.equal(0n);
      await back();
    }
    await expect(registry.forfeit(TASK, human.address, 6n, 7n)).to.be.revertedWithCustomError(
      stage.registry,
      "LossAboveLock",
    );
    await registry.forfeit(TASK, human.address, 6n, 6n);
    expect(await accountOf(human)).to.deep.equal([staked - 6n, 1n]);
  });

  it("who keeps the least stake keeps the seat; a unit less, and it is gone, and comes back with it", async () => {
    const [staked] = await accountOf(human);
    const spare = staked - stage.constants.minStake;
    await registry.lock(TASK, human.address, staked);
    for (const take of [
      (units: bigint) => registry.forfeit(TASK, human.address, units, units),
      (units: bigint) => registry.seize(TASK, human.address, units),
    ]) {
      const back = await stage.snapshot();
      await take(spare);
      expect(await isSeated(human)).to.equal(true);
      await take(1n);
      expect(await isSeated(human)).to.equal(false);
      await take(1n);
      expect(await isSeated(human)).to.equal(false);

      const own = stage.registry.connect(human.signer);
      await own.addStake(1n);
      expect(await isSeated(human)).to.equal(false);
      await own.addStake(1n);
      expect(await isSeated(human)).to.equal(true);
      await own.addStake(1n);
      const roleNow = await stage.registry.activeSeatsAt(1, (await stage.blockNumber()) + 1n);
      expect(roleNow, "seats of people").to.equal(3n);
      await back();
    }
  });

  it("a stake fills its 96 bits, and no unit more", async () => {
    const { stranger, constants } = stage;
    await stage.token.mint(stranger.address, MOST_STAKE);
    const own = stage.registry.connect(stranger.signer);
    await expect(own.join(1, MOST_STAKE + 1n, id("x"))).to.be.revertedWithCustomError(
      stage.registry,
      "StakeTooLarge",
    );
    const back = await stage.snapshot();
    await own.join(1, MOST_STAKE, id("x"));
    expect(await accountOf(stranger)).to.deep.equal([MOST_STAKE, 0n]);
    await back();
    await own.join(1, constants.minStake, id("x"));
    await expect(own.addStake(MOST_STAKE - constants.minStake + 1n)).to.be.revertedWithCustomError(
      stage.registry,
      "StakeTooLarge",
    );
    await own.addStake(MOST_STAKE - constants.minStake);
    expect(await accountOf(stranger)).to.deep.equal([MOST_STAKE, 0n]);
  });

  it("the last item has a tally, the one behind it none", async () => {
    const { taskId, terms } = await createOpenTask(stage);
    const { human: counts } = await stage.tasks.tallyOf(taskId, terms.itemCount - 1);
    expect(counts).to.deep.equal([0n, 0n, 0n]);
    await expect(stage.tasks.tallyOf(taskId, terms.itemCount)).to.be.revertedWithCustomError(
      stage.tasks,
      "NoSuchItem",
    );
  });
});

describe("a deployment whose pools may be empty", () => {
  it("draws nobody where the work is not enough for one", async () => {
    const stage = await createStage({ humans: 3, ais: 0, constants: { minPool: 0 } });
    // 1 item · 3 votes / (2 · 40 judgments) is less than one seat.
    const { human } = await createOpenTask(stage, { itemCount: 1 });
    expect(human).to.deep.equal({ seats: 3, pool: 0, need: 1, threshold: 0n });
    await stage.close();
  });
});

describe("the golds of one ballot", () => {
  const COUNT = 61;
  const ITEMS = 480;
  const SALT = id("salt of golds");
  /** Every seventh item, all answered A. */
  const golds = Array.from({ length: COUNT }, (_, i) => ({ itemIndex: 7 * i, answer: 0 as const }));

  it("count up to the sixtieth, wherever in the task they lie", async () => {
    const stage = await createStage({ humans: 5, ais: 0 });
    const packed = encodeGolds(golds, ITEMS);
    const task = await createOpenTask(stage, {
      itemCount: ITEMS,
      humanVotes: 5,
      goldHash: goldHashOf(SALT, packed),
    });
    // Of 60 golds 18 wrong ones do not fail and 19 do; a nineteenth that is the sixty-first gold does not count.
    const wrongOf: readonly (readonly number[])[] = [
      [],
      [],
      [],
      [...Array.from({ length: 18 }, (_, i) => 59 - 3 * i), 60],
      Array.from({ length: 19 }, (_, i) => 58 - 3 * i),
    ];
    const casts = stage.humans.map((person, i) => {
      const wrong = new Set(wrongOf[i]?.map((gold) => 7 * gold));
      const ticket = ticketsOf(task.seed, person.address, task.human.threshold);
      const entries = eligibleEntries(task, person).map(({ itemIndex }) => ({
        itemIndex,
        verdict: toPresented(wrong.has(itemIndex) ? 1 : 0, ticket(itemIndex).flip),
      }));
      expect(entries.length).to.equal(ITEMS);
      return cast(stage, task.taskId, person, entries);
    });
    const { taskId, terms } = task;
    await stage.tasks.commit(
      taskId,
      casts.map(({ signed }) => signed),
    );
    await stage.moveTo(terms.commitEndsAt);
    await stage.tasks.openGold(taskId, SALT, packed);
    await stage.tasks.reveal(
      taskId,
      casts.map(({ opening }) => opening),
    );
    await stage.moveTo(terms.revealEndsAt);
    await stage.tasks.judgeGold(taskId, packed);
    const revealed = await stage.tasks.queryFilter(stage.tasks.filters.BallotRevealed(taskId));
    await stage.tasks.settle(
      taskId,
      revealed.map((event) => event.args[1]),
      revealed.map((event) => event.args[2]),
    );
    const failed = await stage.tasks.queryFilter(stage.tasks.filters.GoldGateFailed(taskId));
    expect(failed.map(({ args }) => [...args].slice(1).map(String))).to.deep.equal([
      [await stage.humans[4]?.signer.getAddress(), "41", "19"],
    ]);
    await stage.close();
  });
});
