import { expect } from "chai";

import { drawOf } from "../../../protocol/pool.ts";
import { deriveSeed } from "../../../protocol/seed.ts";
import { escrowUnits } from "../../../protocol/terms.ts";
import type { Hash } from "../../../protocol/words.ts";
import { admissionLeaf, buildMerkleTree } from "../../../protocol/merkle-tree.ts";
import type { Stage } from "../../support/stage.ts";
import {
  createOpenTask,
  createStage,
  createTask,
  join,
  openTask,
  plainDraw,
  ROLE,
  STATE,
  termsFor,
} from "../../support/stage.ts";

const UNKNOWN = `0x${"11".repeat(32)}`;

describe("A funded task", () => {
  let stage: Stage;
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 4, ais: 2 });
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  const open = (taskId: Hash): ReturnType<Stage["tasks"]["openTask"]> =>
    stage.tasks.connect(stage.deployer.signer).openTask(taskId);

  describe("openTask", () => {
    // guards: contracts/libraries/Draws.sol "uint256 active = registry.activeSeatsAt(role, snapshotBlock);"
    it("[G5] fixes seed and draw from the seats of the block of creation", async () => {
      const terms = await termsFor(stage, { aiVotes: 1, aiPrice: 5n });
      const taskId = await createTask(stage, terms);
      await join(stage, stage.stranger, ROLE.Human); // too late to count
      await stage.registry.connect(stage.ais[0]?.signer).requestExit(); // and this too
      const { seedBlock } = await stage.tasks.factsOf(taskId);
      await stage.mine(2);

      const opened = await open(taskId);
      const source = await stage.connection.ethers.provider.getBlock(Number(seedBlock));
      const seed = deriveSeed(
        source?.hash ?? "",
        stage.chainId,
        stage.tasksDomain.verifyingContract,
        taskId,
      );
      const [human, ai] = await stage.tasks.drawOf(taskId);
      await expect(opened).to.emit(stage.tasks, "TaskOpened");
      expect((await stage.tasks.factsOf(taskId)).seed).to.equal(seed);
      expect(plainDraw(human)).to.deep.equal(drawOf(terms, "Human", 4, 40));
      expect(plainDraw(ai)).to.deep.equal(drawOf(terms, "Ai", 2, 40));
      expect(await stage.tasks.stateOf(taskId)).to.equal(STATE.Open);
      const event = (await stage.tasks.queryFilter(stage.tasks.filters.TaskOpened(taskId)))[0];
      expect([event?.args.seed, event?.args.human.threshold, event?.args.ai.pool]).to.deep.equal([
        seed,
        human.threshold,
        ai.pool,
      ]);
    });

    it("before the block after the seed block is refused", async () => {
      const taskId = await createTask(stage, await termsFor(stage));
      const { seedBlock } = await stage.tasks.factsOf(taskId);
      await expect(open(taskId))
        .to.be.revertedWithCustomError(stage.tasks, "TooEarlyToOpen")
        .withArgs(seedBlock);
    });

    for (const late of [256, 257, 600]) {
      // guards: contracts/libraries/Draws.sol "return seedBlock + 256 * ((block.number - 1 - seedBlock) / 256);"
      it(`${late} blocks late takes the latest block in step that still has a hash`, async () => {
        const terms = await termsFor(stage);
        const taskId = await createTask(stage, terms);
        const { seedBlock } = await stage.tasks.factsOf(taskId);
        await stage.mine(seedBlock + BigInt(late) - 1n - (await stage.blockNumber()));
        await open(taskId);
        expect(await stage.blockNumber()).to.equal(seedBlock + BigInt(late));
        const block = seedBlock + 256n * ((BigInt(late) - 1n) / 256n);
        const source = await stage.connection.ethers.provider.getBlock(Number(block));
        expect((await stage.tasks.factsOf(taskId)).seed).to.equal(
          deriveSeed(
            source?.hash ?? "",
            stage.chainId,
            stage.tasksDomain.verifyingContract,
            taskId,
          ),
        );
      });
    }

    it("from closesAt on is refused", async () => {
      const terms = await termsFor(stage);
      const taskId = await createTask(stage, terms);
      await stage.moveTo(terms.closesAt);
      await stage.mine(2);
      await expect(open(taskId))
        .to.be.revertedWithCustomError(stage.tasks, "TooLateToOpen")
        .withArgs(terms.closesAt);
    });

    // guards: contracts/libraries/Draws.sol "uint256 opensUntil = task.conditionOnAi ? task.aiClosesAt : task.closesAt;"
    it("of a task conditioned on AIs is refused from aiClosesAt on", async () => {
      const terms = await termsFor(stage, { aiVotes: 1, aiPrice: 1n, conditionOnAi: true });
      const taskId = await createTask(stage, terms);
      await stage.moveTo(terms.aiClosesAt);
      await stage.mine(2);
      await expect(open(taskId))
        .to.be.revertedWithCustomError(stage.tasks, "TooLateToOpen")
        .withArgs(terms.aiClosesAt);
    });

    it("with fewer than three human seats is refused", async () => {
      const list = buildMerkleTree(
        stage.humans.slice(0, 2).map((human, i) => admissionLeaf(i, human.address)),
      );
      const taskId = await createTask(
        stage,
        await termsFor(stage, { humanAdmissionRoot: list.root, humanSeats: 2 }),
      );
      await stage.mine(2);
      await expect(open(taskId))
        .to.be.revertedWithCustomError(stage.tasks, "TooFewHumanSeats")
        .withArgs(2n);
    });

    it("counts no more seats than are admitted", async () => {
      const list = buildMerkleTree(
        stage.humans.slice(0, 3).map((human, i) => admissionLeaf(i, human.address)),
      );
      const { human } = await createOpenTask(stage, {
        humanAdmissionRoot: list.root,
        humanSeats: 3,
      });
      expect(human.seats).to.equal(3);
    });

    it("a second time is refused", async () => {
      const { taskId } = await createOpenTask(stage);
      await expect(open(taskId))
        .to.be.revertedWithCustomError(stage.tasks, "WrongState")
        .withArgs(taskId, STATE.Open);
    });

    it("of an unknown or cancelled task is refused", async () => {
      await expect(open(UNKNOWN))
        .to.be.revertedWithCustomError(stage.tasks, "NoSuchTask")
        .withArgs(UNKNOWN);
      const taskId = await createTask(stage, await termsFor(stage));
      await stage.tasks.connect(stage.requester.signer).cancelTask(taskId);
      await stage.mine(2);
      await expect(open(taskId))
        .to.be.revertedWithCustomError(stage.tasks, "WrongState")
        .withArgs(taskId, STATE.Cancelled);
    });
  });

  describe("cancelTask", () => {
    it("[G4] by the requester before the seed block refunds everything and frees the bond", async () => {
      const terms = await termsFor(stage);
      const taskId = await createTask(stage, terms);
      const cancelled = stage.tasks.connect(stage.requester.signer).cancelTask(taskId);
      await expect(cancelled)
        .to.emit(stage.tasks, "TaskCancelled")
        .withArgs(taskId, escrowUnits(terms));
      await expect(cancelled)
        .to.emit(stage.tasks, "BondReleased")
        .withArgs(taskId, stage.operator.signer, terms.operatorBond);
      expect(await stage.tasks.creditOf(stage.requester.address)).to.equal(escrowUnits(terms));
      expect((await stage.registry.accountOf(stage.operator.address)).lockedUnits).to.equal(0n);
      expect(await stage.tasks.stateOf(taskId)).to.equal(STATE.Cancelled);
    });

    // guards: contracts/libraries/Books.sol "bool byRequester = msg.sender == task.requester && block.number < task.snapshotBlock + seedDelay;"
    it("by the requester from the seed block on is refused: the seed may be known", async () => {
      const taskId = await createTask(stage, await termsFor(stage));
      await stage.mine(1);
      await expect(stage.tasks.connect(stage.requester.signer).cancelTask(taskId))
        .to.be.revertedWithCustomError(stage.tasks, "NotCancellable")
        .withArgs(taskId);
    });

    it("by anyone else before closesAt is refused", async () => {
      const taskId = await createTask(stage, await termsFor(stage));
      await expect(
        stage.tasks.connect(stage.stranger.signer).cancelTask(taskId),
      ).to.be.revertedWithCustomError(stage.tasks, "NotCancellable");
    });

    it("[G4] by anyone from closesAt on, if it never opened, refunds the requester", async () => {
      const terms = await termsFor(stage);
      const taskId = await createTask(stage, terms);
      await stage.moveTo(terms.closesAt);
      await stage.tasks.connect(stage.stranger.signer).cancelTask(taskId);
      expect(await stage.tasks.creditOf(stage.requester.address)).to.equal(escrowUnits(terms));
    });

    // guards: contracts/libraries/Books.sol "if (task.opened || task.cancelled || !(byRequester || neverOpened)) {"
    it("of an opened task is refused for ever", async () => {
      const { taskId, terms } = await createOpenTask(stage);
      await stage.moveTo(terms.closesAt);
      await expect(
        stage.tasks.connect(stage.requester.signer).cancelTask(taskId),
      ).to.be.revertedWithCustomError(stage.tasks, "NotCancellable");
    });

    it("a second time, or of an unknown task, is refused", async () => {
      const taskId = await createTask(stage, await termsFor(stage));
      const tasks = stage.tasks.connect(stage.requester.signer);
      await tasks.cancelTask(taskId);
      await expect(tasks.cancelTask(taskId)).to.be.revertedWithCustomError(
        stage.tasks,
        "NotCancellable",
      );
      await expect(tasks.cancelTask(UNKNOWN)).to.be.revertedWithCustomError(
        stage.tasks,
        "NoSuchTask",
      );
    });

    it("after the bond was released by time unlocks it no second time", async () => {
      const terms = await termsFor(stage);
      const taskId = await createTask(stage, terms);
      await stage.moveTo(terms.revealEndsAt + stage.constants.claimWindow);
      await stage.tasks.releaseBond(taskId);
      await expect(stage.tasks.cancelTask(taskId)).not.to.emit(stage.tasks, "BondReleased");
      expect((await stage.registry.accountOf(stage.operator.address)).lockedUnits).to.equal(0n);
    });
  });

  describe("anchor", () => {
    it("puts a root on chain, from anyone, at any time", async () => {
      const { taskId } = await createOpenTask(stage);
      await expect(stage.tasks.connect(stage.stranger.signer).anchor(taskId, UNKNOWN, 7n))
        .to.emit(stage.tasks, "Anchored")
        .withArgs(taskId, stage.stranger.signer, UNKNOWN, 7n);
    });

    it("of an unknown task is refused", async () => {
      await expect(stage.tasks.anchor(UNKNOWN, UNKNOWN, 7n)).to.be.revertedWithCustomError(
        stage.tasks,
        "NoSuchTask",
      );
    });
  });

  describe("views", () => {
    it("know nothing of an unknown task", async () => {
      expect(await stage.tasks.stateOf(UNKNOWN)).to.equal(STATE.None);
      await expect(stage.tasks.factsOf(UNKNOWN)).to.be.revertedWithCustomError(
        stage.tasks,
        "NoSuchTask",
      );
      await expect(stage.tasks.drawOf(UNKNOWN)).to.be.revertedWithCustomError(
        stage.tasks,
        "NoSuchTask",
      );
      await expect(stage.tasks.tallyOf(UNKNOWN, 0)).to.be.revertedWithCustomError(
        stage.tasks,
        "NoSuchTask",
      );
      expect((await stage.tasks.recordOf(UNKNOWN, stage.stranger.address)).version).to.equal(0n);
    });

    it("refuse a tally of an item that is none", async () => {
      const { taskId } = await createOpenTask(stage, { itemCount: 30 });
      await expect(stage.tasks.tallyOf(taskId, 30))
        .to.be.revertedWithCustomError(stage.tasks, "NoSuchItem")
        .withArgs(taskId, 30n);
    });

    it("tell the deployment's constants", async () => {
      const { tasks, constants } = stage;
      expect(
        await Promise.all([
          tasks.SEED_DELAY(),
          tasks.MIN_POOL(),
          tasks.MIN_COMMIT(),
          tasks.MIN_REVEAL(),
          tasks.CLAIM_WINDOW(),
        ]),
      ).to.deep.equal([
        constants.seedDelay,
        BigInt(constants.minPool),
        constants.minCommit,
        constants.minReveal,
        constants.claimWindow,
      ]);
      expect(await tasks.registry()).to.equal(await stage.registry.getAddress());
      expect(await tasks.token()).to.equal(await stage.token.getAddress());
      expect((await tasks.commons()).toLowerCase()).to.equal(stage.commons.address);
    });

    it("follow the life of a task, intervals half-open", async () => {
      const terms = await termsFor(stage);
      const taskId = await createTask(stage, terms);
      const stateAt = async (time: bigint): Promise<bigint> => {
        await stage.moveTo(time);
        return stage.tasks.stateOf(taskId);
      };
      await openTask(stage, taskId, terms);
      expect(await stateAt(terms.closesAt - 1n)).to.equal(STATE.Open);
      expect(await stateAt(terms.closesAt)).to.equal(STATE.Committing);
      expect(await stateAt(terms.commitEndsAt - 1n)).to.equal(STATE.Committing);
      expect(await stateAt(terms.commitEndsAt)).to.equal(STATE.Revealing);
      expect(await stateAt(terms.revealEndsAt - 1n)).to.equal(STATE.Revealing);
      expect(await stateAt(terms.revealEndsAt)).to.equal(STATE.Settling);
      await stage.tasks.settle(taskId, [], []);
      expect(await stage.tasks.stateOf(taskId)).to.equal(STATE.Settled);
    });
  });
});
