import { expect } from "chai";
import { computeAddress } from "ethers";

import type { Person, Stage } from "../../support/stage.ts";
import {
  authorizeSession,
  createOpenTask,
  createStage,
  keyOf,
  TOKEN,
} from "../../support/stage.ts";
import { afterClaims, castSaying, claimFor, truth } from "./played-task.ts";

describe("an operator that gave receipts and then", () => {
  let stage: Stage;
  let human: Person;
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 4, ais: 0 });
    human = stage.humans[0] as Person;
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  // guards: contracts/libraries/Funding.sol "task.receiptKey = terms.receiptKey;"
  // guards: contracts/libraries/Omissions.sol "return failure == ECDSA.RecoverError.NoError && signer == task.receiptKey;"
  it("revokes its receipt key: the key is in the terms, and what it signed stays true", async () => {
    const key = keyOf("receipts");
    const receiptKey = computeAddress(key).toLowerCase();
    const task = await createOpenTask(stage, { itemCount: 20, receiptKey });
    await authorizeSession(stage, stage.operator, key, task.terms.revealEndsAt);
    const made = castSaying(stage, task, human, truth);
    await stage.registry.connect(stage.operator.signer).revokeSession(receiptKey);
    await stage.moveTo(task.terms.revealEndsAt);
    // The operator's own word is none: who holds its wallet cannot make receipts up.
    await expect(claimFor(stage, task, made)).to.be.revertedWithCustomError(
      stage.tasks,
      "BadReceipt",
    );
    await expect(claimFor(stage, task, made, { key }))
      .to.emit(stage.tasks, "OmissionClaimed")
      .withArgs(task.taskId, human.signer, BigInt(made.signed.judgments) * TOKEN);
  });

  // guards: contracts/StakeRegistry.sol "uint96 freeUnits = account.stakedUnits - account.lockedUnits;"
  it("[G1] leaves with its stake: the bond stays behind, and pays", async () => {
    const task = await createOpenTask(stage, { itemCount: 20 });
    const registry = stage.registry.connect(stage.operator.signer);
    await registry.requestExit();
    const { exitableAt, stakedUnits } = await stage.registry.accountOf(stage.operator.address);
    const made = castSaying(stage, task, human, truth);
    await stage.moveTo(task.terms.revealEndsAt);
    await claimFor(stage, task, made);
    await stage.moveTo(exitableAt);
    await expect(registry.withdraw())
      .to.emit(stage.registry, "StakeWithdrawn")
      .withArgs(stage.operator.signer, stakedUnits - task.terms.operatorBond);

    await stage.tasks.releaseBond(task.taskId);
    await stage.tasks.payClaim(task.taskId, human.address);
    expect(await stage.tasks.creditOf(human.address)).to.equal(
      [BigInt(made.signed.judgments) * TOKEN, task.terms.operatorBond].reduce((a, b) =>
        a < b ? a : b,
      ),
    );
  });

  // guards: contracts/FeedbackTasks.sol "if (block.timestamp < until) revert BondStillHeld(until);"
  it("[G1] frees its bond before anybody can claim", async () => {
    const task = await createOpenTask(stage, { itemCount: 20 });
    const made = castSaying(stage, task, human, truth);
    await stage.moveTo(task.terms.revealEndsAt);
    await stage.tasks.settle(task.taskId, [], []);
    const tasks = stage.tasks.connect(stage.operator.signer);
    await expect(tasks.releaseBond(task.taskId)).to.be.revertedWithCustomError(
      stage.tasks,
      "BondStillHeld",
    );
    await expect(tasks.cancelTask(task.taskId)).to.be.revertedWithCustomError(
      stage.tasks,
      "NotCancellable",
    );
    await claimFor(stage, task, made);
    await afterClaims(stage, task);
    await tasks.releaseBond(task.taskId);
    await tasks.payClaim(task.taskId, human.address);
    const claimUnits = BigInt(made.signed.judgments) * TOKEN;
    expect(await stage.tasks.creditOf(human.address)).to.equal(
      claimUnits < task.terms.operatorBond ? claimUnits : task.terms.operatorBond,
    );
  });
});
