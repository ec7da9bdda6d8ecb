import { expect } from "chai";
import { computeAddress, id } from "ethers";

import type { Terms } from "../../protocol/terms.ts";
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

describe("the smallest amounts", () => {
  let stage: Stage;

  before(async () => {
    stage = await createStage({ humans: 3, ais: 0 });
  });

  after(() => stage.close());

  it("[G13] a credit of one unit is taken once", async () => {
    const [human] = stage.humans as [Person];
    const contract = await stage.impersonate(await stage.tasks.getAddress());
    const registry = stage.registry.connect(contract);
    await registry.lock(id("task"), human.address, 5n);
    await registry.settle(id("task"), human.address, 5n, 0n, 1n);
    expect(await registry.creditOf(human.address)).to.equal(1n);
    await registry.takeCredit(human.address);
    expect(await registry.creditOf(human.address)).to.equal(0n);
  });
});
