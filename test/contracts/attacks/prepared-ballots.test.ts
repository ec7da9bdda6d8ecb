import { expect } from "chai";
import { computeAddress } from "ethers";

import type { CanonicalVerdict } from "../../../protocol/words.ts";
import type { Person, Stage } from "../../support/stage.ts";
import {
  authorizeSession,
  createOpenTask,
  createStage,
  keyOf,
  REFUSAL,
  STATE,
} from "../../support/stage.ts";
import {
  castSaying,
  commitAll,
  contrary,
  effectiveEntries,
  outcomes,
  revealAll,
  settleAll,
  truth,
} from "./played-task.ts";

describe("ballots prepared for every outcome", () => {
  let stage: Stage;
  let human: Person;
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 5, ais: 0 });
    human = stage.humans[4] as Person;
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  const answers = ([0, 1, 2] as CanonicalVerdict[]).map(
    (shift) => (itemIndex: number) => ((itemIndex + shift) % 3) as CanonicalVerdict,
  );

  // guards: contracts/FeedbackTasks.sol "if (!record.isOf(_commitmentOf(taskId, record.version(), opening))) return Refusal.WrongOpening;"
  it("[G6] cannot be chosen from: the record holds one, whoever signed the others", async () => {
    const task = await createOpenTask(stage, { itemCount: 20 });
    const session = keyOf("second hand");
    await authorizeSession(stage, human, session, task.terms.revealEndsAt);
    const [first, second, last] = answers.map((answer, i) =>
      castSaying(stage, task, human, answer, { version: i + 1 }),
    );
    const bySession = castSaying(stage, task, human, contrary, { version: 9, signer: session });
    if (!first || !second || !last) throw new Error("three ballots");
    expect(await commitAll(stage, task, [bySession, first, second, last])).to.deep.equal(
      Array(4).fill(REFUSAL.None),
    );
    expect((await stage.tasks.factsOf(task.taskId)).ballotsCommitted).to.equal(1n);

    await stage.moveTo(task.terms.commitEndsAt);
    expect(await revealAll(stage, task, [bySession, first, second])).to.deep.equal(
      Array(3).fill(REFUSAL.WrongOpening),
    );
    expect(await revealAll(stage, task, [last, last, second])).to.deep.equal([
      REFUSAL.None,
      REFUSAL.AlreadyOpened,
      REFUSAL.AlreadyOpened,
    ]);
  });

  // guards: contracts/FeedbackTasks.sol "if (state != State.Open && state != State.Committing) revert WrongState(taskId, state);"
  it("come too late once the first verdict may be public", async () => {
    const task = await createOpenTask(stage, { itemCount: 20 });
    const prepared = answers.map((answer, i) =>
      castSaying(stage, task, human, answer, { version: i + 1 }),
    );
    await commitAll(stage, task, prepared.slice(0, 1));
    await stage.moveTo(task.terms.commitEndsAt);
    for (const late of prepared.slice(1))
      await expect(stage.tasks.commit(task.taskId, [late.signed]))
        .to.be.revertedWithCustomError(stage.tasks, "WrongState")
        .withArgs(task.taskId, STATE.Revealing);
  });

  // guards: contracts/FeedbackTasks.sol "REGISTRY.forfeit(taskId, validator, lockUnits, lockUnits);"
  it("[G2] gain nothing by staying shut: that costs no less than the worst that opening can", async () => {
    const task = await createOpenTask(stage, { itemCount: 20, humanVotes: 5 });
    const honest = stage.humans.slice(0, 4);
    const bad = castSaying(stage, task, human, contrary);
    await commitAll(stage, task, [
      ...honest.map((person) => castSaying(stage, task, person, truth)),
      bad,
    ]);
    await stage.moveTo(task.terms.commitEndsAt);
    await revealAll(
      stage,
      task,
      honest.map((person) => castSaying(stage, task, person, truth)),
    );
    const staked = async (): Promise<bigint> =>
      (await stage.registry.accountOf(human.address)).stakedUnits;
    const before = await staked();
    const lossWhen = async (opens: boolean): Promise<bigint> => {
      const back = await stage.snapshot();
      if (opens) await revealAll(stage, task, [bad]);
      await stage.moveTo(task.terms.revealEndsAt);
      await settleAll(stage, task, stage.humans);
      const loss = before - (await staked());
      if (opens)
        expect((await outcomes(stage, task)).get(human.address)?.multiplePpm).to.equal(-500_000n);
      await back();
      return loss;
    };
    const [opened, shut] = [await lossWhen(true), await lossWhen(false)];
    expect(opened > 0n && shut >= opened, `${opened} opened, ${shut} shut`).to.equal(true);
    expect((await effectiveEntries(stage, task)).has(human.address)).to.equal(false);
  });

  // guards: contracts/FeedbackTasks.sol "bool inForce = known.authorizedAt != 0 && known.revokedAt == 0 && known.expiresAt > call.sessionsValidAt;"
  // guards: contracts/FeedbackTasks.sol "if (session == 0) return true;"
  it("[G7] do not help a thief of a session key: version 2^32 − 1 yields to the wallet's first", async () => {
    const task = await createOpenTask(stage, { itemCount: 20 });
    const stolen = keyOf("stolen");
    await authorizeSession(stage, human, stolen, task.terms.revealEndsAt);
    const junk = castSaying(stage, task, human, contrary, { signer: stolen, version: 2 ** 32 - 1 });
    expect(await commitAll(stage, task, [junk])).to.deep.equal([REFUSAL.None]);
    const own = castSaying(stage, task, human, truth, { version: 1 });
    expect(await commitAll(stage, task, [own, junk])).to.deep.equal([
      REFUSAL.None,
      REFUSAL.NotNewer,
    ]);

    // And before anything was committed: a key that is revoked commits nothing.
    const another = stage.humans[0] as Person;
    await authorizeSession(stage, another, stolen, task.terms.revealEndsAt);
    await stage.registry.connect(another.signer).revokeSession(computeAddress(stolen));
    const late = castSaying(stage, task, another, contrary, { signer: stolen, version: 5 });
    expect(await commitAll(stage, task, [late])).to.deep.equal([REFUSAL.BadSignature]);
  });
});
