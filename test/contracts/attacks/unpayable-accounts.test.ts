import { expect } from "chai";

import type { Address } from "../../../protocol/words.ts";
import type { OpenTask, Person, Stage } from "../../support/stage.ts";
import { createOpenTask, createStage, STATE, TOKEN } from "../../support/stage.ts";
import {
  afterClaims,
  castSaying,
  claimFor,
  commitAll,
  contrary,
  revealAll,
  settleAll,
  truth,
} from "./played-task.ts";

describe("accounts that the token refuses to pay", () => {
  let stage: Stage;
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 6, ais: 0, tokenContract: "BlacklistToken" });
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  async function blacklist(people: readonly Person[], blacklisted = true): Promise<void> {
    const token = await stage.connection.ethers.getContractAt(
      "BlacklistToken",
      await stage.token.getAddress(),
      stage.deployer.signer,
    );
    for (const { address } of people)
      await token.getFunction("setBlacklisted")(address, blacklisted);
  }

  const balance = (address: Address): Promise<bigint> => stage.token.balanceOf(address);

  /** Five people agree but for one; the sixth gave its ballot to an operator that left it out. */
  async function played(): Promise<OpenTask> {
    const task = await createOpenTask(stage, { itemCount: 20, humanVotes: 6 });
    const casts = stage.humans
      .slice(0, 5)
      .map((person, i) => castSaying(stage, task, person, i === 4 ? contrary : truth));
    await commitAll(stage, task, casts);
    await stage.moveTo(task.terms.commitEndsAt);
    await revealAll(stage, task, casts);
    await stage.moveTo(task.terms.revealEndsAt);
    await claimFor(stage, task, castSaying(stage, task, stage.humans[5] as Person, truth));
    return task;
  }

  for (const who of ["validator", "requester", "operator", "commons", "claimant"] as const) {
    // guards: contracts/StakeRegistry.sol "if (payUnits != 0) _accounts[validator].creditUnits += uint160(payUnits);"
    it(`[G13] stop nobody else: the ${who}`, async () => {
      const [first, , , , , claimant] = stage.humans as [Person, ...Person[]];
      const blocked = {
        validator: first,
        requester: stage.requester,
        operator: stage.operator,
        commons: stage.commons,
        claimant: claimant as Person,
      }[who];
      const task = await played();
      await blacklist([blocked]);
      await settleAll(stage, task, stage.humans.slice(0, 5));
      expect(await stage.tasks.stateOf(task.taskId)).to.equal(STATE.Settled);
      await afterClaims(stage, task);
      await stage.tasks.releaseBond(task.taskId);
      await stage.tasks.payClaim(task.taskId, (claimant as Person).address);

      const everybody = [stage.requester, stage.operator, stage.commons, ...stage.humans];
      const due = await Promise.all(
        everybody.map(async (person) => ({
          person,
          units: await stage.tasks.creditOf(person.address),
        })),
      );
      for (const { person, units } of due.filter((one) => one.units !== 0n)) {
        const before = await balance(person.address);
        if (person === blocked)
          await expect(stage.tasks.withdrawFor(person.address)).to.be.revert(
            stage.connection.ethers,
          );
        else {
          await stage.tasks.withdrawFor(person.address);
          expect((await balance(person.address)) - before).to.equal(units);
        }
      }
      if (who === "commons")
        await expect(stage.registry.payCommons()).to.be.revert(stage.connection.ethers);
      // What is due to it waits, to the last unit, and is paid once it can be.
      const credit = await stage.tasks.creditOf(blocked.address);
      expect(credit > 0n, "something is due to it").to.equal(true);
      expect(await balance(await stage.tasks.getAddress())).to.equal(credit);
      await blacklist([blocked], false);
      await stage.tasks.withdrawFor(blocked.address);
      await stage.registry.payCommons();
      expect(await balance(await stage.tasks.getAddress())).to.equal(0n);
    });
  }

  // guards: contracts/StakeRegistry.sol "TOKEN.safeTransfer(validator, freeUnits);"
  it("[G13] keep nobody else from leaving with their stake", async () => {
    const [stuck, other] = stage.humans as [Person, Person];
    for (const { signer } of [stuck, other]) await stage.registry.connect(signer).requestExit();
    const { exitableAt } = await stage.registry.accountOf(other.address);
    await blacklist([stuck]);
    await stage.moveTo(exitableAt);
    await expect(stage.registry.withdrawFor(stuck.address)).to.be.revert(stage.connection.ethers);
    await expect(stage.registry.withdrawFor(other.address))
      .to.emit(stage.registry, "StakeWithdrawn")
      .withArgs(other.signer, 10_000n * TOKEN);
    expect((await stage.registry.accountOf(stuck.address)).stakedUnits).to.equal(10_000n * TOKEN);
  });
});
