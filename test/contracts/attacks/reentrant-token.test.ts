import { expect } from "chai";

import type { Person, Stage } from "../../support/stage.ts";
import { createOpenTask, createStage, TOKEN } from "../../support/stage.ts";
import { afterClaims, castSaying, claimFor, truth } from "./played-task.ts";

describe("a token that hands over control in the middle of a transfer", () => {
  let stage: Stage;
  let human: Person;

  before(async () => {
    stage = await createStage({ humans: 4, ais: 0, tokenContract: "ReentrantToken" });
    human = stage.humans[0] as Person;
  });

  after(() => stage.close());

  // guards: contracts/FeedbackTasks.sol "function payClaim(bytes32 taskId, address validator) external nonReentrant {"
  it("[G15] lets nobody have a claim paid before it is known what arrived of the bond", async () => {
    const task = await createOpenTask(stage, { itemCount: 20, operatorBond: 1_000n * TOKEN });
    const made = castSaying(stage, task, human, truth);
    await stage.moveTo(task.terms.revealEndsAt);
    await claimFor(stage, task, made);
    await afterClaims(stage, task);
    const { ethers } = stage.connection;
    const payClaim = stage.tasks.interface.encodeFunctionData("payClaim", [
      task.taskId,
      human.address,
    ]);
    const meddler = await ethers.deployContract("Meddler", [stage.tasks, payClaim]);
    const token = await ethers.getContractAt("ReentrantToken", await stage.token.getAddress());
    await token.getFunction("setIntruder")(meddler);

    await stage.tasks.releaseBond(task.taskId);
    expect(await meddler.getFunction("attempts")()).to.equal(2n);
    expect(await meddler.getFunction("successes")()).to.equal(0n);
    await stage.tasks.payClaim(task.taskId, human.address);
    expect(await stage.tasks.creditOf(human.address)).to.equal(
      BigInt(made.signed.judgments) * TOKEN,
    );
  });
});
