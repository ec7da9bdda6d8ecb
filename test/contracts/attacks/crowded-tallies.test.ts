import { expect } from "chai";

import type { OpenTask, Person, Stage } from "../../support/stage.ts";
import { cast, createOpenTask, createStage, receiptOf, REFUSAL } from "../../support/stage.ts";
import {
  castSaying,
  commitAll,
  effectiveEntries,
  revealAll,
  settleAll,
  truth,
} from "./played-task.ts";

/** What one transaction may use (EIP-7825). */
const MOST_GAS = 16_777_216n;

describe("the largest task", () => {
  let stage: Stage;
  let spoilers: readonly Person[];
  let judge: Person;

  before(async () => {
    stage = await createStage({ humans: 7, ais: 0 });
    spoilers = stage.humans.slice(0, 5);
    judge = stage.humans[5] as Person;
  });

  after(() => stage.close());

  /** Seven votes and seven people: everybody has every ticket. */
  const largest = (): Promise<OpenTask> =>
    createOpenTask(stage, {
      itemCount: 4096,
      minJudgments: 4096,
      humanVotes: 7,
      humanPrice: 1n,
    });

  // guards: contracts/libraries/Funding.sol "_need(terms.itemCount >= 1 && terms.itemCount <= MOST_ITEMS, "itemCount");"
  it("ends at 4,096 items, so that no ballot outgrows a transaction", async () => {
    await expect(createOpenTask(stage, { itemCount: 4097, humanPrice: 1n }))
      .to.be.revertedWithCustomError(stage.tasks, "TermOutOfBounds")
      .withArgs("itemCount");
  });

  it("[G8] takes the largest ballot in one transaction, whatever others have strewn over its tallies before", async () => {
    const task = await largest();
    // A few votes a transaction, each in another word, so that they lie in slots of their own.
    const strewn = spoilers.map((person, i) =>
      cast(
        stage,
        task.taskId,
        person,
        Array.from({ length: 64 }, (_, at) => ({
          itemIndex: 63 * at + 12 * i,
          verdict: 0 as const,
        })).filter(({ itemIndex }) => itemIndex < 4096),
      ),
    );
    const whole = castSaying(stage, task, judge, truth);
    expect(Number(whole.signed.judgments)).to.equal(4096);
    await commitAll(stage, task, [...strewn, whole]);
    await stage.moveTo(task.terms.commitEndsAt);
    for (const made of strewn)
      expect(await revealAll(stage, task, [made])).to.deep.equal([REFUSAL.None]);
    const revealed = await receiptOf(stage.tasks.reveal(task.taskId, [whole.opening]));
    expect(revealed.gasUsed < MOST_GAS, `${revealed.gasUsed} to reveal`).to.equal(true);

    await stage.moveTo(task.terms.revealEndsAt);
    const entries = await effectiveEntries(stage, task);
    const settled = await receiptOf(
      stage.tasks.settle(task.taskId, [judge.address], [entries.get(judge.address) ?? "0x"]),
    );
    expect(settled.gasUsed < MOST_GAS, `${settled.gasUsed} to settle`).to.equal(true);
    await settleAll(stage, task, spoilers);
    expect(entries.get(judge.address)?.length).to.equal(2 + 8 * 4096);
  });
});
