import { expect } from "chai";
import { computeAddress } from "ethers";

import { sessionDigest } from "../../../protocol/typed-data.ts";
import type { OpenTask, Person, Stage } from "../../support/stage.ts";
import {
  acceptanceOf,
  cast,
  createOpenTask,
  createStage,
  eligibleEntries,
  keyOf,
  nextTaskId,
  openTask,
  REFUSAL,
  termsFor,
} from "../../support/stage.ts";
import { castSaying, claimFor, commitAll, revealAll, truth } from "./played-task.ts";

/**
 * The same people with the same keys, the same nonces and the same terms, once here and once elsewhere: what they signed
 * there is of no use here. Contracts lie at the same addresses on the other chain.
 */
for (const [elsewhere, options] of [
  ["another chain", { chainId: 31_338 }],
  ["another contract of the same chain", { earlierTransactions: 1 }],
] as const) {
  describe(`what was signed for ${elsewhere}`, () => {
    let here: Stage;
    let there: Stage;
    let human: Person;
    let restore: () => Promise<void>;

    before(async () => {
      here = await createStage({ humans: 3, ais: 0 });
      there = await createStage({ humans: 3, ais: 0, ...options });
      human = here.humans[0] as Person;
    });

    beforeEach(async () => {
      restore = await here.snapshot();
    });

    afterEach(() => restore());

    after(async () => {
      await here.close();
      await there.close();
    });

    async function sameTask(): Promise<{ mine: OpenTask; theirs: OpenTask }> {
      const terms = await termsFor(here);
      const mine = await openTask(here, await create(here, terms), terms);
      const back = await there.snapshot();
      const theirs = await openTask(there, await create(there, terms), terms);
      await back();
      return { mine, theirs };
    }

    async function create(stage: Stage, terms: OpenTask["terms"]): Promise<string> {
      const taskId = await nextTaskId(stage, terms);
      await stage.tasks
        .connect(stage.requester.signer)
        .createTask(terms, acceptanceOf(stage, taskId));
      return taskId;
    }

    // guards: contracts/StakeRegistry.sol "if (!Signatures.isBy(validator, _hashTypedDataV4(structHash), signature)) revert BadSessionSignature(validator);"
    it("[G6] opens no session", async () => {
      const expiresAt = (await here.now()) + 1_000n;
      const key = computeAddress(keyOf("session")).toLowerCase();
      const grant = { validator: human.address, key, expiresAt, nonce: 0n };
      const signed = (stage: Stage): string =>
        human.key.sign(sessionDigest(stage.registryDomain, grant)).serialized;
      await expect(
        here.registry.authorizeSession(human.address, key, expiresAt, 0n, signed(there)),
      ).to.be.revertedWithCustomError(here.registry, "BadSessionSignature");
      await here.registry.authorizeSession(human.address, key, expiresAt, 0n, signed(here));
    });

    // guards: contracts/libraries/Funding.sol "return keccak256(abi.encode(block.chainid, address(this), requester, nonce, termsHash));"
    // guards: contracts/FeedbackTasks.sol "bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(ACCEPTANCE_TYPEHASH, taskId)));"
    it("[G3] binds no operator to a task", async () => {
      const terms = await termsFor(here);
      const [mine, theirs] = [await nextTaskId(here, terms), await nextTaskId(there, terms)];
      // Taken as it is, and with only its domain, or only the task's id, left to tell it apart.
      for (const acceptance of [
        acceptanceOf(there, theirs),
        acceptanceOf(there, mine),
        acceptanceOf(here, theirs),
      ])
        await expect(
          here.tasks.connect(here.requester.signer).createTask(terms, acceptance),
        ).to.be.revertedWithCustomError(here.tasks, "BadOperatorAcceptance");
      await create(here, terms);
    });

    // guards: contracts/FeedbackTasks.sol "_hashTypedDataV4( BallotCodec.hashOf(BallotCodec.BALLOT_TYPEHASH, taskId, validator, version, judgments, commitment) );"
    it("[G6] is no ballot", async () => {
      const { mine, theirs } = await sameTask();
      const entries = eligibleEntries(mine, human);
      // Taken as it is, and with only its domain left to tell it apart.
      for (const replayed of [
        cast(there, theirs.taskId, human, entries),
        cast(there, mine.taskId, human, entries),
      ])
        expect(await commitAll(here, mine, [replayed])).to.deep.equal([REFUSAL.BadSignature]);
      expect(await commitAll(here, mine, [castSaying(here, mine, human, truth)])).to.deep.equal([
        REFUSAL.None,
      ]);
    });

    // guards: contracts/libraries/BallotCodec.sol "OPENING_TYPEHASH, block.chainid, address(this), taskId, validator, version, salt,"
    it("[G6] opens no ballot", async () => {
      const { mine } = await sameTask();
      const entries = eligibleEntries(mine, human);
      const public_ = cast(there, mine.taskId, human, entries);
      const commitment = String(public_.signed.commitment);
      const lured = cast(here, mine.taskId, human, entries, { commitment });
      expect(await commitAll(here, mine, [lured])).to.deep.equal([REFUSAL.None]);
      await here.moveTo(mine.terms.commitEndsAt);
      expect(await revealAll(here, mine, [public_])).to.deep.equal([REFUSAL.WrongOpening]);
    });

    // guards: contracts/libraries/Omissions.sol "bytes32 digest = _digest(BallotCodec.RECEIPT_TYPEHASH, context, ballot);"
    it("[G6] is no receipt", async () => {
      const { mine } = await sameTask();
      const made = castSaying(here, mine, human, truth);
      await here.moveTo(mine.terms.revealEndsAt);
      await expect(
        claimFor(here, mine, made, { domain: there.tasksDomain }),
      ).to.be.revertedWithCustomError(here.tasks, "BadReceipt");
      await claimFor(here, mine, made);
    });
  });
}

describe("what was opened in another slot of one's own", () => {
  let stage: Stage;
  let human: Person;

  before(async () => {
    stage = await createStage({ humans: 3, ais: 0 });
    human = stage.humans[0] as Person;
  });

  after(() => stage.close());

  // guards: contracts/libraries/BallotCodec.sol "OPENING_TYPEHASH, block.chainid, address(this), taskId, validator, version, salt,"
  it("[G6] opens neither another version nor another task", async () => {
    const first = await createOpenTask(stage, { itemCount: 12 });
    const task = await createOpenTask(stage, { itemCount: 12 });
    const entries = eligibleEntries(task, human);
    for (const source of [
      cast(stage, first.taskId, human, entries, { version: 2 }),
      cast(stage, task.taskId, human, entries, { version: 1 }),
    ]) {
      const back = await stage.snapshot();
      const commitment = String(source.signed.commitment);
      const made = cast(stage, task.taskId, human, entries, { version: 2, commitment });
      expect(await commitAll(stage, task, [made])).to.deep.equal([REFUSAL.None]);
      await stage.moveTo(task.terms.commitEndsAt);
      expect(await revealAll(stage, task, [source])).to.deep.equal([REFUSAL.WrongOpening]);
      await back();
    }
    const own = cast(stage, task.taskId, human, entries, { version: 2 });
    await commitAll(stage, task, [own]);
    await stage.moveTo(task.terms.commitEndsAt);
    expect(await revealAll(stage, task, [own])).to.deep.equal([REFUSAL.None]);
  });
});
