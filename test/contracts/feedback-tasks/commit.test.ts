import { expect } from "chai";
import { computeAddress, id } from "ethers";

import { fingerprintOf } from "../../../protocol/commitment.ts";
import { buildMerkleTree, admissionLeaf } from "../../../protocol/merkle-tree.ts";
import { isInPool } from "../../../protocol/pool.ts";
import { lockUnits } from "../../../protocol/terms.ts";
import type { Cast, CastOptions, OpenTask, Person, Stage } from "../../support/stage.ts";
import {
  authorizeSession,
  cast,
  commit,
  createOpenTask,
  createStage,
  createTask,
  eligibleEntries,
  join,
  keyOf,
  openTask,
  REFUSAL,
  ROLE,
  STATE,
  termsFor,
  TOKEN,
} from "../../support/stage.ts";

describe("commit", () => {
  let stage: Stage;
  let human: Person;
  let ai: Person;
  let restore: () => Promise<void>;

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

  const castOf = (task: OpenTask, person: Person, options: CastOptions = {}): Cast =>
    cast(stage, task.taskId, person, eligibleEntries(task, person), options);
  const commitOne = async (task: OpenTask, made: Cast): Promise<number> =>
    (await commit(stage, task.taskId, [made.signed]))[0] ?? -1;

  describe("given an open task", () => {
    let task: OpenTask;
    beforeEach(async () => {
      task = await createOpenTask(stage, { aiVotes: 1, aiPrice: TOKEN / 10n });
    });

    it("[G7] records a ballot, whoever sends it, and locks what it may lose", async () => {
      const made = castOf(task, human, { version: 7 });
      const judgments = Number(made.signed.judgments);
      const locked = lockUnits(task.terms, "Human", judgments);
      await expect(stage.tasks.connect(stage.stranger.signer).commit(task.taskId, [made.signed]))
        .to.emit(stage.tasks, "BallotCommitted")
        .withArgs(
          task.taskId,
          human.signer,
          human.signer,
          7n,
          judgments,
          0n,
          made.signed.commitment,
          locked,
        );

      const record = await stage.tasks.recordOf(task.taskId, human.address);
      expect([...record]).to.deep.equal([
        fingerprintOf(String(made.signed.commitment)),
        7n,
        0n,
        BigInt(judgments),
        0n,
        false,
        false,
        false,
        0n,
      ]);
      expect((await stage.registry.accountOf(human.address)).lockedUnits).to.equal(locked);
      expect((await stage.tasks.factsOf(task.taskId)).ballotsCommitted).to.equal(1n);
    });

    it("locks an AI's ballot by the AI price, rounded up", async () => {
      const made = cast(stage, task.taskId, ai, eligibleEntries(task, ai, undefined, "ai"));
      expect(await commitOne(task, made)).to.equal(REFUSAL.None);
      expect((await stage.registry.accountOf(ai.address)).lockedUnits).to.equal(
        lockUnits(task.terms, "Ai", Number(made.signed.judgments)),
      );
    });

    // guards: contracts/FeedbackTasks.sol "if (state != State.Open && state != State.Committing) revert WrongState(taskId, state);"
    it("takes ballots in Committing too, and none before or after", async () => {
      const made = castOf(task, human);
      const tasks = stage.tasks.connect(stage.deployer.signer);
      await stage.moveTo(task.terms.closesAt);
      expect(await commitOne(task, made)).to.equal(REFUSAL.None);
      await stage.moveTo(task.terms.commitEndsAt);
      await expect(tasks.commit(task.taskId, [made.signed]))
        .to.be.revertedWithCustomError(stage.tasks, "WrongState")
        .withArgs(task.taskId, STATE.Revealing);
      const funded = await createTask(stage, await termsFor(stage));
      await expect(tasks.commit(funded, [made.signed]))
        .to.be.revertedWithCustomError(stage.tasks, "WrongState")
        .withArgs(funded, STATE.Funded);
      await expect(tasks.commit(id("none"), [])).to.be.revertedWithCustomError(
        stage.tasks,
        "NoSuchTask",
      );
    });

    // guards: contracts/FeedbackTasks.sol "IStakeRegistry.Role role = REGISTRY.roleAt(validator, call.snapshotBlock);"
    it("[G5] refuses who had no seat at the snapshot, and operators", async () => {
      await join(stage, stage.stranger, ROLE.Human);
      await stage.mine(1);
      for (const person of [stage.stranger, stage.operator]) {
        const made = cast(stage, task.taskId, person, "0x00000000");
        expect(await commitOne(task, made)).to.equal(REFUSAL.NotActiveAtSnapshot);
      }
    });

    it("takes a ballot of somebody who asked to leave after the snapshot", async () => {
      await stage.registry.connect(human.signer).requestExit();
      expect(await commitOne(task, castOf(task, human))).to.equal(REFUSAL.None);
    });

    for (const judgments of [0, 31]) {
      it(`refuses ${judgments} judgments on 30 items`, async () => {
        expect(await commitOne(task, castOf(task, human, { judgments }))).to.equal(
          REFUSAL.JudgmentsOutOfRange,
        );
      });
    }

    // guards: contracts/FeedbackTasks.sol "if (signer == address(0)) return (Refusal.BadSignature, false);"
    it("[G6] refuses a signature by anybody else, over anything else, or malformed", async () => {
      const made = castOf(task, human);
      const another = await createOpenTask(stage);
      for (const signed of [
        castOf(task, human, { signer: keyOf("nobody") }).signed,
        { ...made.signed, version: 2 },
        { ...made.signed, judgments: Number(made.signed.judgments) - 1 },
        { ...made.signed, commitment: id("another") },
        { ...castOf(another, human).signed },
        { ...made.signed, validator: (stage.humans[1] as Person).address },
        { ...made.signed, r: id("r") },
        { ...made.signed, vs: `0x${"ff".repeat(32)}` },
      ]) {
        expect(await commit(stage, task.taskId, [signed])).to.deep.equal([REFUSAL.BadSignature]);
      }
    });

    it("[G8] skips a bad ballot and records those beside it", async () => {
      const [first, second, third] = stage.humans as [Person, Person, Person];
      const ballots = [
        castOf(task, first),
        castOf(task, second, { signer: keyOf("x") }),
        castOf(task, third),
      ];
      expect(
        await commit(
          stage,
          task.taskId,
          ballots.map((made) => made.signed),
        ),
      ).to.deep.equal([REFUSAL.None, REFUSAL.BadSignature, REFUSAL.None]);
      expect((await stage.tasks.factsOf(task.taskId)).ballotsCommitted).to.equal(2n);
    });

    describe("when a version replaces another", () => {
      it("a higher one does, and adjusts the lock both ways", async () => {
        const entries = eligibleEntries(task, human);
        const sizes = [4, 9, 2];
        for (const [i, size] of sizes.entries()) {
          const made = cast(stage, task.taskId, human, entries.slice(0, size), { version: i + 1 });
          expect(await commitOne(task, made)).to.equal(REFUSAL.None);
          expect((await stage.registry.accountOf(human.address)).lockedUnits).to.equal(
            lockUnits(task.terms, "Human", size),
          );
        }
        expect((await stage.tasks.factsOf(task.taskId)).ballotsCommitted).to.equal(1n);
        expect((await stage.tasks.recordOf(task.taskId, human.address)).version).to.equal(3n);
      });

      // guards: contracts/FeedbackTasks.sol "return (session == 0) == (oldSession == 0) && version > old.version();"
      it("the same or a lower one does not, nor version 0", async () => {
        await commitOne(task, castOf(task, human, { version: 5 }));
        for (const version of [5, 4, 0]) {
          expect(await commitOne(task, castOf(task, human, { version }))).to.equal(
            REFUSAL.NotNewer,
          );
        }
        expect(
          await commitOne(task, castOf(task, stage.humans[1] as Person, { version: 0 })),
        ).to.equal(REFUSAL.NotNewer);
      });

      it("keeps the same lock without a word to the registry", async () => {
        await commitOne(task, castOf(task, human, { version: 1 }));
        const before = await stage.registry.accountOf(human.address);
        await commitOne(task, castOf(task, human, { version: 2 }));
        expect((await stage.registry.accountOf(human.address)).lockedUnits).to.equal(
          before.lockedUnits,
        );
      });
    });

    describe("when a session signs", () => {
      const session = keyOf("session");
      const bySession = { signer: session };
      beforeEach(async () => {
        await authorizeSession(stage, human, session, task.terms.closesAt + 1n);
      });

      it("records the key", async () => {
        const made = castOf(task, human, bySession);
        await expect(stage.tasks.commit(task.taskId, [made.signed])).to.emit(
          stage.tasks,
          "BallotCommitted",
        );
        expect((await stage.tasks.recordOf(task.taskId, human.address)).session).to.equal(1n);
        const event = (
          await stage.tasks.queryFilter(stage.tasks.filters.BallotCommitted(task.taskId))
        )[0];
        expect(event?.args.signer).to.equal(computeAddress(session));
      });

      it("holds after closesAt if it did then, though it has expired since", async () => {
        await stage.moveTo(task.terms.closesAt + 50n);
        expect(await commitOne(task, castOf(task, human, bySession))).to.equal(REFUSAL.None);
      });

      // guards: contracts/FeedbackTasks.sol "bool inForce = known.authorizedAt != 0 && known.revokedAt == 0 && known.expiresAt > call.sessionsValidAt;"
      it("is refused if it expires by closesAt", async () => {
        const short = keyOf("short");
        await authorizeSession(stage, human, short, task.terms.closesAt, 1n);
        expect(await commitOne(task, castOf(task, human, { signer: short }))).to.equal(
          REFUSAL.None,
        );
        await stage.moveTo(task.terms.closesAt);
        const late = castOf(task, human, { signer: short, version: 2 });
        expect(await commitOne(task, late)).to.equal(REFUSAL.BadSignature);
      });

      // guards: contracts/FeedbackTasks.sol "bool inForce = known.authorizedAt != 0 && known.revokedAt == 0 && known.expiresAt > call.sessionsValidAt;"
      it("is refused once revoked, at once", async () => {
        await stage.registry.connect(human.signer).revokeSession(computeAddress(session));
        expect(await commitOne(task, castOf(task, human, bySession))).to.equal(
          REFUSAL.BadSignature,
        );
      });

      it("is refused for another validator", async () => {
        expect(await commitOne(task, castOf(task, stage.humans[1] as Person, bySession))).to.equal(
          REFUSAL.BadSignature,
        );
      });

      // guards: contracts/FeedbackTasks.sol "if (session == 0) return true;"
      it("yields to the wallet, whatever the versions, and never the other way", async () => {
        await commitOne(task, castOf(task, human, { ...bySession, version: 80 }));
        expect(await commitOne(task, castOf(task, human, { version: 1 }))).to.equal(REFUSAL.None);
        expect(await commitOne(task, castOf(task, human, { ...bySession, version: 81 }))).to.equal(
          REFUSAL.NotNewer,
        );
        expect((await stage.tasks.recordOf(task.taskId, human.address)).version).to.equal(1n);
      });

      // guards: contracts/FeedbackTasks.sol "if (REGISTRY.isSessionRevoked(validator, oldSession)) return true;"
      it("yields, once revoked, to a lower version of another session", async () => {
        const second = keyOf("second");
        await authorizeSession(stage, human, second, task.terms.closesAt + 1n, 1n);
        await commitOne(task, castOf(task, human, { ...bySession, version: 2 ** 32 - 1 }));
        const made = castOf(task, human, { signer: second, version: 3 });
        expect(await commitOne(task, made)).to.equal(REFUSAL.NotNewer);
        await stage.registry.connect(human.signer).revokeSession(computeAddress(session));
        expect(await commitOne(task, made)).to.equal(REFUSAL.None);
        expect((await stage.tasks.recordOf(task.taskId, human.address)).session).to.equal(2n);
      });
    });
  });

  describe("given too little free stake", () => {
    // guards: contracts/FeedbackTasks.sol "if (version > unfunded[validator]) unfunded[validator] = version;"
    it("[G2] keeps the earlier record and lock, notes the version, and takes it once funded", async () => {
      // Free: 10,000 tokens. A judgment locks 900.
      const task = await createOpenTask(stage, { humanPrice: 1_800n * TOKEN });
      const entries = eligibleEntries(task, human);
      expect(entries.length).to.be.greaterThan(12);
      const small = cast(stage, task.taskId, human, entries.slice(0, 3), { version: 3 });
      const large = cast(stage, task.taskId, human, entries.slice(0, 12), { version: 12 });
      expect(await commitOne(task, small)).to.equal(REFUSAL.None);

      await expect(stage.tasks.commit(task.taskId, [large.signed]))
        .to.emit(stage.tasks, "BallotUnfunded")
        .withArgs(task.taskId, human.signer, 12n);
      const record = await stage.tasks.recordOf(task.taskId, human.address);
      expect([
        record.fingerprint,
        record.version,
        record.unfundedVersion,
        record.judgments,
      ]).to.deep.equal([fingerprintOf(String(small.signed.commitment)), 3n, 12n, 3n]);
      expect((await stage.registry.accountOf(human.address)).lockedUnits).to.equal(2_700n * TOKEN);

      // A lower unfunded version does not hide a higher one.
      expect(
        await commitOne(
          task,
          cast(stage, task.taskId, human, entries.slice(0, 12), { version: 11 }),
        ),
      ).to.equal(REFUSAL.Unfunded);
      expect((await stage.tasks.recordOf(task.taskId, human.address)).unfundedVersion).to.equal(
        12n,
      );

      await stage.registry.connect(human.signer).addStake(1_000n * TOKEN);
      expect(await commitOne(task, large)).to.equal(REFUSAL.None);
      const after = await stage.tasks.recordOf(task.taskId, human.address);
      expect([after.version, after.unfundedVersion, after.judgments]).to.deep.equal([
        12n,
        12n,
        12n,
      ]);
    });

    it("makes no record of a first version", async () => {
      const task = await createOpenTask(stage, {
        humanPrice: 10_000_000n * TOKEN,
        operatorBond: 10n ** 27n,
      });
      expect(await commitOne(task, castOf(task, human, { version: 4 }))).to.equal(REFUSAL.Unfunded);
      const record = await stage.tasks.recordOf(task.taskId, human.address);
      expect([record.version, record.unfundedVersion, record.judgments]).to.deep.equal([
        0n,
        4n,
        0n,
      ]);
      expect((await stage.tasks.factsOf(task.taskId)).ballotsCommitted).to.equal(0n);
    });
  });

  describe("given a task conditioned on AIs", () => {
    // guards: contracts/FeedbackTasks.sol "if (isAi && call.aisLate) return (Refusal.AfterAiClose, false);"
    it("takes AIs' ballots before aiClosesAt and none after", async () => {
      const task = await createOpenTask(stage, { aiVotes: 1, aiPrice: 1n, conditionOnAi: true });
      const made = cast(stage, task.taskId, ai, "0x00000000");
      await stage.moveTo(task.terms.aiClosesAt - 2n);
      expect(await stage.tasks.commit.staticCall(task.taskId, [made.signed])).to.deep.equal([
        BigInt(REFUSAL.None),
      ]);
      await stage.moveTo(task.terms.aiClosesAt);
      expect(await commitOne(task, made)).to.equal(REFUSAL.AfterAiClose);
      expect(await commitOne(task, castOf(task, human))).to.equal(REFUSAL.None);
    });
  });

  describe("given no AI votes", () => {
    it("has no AI in the pool", async () => {
      const task = await createOpenTask(stage);
      expect(await commitOne(task, cast(stage, task.taskId, ai, "0x00000000"))).to.equal(
        REFUSAL.NotInPool,
      );
    });
  });

  describe("given a list of admitted", () => {
    const indexes = [0, 1, 2, 3];
    let task: OpenTask;
    let proofOf: (index: number) => CastOptions;

    beforeEach(async () => {
      // Person 0 stands on the list twice; index 3 lies beyond the admitted seats.
      const listed = [0, 1, 0, 2].map((i) => stage.humans[i] as Person);
      const tree = buildMerkleTree(
        listed.map((person, index) => admissionLeaf(index, person.address)),
      );
      proofOf = (index) => ({ admissionIndex: index, admissionProof: tree.proofOf(index) });
      expect(indexes).to.have.length(listed.length);
      const terms = await termsFor(stage, {
        humanAdmissionRoot: tree.root,
        humanSeats: 3,
        oversubscription: 9_000_000,
      });
      task = await openTask(stage, await createTask(stage, terms), terms);
    });

    it("records the admission index", async () => {
      expect(await commitOne(task, castOf(task, stage.humans[1] as Person, proofOf(1)))).to.equal(
        REFUSAL.None,
      );
      const record = await stage.tasks.recordOf(task.taskId, (stage.humans[1] as Person).address);
      expect(record.admissionIndex).to.equal(1n);
      const event = (
        await stage.tasks.queryFilter(stage.tasks.filters.BallotCommitted(task.taskId))
      )[0];
      expect(event?.args.admissionIndex).to.equal(1n);
    });

    // guards: contracts/libraries/Admission.sol "return index < admitted && MerkleProof.verifyCalldata(ballot.admissionProof, root, leaf);"
    it("refuses a wrong proof, another's proof, and an index beyond the seats", async () => {
      const [, second, third] = stage.humans as [Person, Person, Person];
      expect(await commitOne(task, castOf(task, second, proofOf(0)))).to.equal(REFUSAL.NotAdmitted);
      expect(
        await commitOne(task, castOf(task, second, { ...proofOf(1), admissionIndex: 2 })),
      ).to.equal(REFUSAL.NotAdmitted);
      expect(await commitOne(task, castOf(task, second))).to.equal(REFUSAL.NotAdmitted);
      expect(await commitOne(task, castOf(task, third, proofOf(3)))).to.equal(REFUSAL.NotAdmitted);
    });

    it("takes later versions under the same index, or another of one's own that is free", async () => {
      for (const [version, index] of [
        [1, 0],
        [2, 0],
        [3, 2],
      ] as const) {
        expect(await commitOne(task, castOf(task, human, { version, ...proofOf(index) }))).to.equal(
          REFUSAL.None,
        );
      }
      expect(await commitOne(task, castOf(task, human, { version: 4, ...proofOf(0) }))).to.equal(
        REFUSAL.AdmissionIndexTaken,
      );
    });

    // guards: contracts/FeedbackTasks.sol "if (!own && _admissionIndexes[call.taskId][isAi].get(index)) return Refusal.AdmissionIndexTaken;"
    it("refuses an index that another address uses", async () => {
      // A list that gives one index to two people.
      const [first, second, third] = stage.humans as [Person, Person, Person];
      const tree = buildMerkleTree(
        [first, second, third].map((person) => admissionLeaf(0, person.address)),
      );
      const terms = await termsFor(stage, {
        humanAdmissionRoot: tree.root,
        humanSeats: 3,
        oversubscription: 9_000_000,
      });
      const doubled = await openTask(stage, await createTask(stage, terms), terms);
      const made = [first, second].map((person, i) =>
        castOf(doubled, person, { admissionProof: tree.proofOf(i) }),
      );
      expect(
        await commit(
          stage,
          doubled.taskId,
          made.map(({ signed }) => signed),
        ),
      ).to.deep.equal([REFUSAL.None, REFUSAL.AdmissionIndexTaken]);
    });
  });

  describe("given fewer drawn than have seats", () => {
    // guards: contracts/FeedbackTasks.sol "if (admission.pool == 0 || Draws.poolHash(call.seed, ballot.validator) > admission.poolLimit) {"
    it("refuses those outside the pool", async () => {
      const crowd = await createStage({ humans: 12, ais: 0, constants: { minPool: 4 } });
      const task = await createOpenTask(crowd);
      expect([task.human.seats, task.human.pool]).to.deep.equal([12, 4]);
      const ballots = crowd.humans.map(
        (person) => cast(crowd, task.taskId, person, "0x00000000").signed,
      );
      const expected = crowd.humans.map((person) =>
        isInPool(task.seed, person.address, task.human) ? REFUSAL.None : REFUSAL.NotInPool,
      );
      expect(new Set(expected).size).to.equal(2);
      expect(await commit(crowd, task.taskId, ballots)).to.deep.equal(expected);
      await crowd.close();
    });
  });
});
