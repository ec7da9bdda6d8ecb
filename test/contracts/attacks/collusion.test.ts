import { expect } from "chai";
import { id } from "ethers";

import { encodeGolds, goldHashOf } from "../../../protocol/gold.ts";
import type { Terms } from "../../../protocol/terms.ts";
import { operatorAcceptanceDigest } from "../../../protocol/typed-data.ts";
import type { Cast, OpenTask, Person, Stage } from "../../support/stage.ts";
import {
  createOpenTask,
  createStage,
  createTask,
  join,
  openTask,
  ROLE,
  termsFor,
  TOKEN,
} from "../../support/stage.ts";
import type { Answer } from "./played-task.ts";
import {
  afterClaims,
  castSaying,
  claimFor,
  commitAll,
  contrary,
  effectiveEntries,
  revealAll,
  settleAll,
  truth,
} from "./played-task.ts";

const ITEMS = 40;
const SALT = id("gold salt");

/**
 * One owner is requester, operator, holder of the receipt key, and three of the six validators; beside her task stands
 * somebody else's with an escrow and a bond of its own.
 */
describe("a requester that is its own operator and its own validators", () => {
  let stage: Stage;
  let owner: Person;
  let own: readonly Person[];
  let honest: readonly Person[];
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 6, ais: 0 });
    owner = stage.stranger;
    own = stage.humans.slice(0, 3);
    honest = stage.humans.slice(3);
    await join(stage, owner, ROLE.Operator, 10n ** 6n * TOKEN);
    await stage.mine(1);
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  /** All that somebody has, wherever it lies. */
  async function wealthOf({ address }: Person): Promise<bigint> {
    const [held, credited, { stakedUnits }] = await Promise.all([
      stage.token.balanceOf(address),
      stage.tasks.creditOf(address),
      stage.registry.accountOf(address),
    ]);
    return held + credited + stakedUnits;
  }

  const wealthOfAll = async (people: readonly Person[]): Promise<bigint> =>
    (await Promise.all(people.map(wealthOf))).reduce((a, b) => a + b, 0n);

  async function ownTask(changes: Partial<Terms> = {}): Promise<OpenTask> {
    const terms = await termsFor(stage, {
      itemCount: ITEMS,
      humanVotes: 5,
      operator: owner.address,
      receiptKey: owner.address,
      ...changes,
    });
    const created = await stage.tasks.nonceOf(owner.address);
    const taskId = await stage.tasks.taskIdOf(owner.address, created, terms);
    await stage.tasks.connect(owner.signer).createTask(terms, acceptanceBy(taskId));
    return openTask(stage, taskId, terms);
  }

  function acceptanceBy(taskId: string): string {
    return owner.key.sign(operatorAcceptanceDigest(stage.tasksDomain, taskId)).serialized;
  }

  /** Where a task's money went that did not come back to her. */
  async function flowsOf({ taskId }: OpenTask): Promise<{
    readonly paidToOthers: bigint;
    readonly toCommons: bigint;
    readonly lostByOwn: bigint;
    readonly claimedUnits: bigint;
  }> {
    const isOwn = (validator: string): boolean =>
      own.some(({ address }) => address === validator.toLowerCase());
    const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);
    const { tasks, registry } = stage;
    const [settled, ends, payments, losses, claims] = await Promise.all([
      tasks.queryFilter(tasks.filters.BallotSettled(taskId)),
      tasks.queryFilter(tasks.filters.TaskSettled(taskId)),
      tasks.queryFilter(tasks.filters.ClaimPaid(taskId)),
      registry.queryFilter(registry.filters.StakeForfeited(taskId)),
      tasks.queryFilter(tasks.filters.OmissionClaimed(taskId)),
    ]);
    return {
      paidToOthers: sum(
        settled.filter(({ args }) => !isOwn(args.validator)).map(({ args }) => args.payUnits),
      ),
      toCommons: sum([
        ...ends.map(({ args }) => args.restUnits),
        ...payments.map(({ args }) => args.dustUnits),
      ]),
      lostByOwn: sum(losses.filter(({ args }) => isOwn(args.validator)).map(({ args }) => args[2])),
      claimedUnits: sum(claims.map(({ args }) => args.claimUnits)),
    };
  }

  interface Scheme {
    readonly terms?: Partial<Terms>;
    /** Her validators' ballots stay off the chain. */
    readonly leavesOut?: true;
    /** Claims are for more than the bond holds. */
    readonly overdraws?: true;
    /** What her validators commit, reveal and claim; given the task, from its opening to its end. */
    readonly casts: (task: OpenTask) => readonly Cast[];
    readonly opens: (casts: readonly Cast[]) => readonly Cast[];
    readonly claims: (casts: readonly Cast[]) => readonly Cast[];
    readonly golds?: string;
  }

  const all = (answer: Answer) => (task: OpenTask) =>
    own.map((person) => castSaying(stage, task, person, answer));
  const everything = (casts: readonly Cast[]): readonly Cast[] => casts;
  const nothing = (): readonly Cast[] => [];
  // Answered against what anybody would say, known to her own alone.
  const falseGolds = encodeGolds(
    Array.from({ length: 6 }, (_, i) => ({ itemIndex: 6 * i, answer: 1 as const })),
    ITEMS,
  );

  const schemes: Record<string, Scheme> = {
    "pays its own for one agreed answer": { casts: all(truth), opens: everything, claims: nothing },
    "hides its own ballots and claims for them": {
      overdraws: true,
      casts: all(truth),
      opens: nothing,
      claims: everything,
    },
    "hides them under the highest penalty and claims more than the bond holds": {
      terms: { maxPenalty: 1_000_000 },
      overdraws: true,
      casts: all(truth),
      opens: nothing,
      claims: everything,
    },
    "leaves its own ballots out and claims for them": {
      terms: { operatorBond: 1_000n * TOKEN },
      leavesOut: true,
      casts: all(truth),
      opens: nothing,
      claims: everything,
    },
    "answers against the others": { casts: all(contrary), opens: everything, claims: nothing },
    "binds golds that only its own know": {
      terms: { goldHash: goldHashOf(SALT, falseGolds) },
      casts: all((i) => (i % 6 === 0 ? 1 : truth(i))),
      opens: everything,
      claims: nothing,
      golds: falseGolds,
    },
  };

  for (const [what, scheme] of Object.entries(schemes)) {
    // guards: contracts/libraries/Omissions.sol "uint256 seizedUnits = Math.min(bondUnits, book.claimedUnits);"
    // guards: contracts/libraries/Omissions.sol "uint256 paidUnits = (claimUnits * book.seizedUnits) / book.claimedUnits;"
    it(`[G15] gets no more out than in, and nothing of another's, when it ${what}`, async () => {
      const beside = await createOpenTask(stage, { itemCount: ITEMS, humanVotes: 5 });
      const coalition = [owner, ...own];
      const before = await wealthOfAll(coalition);

      const task = await ownTask(scheme.terms);
      const casts = scheme.casts(task);
      const kept = scheme.leavesOut ? [] : casts;
      const others = honest.map((person) => castSaying(stage, task, person, truth));
      const otherwise = honest.map((person) => castSaying(stage, beside, person, truth));
      await commitAll(stage, task, [...kept, ...others]);
      await commitAll(stage, beside, otherwise);
      await stage.moveTo(task.terms.commitEndsAt);
      if (scheme.golds !== undefined) await stage.tasks.openGold(task.taskId, SALT, scheme.golds);
      await revealAll(stage, task, scheme.opens(casts));
      await revealAll(stage, task, others);
      await revealAll(stage, beside, otherwise);
      await stage.moveTo(task.terms.revealEndsAt);
      if (scheme.golds !== undefined) await stage.tasks.judgeGold(task.taskId, scheme.golds);
      const recorded = await effectiveEntries(stage, task);
      for (const made of scheme.claims(casts))
        await claimFor(stage, task, made, {
          key: owner.key,
          recordedEntries: recorded.get(made.signed.validator) ?? "0x",
        });
      await settleAll(stage, task, [...(kept.length > 0 ? own : []), ...honest]);
      await settleAll(stage, beside, honest);
      await afterClaims(stage, task);
      await stage.tasks.releaseBond(task.taskId);
      for (const made of scheme.claims(casts))
        await stage.tasks.payClaim(task.taskId, made.signed.validator);
      await stage.tasks.releaseBond(beside.taskId);

      // To the last unit: what others earned in its task, what went to the commons, what its own lost.
      const { paidToOthers, toCommons, lostByOwn, claimedUnits } = await flowsOf(task);
      expect(before - (await wealthOfAll(coalition))).to.equal(
        paidToOthers + toCommons + lostByOwn,
      );
      expect(paidToOthers + toCommons + lostByOwn > 0n).to.equal(true);
      expect(claimedUnits > task.terms.operatorBond).to.equal(scheme.overdraws ?? false);

      // Everybody is paid what is theirs, and then nothing is left and nothing missing.
      for (const person of [
        ...coalition,
        ...honest,
        stage.requester,
        stage.operator,
        stage.commons,
      ])
        if ((await stage.tasks.creditOf(person.address)) !== 0n)
          await stage.tasks.withdrawFor(person.address);
      expect(await stage.token.balanceOf(await stage.tasks.getAddress())).to.equal(0n);
      const staked = await Promise.all(
        [...coalition, ...honest, stage.operator].map(
          async ({ address }) => (await stage.registry.accountOf(address)).stakedUnits,
        ),
      );
      expect(await stage.token.balanceOf(await stage.registry.getAddress())).to.equal(
        staked.reduce((a, b) => a + b, await stage.registry.commonsDueUnits()),
      );
    });
  }

  // guards: contracts/libraries/Books.sol "creditOf[commons] += restUnits;"
  it("[G12] pays less for work that it made look bad, and keeps nothing of the difference", async () => {
    const restWhen = async (answer: Answer): Promise<bigint> => {
      const back = await stage.snapshot();
      const task = await ownTask();
      const casts = [
        ...own.map((person) => castSaying(stage, task, person, answer)),
        ...honest.map((person) => castSaying(stage, task, person, truth)),
      ];
      await commitAll(stage, task, casts);
      await stage.moveTo(task.terms.commitEndsAt);
      await revealAll(stage, task, casts);
      await stage.moveTo(task.terms.revealEndsAt);
      await settleAll(stage, task, stage.humans);
      const [end] = await stage.tasks.queryFilter(stage.tasks.filters.TaskSettled(task.taskId));
      expect(await stage.tasks.creditOf(stage.commons.address)).to.equal(end?.args.restUnits);
      const [books] = await stage.tasks.queryFilter(stage.tasks.filters.BooksClosed(task.taskId));
      const credit = await stage.tasks.creditOf(owner.address);
      expect(credit).to.equal((books?.args.refundUnits ?? 0n) + (books?.args.feeUnits ?? 0n));
      await back();
      return end?.args.restUnits ?? 0n;
    };
    expect((await restWhen(contrary)) > (await restWhen(truth))).to.equal(true);
  });

  // guards: contracts/FeedbackTasks.sol "if (msg.sender == COMMONS) revert CommonsCannotTakePart(msg.sender);"
  // guards: contracts/StakeRegistry.sol "if (msg.sender == COMMONS) revert CommonsCannotJoin();"
  it("[G12] cannot be the commons as well, in no part", async () => {
    const { commons } = stage;
    await expect(createTask(stage, await termsFor(stage), commons)).to.be.revertedWithCustomError(
      stage.tasks,
      "CommonsCannotTakePart",
    );
    for (const role of [ROLE.Human, ROLE.Ai, ROLE.Operator])
      await expect(join(stage, commons, role)).to.be.revertedWithCustomError(
        stage.registry,
        "CommonsCannotJoin",
      );
    const terms = await termsFor(stage, { operator: commons.address });
    await expect(createTask(stage, terms)).to.be.revertedWithCustomError(
      stage.tasks,
      "OperatorNotActive",
    );
  });
});
