import { expect } from "chai";

import { lockUnits } from "../../../protocol/terms.ts";
import type { OpenTask, Person, Stage } from "../../support/stage.ts";
import { createOpenTask, createStage, REFUSAL, TOKEN } from "../../support/stage.ts";
import { castSaying, commitAll, revealAll, settleAll, truth } from "./played-task.ts";

const STAKE = 150n * TOKEN;

describe("a slash", () => {
  let stage: Stage;
  let human: Person;
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 4, ais: 0, stakeUnits: STAKE });
    human = stage.humans[0] as Person;
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  const account = async (): Promise<{ stakedUnits: bigint; lockedUnits: bigint }> =>
    stage.registry.accountOf(human.address);

  /** Ten items, all everybody's; a judgment locks ten tokens. */
  const openTask = (): Promise<OpenTask> =>
    createOpenTask(stage, {
      itemCount: 10,
      humanVotes: 4,
      humanPrice: 10n * TOKEN,
      maxPenalty: 1_000_000,
    });

  // guards: contracts/StakeRegistry.sol "if (amountUnits > stakedUnits - lockedUnits) return false;"
  it("[G2] larger than the stake cannot come up: a ballot it could follow from is not taken", async () => {
    const [first, second] = [await openTask(), await openTask()];
    const lock = lockUnits(first.terms, "Human", 10);
    expect(await commitAll(stage, first, [castSaying(stage, first, human, truth)])).to.deep.equal([
      REFUSAL.None,
    ]);
    expect(lock).to.equal(100n * TOKEN);
    expect(await commitAll(stage, second, [castSaying(stage, second, human, truth)])).to.deep.equal(
      [REFUSAL.Unfunded],
    );
    await stage.moveTo(second.terms.revealEndsAt);
    for (const task of [first, second]) await settleAll(stage, task, [human]);
    expect((await account()).stakedUnits).to.equal(STAKE - lock);
  });

  // guards: contracts/FeedbackTasks.sol "if (record.isSettled()) {"
  it("[G2] comes once, in one call and in two", async () => {
    const task = await openTask();
    const silent = castSaying(stage, task, human, truth);
    const beside = castSaying(stage, task, stage.humans[1] as Person, truth);
    await commitAll(stage, task, [silent, beside]);
    await stage.moveTo(task.terms.revealEndsAt);
    expect(await settleAll(stage, task, [human, human])).to.deep.equal([
      REFUSAL.None,
      REFUSAL.AlreadySettled,
    ]);
    expect(await settleAll(stage, task, [human])).to.deep.equal([REFUSAL.AlreadySettled]);
    const { stakedUnits, lockedUnits } = await account();
    expect([stakedUnits, lockedUnits]).to.deep.equal([
      STAKE - lockUnits(task.terms, "Human", 10),
      0n,
    ]);
  });

  // guards: contracts/StakeRegistry.sol "account.lockedUnits = lockedUnits - uint96(lockUnits);"
  // guards: contracts/StakeRegistry.sol "uint96 freeUnits = account.stakedUnits - account.lockedUnits;"
  it("[G2] reaches stake that is leaving, and not what is locked for another task", async () => {
    const [first, second] = [await openTask(), await openTask()];
    const hidden = castSaying(stage, first, human, truth);
    const shown = castSaying(stage, second, human, () => 0);
    await stage.registry.connect(human.signer).addStake(50n * TOKEN);
    await commitAll(stage, first, [hidden]);
    await commitAll(stage, second, [shown]);
    await stage.registry.connect(human.signer).requestExit();
    const { exitableAt } = await stage.registry.accountOf(human.address);
    await stage.moveTo(second.terms.commitEndsAt);
    await revealAll(stage, second, [shown]);

    // The whole stake is locked, so leaving takes out nothing, however late anybody settles.
    await stage.moveTo(exitableAt);
    await expect(stage.registry.connect(human.signer).withdraw()).to.be.revertedWithCustomError(
      stage.registry,
      "NothingToWithdraw",
    );
    await settleAll(stage, first, [human]);
    const { stakedUnits, lockedUnits } = await account();
    expect([stakedUnits, lockedUnits]).to.deep.equal([100n * TOKEN, 100n * TOKEN]);
    await expect(stage.registry.connect(human.signer).withdraw()).to.be.revertedWithCustomError(
      stage.registry,
      "NothingToWithdraw",
    );
    await settleAll(stage, second, [human]);
    await expect(stage.registry.connect(human.signer).withdraw())
      .to.emit(stage.registry, "StakeWithdrawn")
      .withArgs(human.signer, 100n * TOKEN);
  });
});
