import { expect } from "chai";
import { computeAddress, id, ZeroHash, type SigningKey } from "ethers";

import { encodeEntries } from "../../../protocol/ballot.ts";
import { shareBond } from "../../../protocol/bond-shares.ts";
import { admissionLeaf, buildMerkleTree } from "../../../protocol/merkle-tree.ts";
import { toCompact } from "../../../protocol/signature.ts";
import type { Terms } from "../../../protocol/terms.ts";
import { lockUnits } from "../../../protocol/terms.ts";
import { openingReceiptDigest } from "../../../protocol/typed-data.ts";
import type { Hex, PresentedVerdict } from "../../../protocol/words.ts";
import type { Cast, CastOptions, OpenTask, Person, Stage, TxPromise } from "../../support/stage.ts";
import {
  authorizeSession,
  cast,
  commit,
  createOpenTask,
  createStage,
  createTask,
  eligibleEntries,
  keyOf,
  receiptOf,
  REFUSAL,
  reveal,
  settle,
  STATE,
  termsFor,
  TOKEN,
} from "../../support/stage.ts";

const SESSION = keyOf("claiming session");

describe("claims of omission", () => {
  let stage: Stage;
  let restore: () => Promise<void>;
  let human: Person;

  before(async () => {
    stage = await createStage({ humans: 5, ais: 1 });
    human = stage.humans[0] as Person;
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  const openTask = (changes: Partial<Terms> = {}): Promise<OpenTask> =>
    createOpenTask(stage, { itemCount: 40, ...changes });

  /** All of the person's items, or the first `count` of them. */
  const work = (task: OpenTask, person: Person, count?: number): Hex =>
    encodeEntries(eligibleEntries(task, person).slice(0, count));

  interface Receipt {
    readonly r: string;
    readonly vs: string;
  }

  function receiptFor(
    { taskId }: OpenTask,
    { signed }: Cast,
    key: SigningKey = stage.operator.key,
    version = Number(signed.version),
  ): Receipt {
    const digest = openingReceiptDigest(stage.tasksDomain, {
      taskId,
      validator: signed.validator,
      version,
      judgments: Number(signed.judgments),
      commitment: String(signed.commitment),
    });
    return toCompact(key.sign(digest).serialized);
  }

  /** Anybody claims: here a stranger. */
  function claim(
    task: OpenTask,
    made: Cast,
    { r, vs }: Receipt = receiptFor(task, made),
    recordedEntries: Hex = "0x",
  ): TxPromise {
    return stage.tasks
      .connect(stage.stranger.signer)
      .claimOmission(task.taskId, made.signed, r, vs, made.opening, recordedEntries);
  }

  const refusedFor = (
    attempt: TxPromise,
    task: OpenTask,
    refusal: keyof typeof REFUSAL,
    person: Person = human,
  ): PromiseLike<unknown> =>
    expect(attempt)
      .to.be.revertedWithCustomError(stage.tasks, "NotClaimable")
      .withArgs(task.taskId, person.signer, REFUSAL[refusal]);

  async function claimed(attempt: TxPromise): Promise<bigint> {
    const receipt = await receiptOf(attempt);
    const log = receipt.logs[0];
    const parsed = log && stage.tasks.interface.parseLog(log);
    expect(parsed?.name).to.equal("OmissionClaimed");
    return parsed?.args["claimUnits"] as bigint;
  }

  const atEnd = (task: OpenTask): Promise<void> => stage.moveTo(task.terms.revealEndsAt);
  const afterWindow = (task: OpenTask): Promise<void> =>
    stage.moveTo(task.terms.revealEndsAt + stage.constants.claimWindow);

  async function openLater(task: OpenTask, made: Cast): Promise<Hex> {
    await stage.moveTo(task.terms.commitEndsAt);
    expect(await reveal(stage, task.taskId, [made.opening])).to.deep.equal([REFUSAL.None]);
    const [event] = await stage.tasks.queryFilter(
      stage.tasks.filters.BallotRevealed(task.taskId, human.address),
    );
    return event?.args[2] ?? "0x";
  }

  /** The same for every test that needs a key besides the wallet. */
  async function withSession(task: OpenTask, expiresAt?: bigint): Promise<void> {
    await authorizeSession(stage, human, SESSION, expiresAt ?? task.terms.revealEndsAt);
  }

  /** A list drawn up badly: two addresses stand at index 0; `at` casts work of the i-th with its proof. */
  async function openWithOneIndexTwice(): Promise<{
    readonly task: OpenTask;
    readonly first: Person;
    readonly second: Person;
    readonly at: (i: number, person: Person, version?: number, count?: number) => Cast;
  }> {
    const [first, second, third] = stage.humans as [Person, Person, Person];
    const tree = buildMerkleTree([
      admissionLeaf(0, first.address),
      admissionLeaf(0, second.address),
      admissionLeaf(1, third.address),
    ]);
    const task = await openTask({ humanAdmissionRoot: tree.root, humanSeats: 3 });
    return {
      task,
      first,
      second,
      at: (i, person, version = 1, count) =>
        cast(stage, task.taskId, person, work(task, person, count), {
          version,
          admissionIndex: 0,
          admissionProof: tree.proofOf(i),
        }),
    };
  }

  describe("given a receipt, and", () => {
    // guards: contracts/libraries/Omissions.sol "if (Draws.ticketOf(seed, validator, itemIndex) >> 1 < threshold) ++withTicket;"
    it("no record: the price of every judgment that had a ticket", async () => {
      const task = await openTask();
      // Items without a ticket, and items that there are not, earn nothing.
      const all = Array.from({ length: 45 }, (_, itemIndex) => ({
        itemIndex,
        verdict: (itemIndex % 3) as PresentedVerdict,
      }));
      const made = cast(stage, task.taskId, human, encodeEntries(all.slice(5)));
      const tickets = eligibleEntries(task, human).filter(({ itemIndex }) => itemIndex >= 5).length;
      await atEnd(task);
      await expect(claim(task, made))
        .to.emit(stage.tasks, "OmissionClaimed")
        .withArgs(task.taskId, human.signer, BigInt(tickets) * TOKEN);
    });

    it("a record that nobody opened: the lock that is lost as well", async () => {
      const task = await openTask();
      const made = cast(stage, task.taskId, human, work(task, human));
      await commit(stage, task.taskId, [made.signed]);
      await atEnd(task);
      const judgments = Number(made.signed.judgments);
      const units = BigInt(judgments) * TOKEN + lockUnits(task.terms, "Human", judgments);
      const back = await stage.snapshot();
      expect(await claimed(claim(task, made))).to.equal(units);
      await back();
      // Settled or not makes no difference.
      await settle(stage, task.taskId, [human.address], ["0x"]);
      expect(await stage.tasks.stateOf(task.taskId)).to.equal(STATE.Settled);
      expect(await claimed(claim(task, made))).to.equal(units);
    });

    it("an older version that nobody opened: its lock", async () => {
      const task = await openTask();
      const older = cast(stage, task.taskId, human, work(task, human, 3));
      const made = cast(stage, task.taskId, human, work(task, human), { version: 2 });
      await commit(stage, task.taskId, [older.signed]);
      await atEnd(task);
      expect(await claimed(claim(task, made))).to.equal(
        BigInt(made.signed.judgments) * TOKEN + lockUnits(task.terms, "Human", 3),
      );
    });

    // guards: contracts/libraries/Omissions.sol "if (record.version() < ballot.version) return IFeedbackTasks.Refusal.None;"
    // guards: contracts/libraries/Omissions.sol "counts && !record.isOf(keccak256(recordedEntries))"
    it("an older version, opened to dodge the claim: what it left out", async () => {
      const task = await openTask();
      const older = cast(stage, task.taskId, human, work(task, human, 3));
      const made = cast(stage, task.taskId, human, work(task, human), { version: 2 });
      await commit(stage, task.taskId, [older.signed]);
      const recorded = await openLater(task, older);
      await atEnd(task);
      await refusedFor(claim(task, made), task, "WrongEntries");
      await refusedFor(
        claim(task, made, receiptFor(task, made), `${recorded}00000000`),
        task,
        "WrongEntries",
      );
      expect(await claimed(claim(task, made, receiptFor(task, made), recorded))).to.equal(
        (BigInt(made.signed.judgments) - 3n) * TOKEN,
      );
    });

    // guards: contracts/libraries/Omissions.sol "bool counts = record.isOpened() && !record.isVoid();"
    it("an older version, void: everything", async () => {
      const task = await openTask();
      const older = cast(stage, task.taskId, human, "0x00000009");
      const made = cast(stage, task.taskId, human, work(task, human), { version: 2 });
      await commit(stage, task.taskId, [older.signed]);
      await stage.moveTo(task.terms.commitEndsAt);
      await reveal(stage, task.taskId, [older.opening]);
      await atEnd(task);
      expect(await claimed(claim(task, made))).to.equal(BigInt(made.signed.judgments) * TOKEN);
    });

    it("an AI's work: at the AIs' price", async () => {
      const task = await openTask({ aiVotes: 1, aiPrice: 7n });
      const ai = stage.ais[0] as Person;
      const made = cast(
        stage,
        task.taskId,
        ai,
        eligibleEntries(task, ai, () => 0, "ai"),
      );
      await atEnd(task);
      expect(await claimed(claim(task, made))).to.equal(BigInt(made.signed.judgments) * 7n);
    });

    it("a session that lasted: what its key signed", async () => {
      const task = await openTask();
      await withSession(task);
      const made = cast(stage, task.taskId, human, work(task, human), { signer: SESSION });
      await stage.moveTo(task.terms.commitEndsAt);
      // Too late to have kept the operator from committing.
      await stage.registry.connect(human.signer).revokeSession(computeAddress(SESSION));
      await atEnd(task);
      expect(await claimed(claim(task, made))).to.equal(BigInt(made.signed.judgments) * TOKEN);
    });

    // guards: contracts/libraries/Omissions.sol "if (!Admission.isListed(role.root, role.admitted, ballot)) {"
    it("a place on the list: as at commit", async () => {
      const list = [human, stage.humans[1] as Person, stage.humans[2] as Person];
      const tree = buildMerkleTree(list.map(({ address }, i) => admissionLeaf(i, address)));
      const task = await openTask({ humanAdmissionRoot: tree.root, humanSeats: 3 });
      const at = (i: number, person = human): Cast =>
        cast(stage, task.taskId, person, work(task, person), {
          admissionIndex: i,
          admissionProof: tree.proofOf(i),
        });
      await atEnd(task);
      await refusedFor(claim(task, at(1)), task, "NotAdmitted");
      await refusedFor(
        claim(task, cast(stage, task.taskId, human, work(task, human))),
        task,
        "NotAdmitted",
      );
      const made = at(0);
      expect(await claimed(claim(task, made))).to.equal(BigInt(made.signed.judgments) * TOKEN);
    });
  });

  describe("is no omission", () => {
    async function refuses(
      refusal: keyof typeof REFUSAL,
      prepare: (task: OpenTask) => Promise<Cast> | Cast,
      changes: Partial<Terms> = {},
    ): Promise<void> {
      const task = await openTask(changes);
      const made = await prepare(task);
      await atEnd(task);
      await refusedFor(claim(task, made), task, refusal);
    }

    const made = (task: OpenTask, options: CastOptions = {}): Cast =>
      cast(stage, task.taskId, human, work(task, human), options);

    // guards: contracts/libraries/Omissions.sol "if (unfundedVersion >= ballot.version) return IFeedbackTasks.Refusal.Unfunded;"
    it("drained stake: the version was not covered", () =>
      refuses("Unfunded", async (task) => {
        const tasks = await stage.impersonate(stage.tasksDomain.verifyingContract);
        await stage.registry
          .connect(tasks)
          .lock(id("another task"), human.address, 10_000n * TOKEN);
        const ballot = made(task);
        expect(await commit(stage, task.taskId, [ballot.signed])).to.deep.equal([REFUSAL.Unfunded]);
        return ballot;
      }));

    // guards: contracts/libraries/Omissions.sol "if (unfundedVersion >= ballot.version) return IFeedbackTasks.Refusal.Unfunded;"
    it("an older record beside a version that was not covered", () =>
      refuses("Unfunded", async (task) => {
        const older = cast(stage, task.taskId, human, work(task, human, 2));
        await commit(stage, task.taskId, [older.signed]);
        const tasks = await stage.impersonate(stage.tasksDomain.verifyingContract);
        const free = await stage.registry.freeStakeOf(human.address);
        await stage.registry.connect(tasks).lock(id("another task"), human.address, free);
        const ballot = made(task, { version: 2 });
        await commit(stage, task.taskId, [ballot.signed]);
        return ballot;
      }));

    // guards: contracts/libraries/Omissions.sol "(session.revokedAt == 0 || session.revokedAt >= commitEndsAt) &&"
    it("a session revoked after the receipt", () =>
      refuses("BadSignature", async (task) => {
        await withSession(task);
        const ballot = made(task, { signer: SESSION });
        await stage.registry.connect(human.signer).revokeSession(computeAddress(SESSION));
        return ballot;
      }));

    // guards: contracts/libraries/Omissions.sol "session.expiresAt > task.closesAt;"
    it("a session that had expired when judging closed", () =>
      refuses("BadSignature", async (task) => {
        await withSession(task, task.terms.closesAt);
        return made(task, { signer: SESSION });
      }));

    // guards: contracts/libraries/Omissions.sol "session.authorizedAt < commitEndsAt &&"
    it("a session authorised when commits had ended", () =>
      refuses("BadSignature", async (task) => {
        await stage.moveTo(task.terms.commitEndsAt - 1n);
        await withSession(task, task.terms.revealEndsAt + 1n);
        return made(task, { signer: SESSION });
      }));

    it("a key that was never authorised", () =>
      refuses("BadSignature", (task) => made(task, { signer: SESSION })));

    // guards: contracts/libraries/Omissions.sol "bool same = record.version() == ballot.version && record.isOf(ballot.commitment);"
    it("the same version with another commitment", () =>
      refuses("NotNewer", async (task) => {
        const other = cast(stage, task.taskId, human, work(task, human, 2));
        await commit(stage, task.taskId, [other.signed]);
        return made(task);
      }));

    // guards: contracts/libraries/Omissions.sol "if (!byWallet && record.session() == 0) return IFeedbackTasks.Refusal.NotNewer;"
    it("a wallet's version 1 over a session's version 80", () =>
      refuses("NotNewer", async (task) => {
        await withSession(task);
        const own = cast(stage, task.taskId, human, work(task, human, 2));
        await commit(stage, task.taskId, [own.signed]);
        return made(task, { signer: SESSION, version: 80 });
      }));

    it("a later version on chain", () =>
      refuses("NotNewer", async (task) => {
        await commit(stage, task.taskId, [made(task, { version: 3 }).signed]);
        return made(task, { version: 2 });
      }));

    // guards: contracts/libraries/Omissions.sol "return same && !record.isOpened() ? IFeedbackTasks.Refusal.None : IFeedbackTasks.Refusal.NotNewer;"
    it("what was opened and is paid", () =>
      refuses("NotNewer", async (task) => {
        const ballot = made(task);
        await commit(stage, task.taskId, [ballot.signed]);
        await openLater(task, ballot);
        return ballot;
      }));

    // guards: contracts/libraries/Omissions.sol "return same && !record.isOpened() ? IFeedbackTasks.Refusal.None : IFeedbackTasks.Refusal.NotNewer;"
    it("one's own void ballot", () =>
      refuses("NotNewer", async (task) => {
        const void_ = cast(stage, task.taskId, human, "0x00000009");
        await commit(stage, task.taskId, [void_.signed]);
        await stage.moveTo(task.terms.commitEndsAt);
        await reveal(stage, task.taskId, [void_.opening]);
        return void_;
      }));

    // guards: contracts/libraries/Omissions.sol "if (ballot.judgments == 0 || ballot.judgments > task.itemCount) {"
    it("65,535 judgments on forty items", () =>
      refuses("JudgmentsOutOfRange", (task) => made(task, { judgments: 65_535 })));

    it("no judgments", () =>
      refuses("JudgmentsOutOfRange", (task) =>
        cast(stage, task.taskId, human, "0x", { judgments: 0 }),
      ));

    it("version 0", () => refuses("NotNewer", (task) => made(task, { version: 0 })));

    for (const [what, entries] of [
      ["a verdict of 3", "0x00000003"],
      ["an item twice", "0x0000010000000101"],
      ["a broken length", "0x0000010000"],
    ] as const) {
      // guards: contracts/libraries/Omissions.sol "bool opens = commitment == ballot.commitment && BallotCodec.isWellFormed(opening.entries, ballot.judgments);"
      it(`an opening that makes the ballot void: ${what}`, () =>
        refuses("WrongOpening", (task) => cast(stage, task.taskId, human, entries)));
    }

    // guards: contracts/libraries/Omissions.sol "bool opens = commitment == ballot.commitment && BallotCodec.isWellFormed(opening.entries, ballot.judgments);"
    it("an opening of something else", async () => {
      const task = await openTask();
      const ballot = made(task);
      await atEnd(task);
      for (const change of [
        { entries: work(task, human, 3) },
        { salt: id("other") },
        { notesHash: id("other") },
      ]) {
        const other = { ...ballot, opening: { ...ballot.opening, ...change } };
        await refusedFor(claim(task, other), task, "WrongOpening");
      }
    });

    // guards: contracts/libraries/BallotCodec.sol "OPENING_TYPEHASH, block.chainid, address(this), taskId, validator, version, salt,"
    it("[G6] a commitment copied from another's ballot", async () => {
      const task = await openTask();
      const theirs = cast(stage, task.taskId, stage.humans[1] as Person, work(task, human));
      const copied = made(task, { commitment: String(theirs.signed.commitment) });
      await atEnd(task);
      await refusedFor(
        claim(task, { signed: copied.signed, opening: theirs.opening }, receiptFor(task, copied)),
        task,
        "WrongOpening",
      );
    });

    // guards: contracts/libraries/Omissions.sol "} else return (IFeedbackTasks.Refusal.NotActiveAtSnapshot, role);"
    it("the work of somebody without a seat at the snapshot", async () => {
      const task = await openTask();
      const { stranger } = stage;
      const ballot = cast(stage, task.taskId, stranger, work(task, stranger));
      await atEnd(task);
      await refusedFor(claim(task, ballot), task, "NotActiveAtSnapshot", stranger);
    });

    // guards: contracts/libraries/Omissions.sol "if (!own && admissionIndexes[role.isAi].get(ballot.admissionIndex)) {"
    it("a place on the list that another address used", async () => {
      const { task, first, second, at } = await openWithOneIndexTwice();
      await commit(stage, task.taskId, [at(0, first).signed]);
      await atEnd(task);
      await refusedFor(claim(task, at(1, second)), task, "AdmissionIndexTaken", second);
      // One's own index is no hindrance.
      await claimed(claim(task, at(0, first)));
    });

    // guards: contracts/libraries/Omissions.sol "if (role.root != 0) admissionIndexes[role.isAi].set(ballot.admissionIndex);"
    it("a place on the list that another claimed for", async () => {
      const { task, first, second, at } = await openWithOneIndexTwice();
      await atEnd(task);
      await claimed(claim(task, at(0, first)));
      await refusedFor(claim(task, at(1, second)), task, "AdmissionIndexTaken", second);
    });

    it("work on a task that was never opened, or that there is not", async () => {
      const opened = await openTask();
      const unknown = { ...opened, taskId: id("none") };
      const terms = await termsFor(stage, { itemCount: 40 });
      const unopened = { ...opened, taskId: await createTask(stage, terms), terms };
      await atEnd(unopened);
      const workOn = (task: OpenTask): Cast => cast(stage, task.taskId, human, work(opened, human));
      await refusedFor(claim(unopened, workOn(unopened)), unopened, "NotInPool");
      await expect(claim(unknown, workOn(unknown))).to.be.revertedWithCustomError(
        stage.tasks,
        "NoSuchTask",
      );
    });

    it("work of which nothing is missing", async () => {
      const task = await openTask();
      const older = cast(stage, task.taskId, human, work(task, human));
      await commit(stage, task.taskId, [older.signed]);
      const recorded = await openLater(task, older);
      const newer = made(task, { version: 2 });
      await atEnd(task);
      await expect(claim(task, newer, receiptFor(task, newer), recorded))
        .to.be.revertedWithCustomError(stage.tasks, "NothingToClaim")
        .withArgs(task.taskId, human.signer);
    });

    // guards: contracts/libraries/Omissions.sol "if (pool == 0 || Draws.poolHash(task.seed, ballot.validator) > Draws.poolLimit(pool, seats)) {"
    it("a ballot outside the pool", async () => {
      const crowd = await createStage({ humans: 12, ais: 0, constants: { minPool: 3 } });
      const task = await createOpenTask(crowd, { itemCount: 4 });
      const outside = await Promise.all(
        crowd.humans.map(async (person) => {
          const ballot = cast(crowd, task.taskId, person, "0x00000000");
          const refusals = await crowd.tasks.commit.staticCall(task.taskId, [ballot.signed]);
          return Number(refusals[0]) === REFUSAL.NotInPool ? ballot : undefined;
        }),
      );
      const ballot = outside.find((one) => one !== undefined);
      if (!ballot) throw new Error("everybody was drawn");
      await crowd.moveTo(task.terms.revealEndsAt);
      const digest = openingReceiptDigest(crowd.tasksDomain, {
        taskId: task.taskId,
        validator: ballot.signed.validator,
        version: 1,
        judgments: 1,
        commitment: String(ballot.signed.commitment),
      });
      const { r, vs } = toCompact(crowd.operator.key.sign(digest).serialized);
      await expect(
        crowd.tasks.claimOmission(task.taskId, ballot.signed, r, vs, ballot.opening, "0x"),
      ).to.be.revertedWithCustomError(crowd.tasks, "NotClaimable");
      await crowd.close();
    });
  });

  // guards: contracts/libraries/Omissions.sol "return failure == ECDSA.RecoverError.NoError && signer == task.receiptKey;"
  it("without the operator's receipt over this very ballot is refused", async () => {
    const task = await openTask();
    const made = cast(stage, task.taskId, human, work(task, human));
    const another = cast(stage, task.taskId, human, work(task, human, 3));
    await atEnd(task);
    for (const receipt of [
      receiptFor(task, made, human.key),
      receiptFor(task, made, stage.operator.key, 2),
      receiptFor(task, another),
      { r: made.signed.r, vs: made.signed.vs } as Receipt,
      { r: ZeroHash, vs: ZeroHash },
    ]) {
      await expect(claim(task, made, receipt))
        .to.be.revertedWithCustomError(stage.tasks, "BadReceipt")
        .withArgs(task.taskId, human.signer);
    }
  });

  // guards: contracts/libraries/Omissions.sol "if (block.timestamp < from || block.timestamp >= until) {"
  it("outside the window is refused", async () => {
    const task = await openTask();
    const made = cast(stage, task.taskId, human, work(task, human));
    const from = task.terms.revealEndsAt;
    const until = from + stage.constants.claimWindow;
    await stage.moveTo(from - 2n);
    await expect(claim(task, made))
      .to.be.revertedWithCustomError(stage.tasks, "ClaimOutsideWindow")
      .withArgs(task.taskId, from, until);
    await stage.moveTo(until - 2n);
    const back = await stage.snapshot();
    await claimed(claim(task, made)); // in the last second
    await back();
    await stage.moveTo(until - 1n);
    await expect(claim(task, made)).to.be.revertedWithCustomError(
      stage.tasks,
      "ClaimOutsideWindow",
    );
  });

  // guards: contracts/libraries/Omissions.sol "if (claimUnits <= claimedBefore) revert IFeedbackTasks.AlreadyClaimed(taskId, validator);"
  it("happens once a validator, unless for more", async () => {
    const task = await openTask();
    const made = cast(stage, task.taskId, human, work(task, human));
    await atEnd(task);
    await claimed(claim(task, made));
    await expect(claim(task, made))
      .to.be.revertedWithCustomError(stage.tasks, "AlreadyClaimed")
      .withArgs(task.taskId, human.signer);
  });

  describe("made before by the operator, for an older version,", () => {
    // guards: contracts/libraries/Omissions.sol "book.claimedUnits += claimUnits - claimedBefore;"
    // guards: contracts/libraries/Omissions.sol "if (claimedBefore == 0) ++book.unpaid;"
    it("[G15] does not stand in the way of the newest: that takes its place", async () => {
      const task = await openTask({ operatorBond: 35n * TOKEN + 1n });
      const other = stage.humans[1] as Person;
      const first = cast(stage, task.taskId, human, work(task, human, 1));
      const newest = cast(stage, task.taskId, human, work(task, human), { version: 80 });
      const beside = cast(stage, task.taskId, other, work(task, other));
      await atEnd(task);
      expect(await claimed(claim(task, first))).to.equal(TOKEN);
      const units = await claimed(claim(task, newest));
      expect(units).to.equal(BigInt(newest.signed.judgments) * TOKEN);
      const otherUnits = await claimed(claim(task, beside));
      // Nor can it be made small again.
      await expect(claim(task, first)).to.be.revertedWithCustomError(stage.tasks, "AlreadyClaimed");
      await stage.tasks.settle(task.taskId, [], []);
      await afterWindow(task);
      await stage.tasks.releaseBond(task.taskId);
      // Shares are of the claims that stand, and what rounding leaves goes with the last of them.
      const shares = shareBond(task.terms.operatorBond, [units, otherUnits]);
      expect(shares.dustUnits > 0n, "a case with dust").to.equal(true);
      await expect(stage.tasks.payClaim(task.taskId, human.address))
        .to.emit(stage.tasks, "ClaimPaid")
        .withArgs(task.taskId, human.signer, shares.paidUnits[0], 0n);
      await expect(stage.tasks.payClaim(task.taskId, other.address))
        .to.emit(stage.tasks, "ClaimPaid")
        .withArgs(task.taskId, other.signer, shares.paidUnits[1], shares.dustUnits);
    });

    // guards: contracts/libraries/Omissions.sol "(made.units != 0 && made.admissionIndex == ballot.admissionIndex);"
    it("does not use up one's own place on the list", async () => {
      const { task, first, at } = await openWithOneIndexTwice();
      await atEnd(task);
      await claimed(claim(task, at(0, first, 1, 1)));
      const newest = at(0, first, 2);
      expect(await claimed(claim(task, newest))).to.equal(BigInt(newest.signed.judgments) * TOKEN);
    });
  });

  it("of the largest ballot is heard within one transaction's gas", async () => {
    const task = await openTask({ itemCount: 4096, humanVotes: 5, humanPrice: 1n });
    const made = cast(stage, task.taskId, human, work(task, human));
    expect(made.signed.judgments).to.equal(4096);
    await atEnd(task);
    expect(await claimed(claim(task, made))).to.equal(4096n);
  });

  describe("paid out of the bond", () => {
    /** Claims of the first people; the units of each. */
    async function claims(task: OpenTask, people: readonly Person[]): Promise<bigint[]> {
      const units: bigint[] = [];
      for (const person of people)
        units.push(
          await claimed(claim(task, cast(stage, task.taskId, person, work(task, person)))),
        );
      return units;
    }

    const operatorAccount = async (): Promise<{ stakedUnits: bigint; lockedUnits: bigint }> =>
      stage.registry.accountOf(stage.operator.address);

    it("in full where it suffices; the rest is the operator's again", async () => {
      const task = await openTask({ operatorBond: 1_000n * TOKEN });
      const before = (await operatorAccount()).stakedUnits;
      await atEnd(task);
      const [units = 0n] = await claims(task, [human]);
      await stage.tasks.settle(task.taskId, [], []);
      await afterWindow(task);
      const releasing = stage.tasks.connect(stage.stranger.signer).releaseBond(task.taskId);
      await expect(releasing)
        .to.emit(stage.tasks, "BondReleased")
        .withArgs(task.taskId, stage.operator.signer, 1_000n * TOKEN - units);
      await expect(releasing)
        .to.emit(stage.registry, "StakeSeized")
        .withArgs(task.taskId, stage.operator.signer, units);
      const { stakedUnits, lockedUnits } = await operatorAccount();
      expect([before - stakedUnits, lockedUnits]).to.deep.equal([units, 0n]);

      await expect(stage.tasks.connect(stage.stranger.signer).payClaim(task.taskId, human.address))
        .to.emit(stage.tasks, "ClaimPaid")
        .withArgs(task.taskId, human.signer, units, 0n);
      expect(await stage.tasks.creditOf(human.address)).to.equal(units);
    });

    // guards: contracts/libraries/Omissions.sol "uint256 paidUnits = (claimUnits * book.seizedUnits) / book.claimedUnits;"
    it("[G15] in proportion where it does not, in any order, and nothing is left over", async () => {
      const task = await openTask({ operatorBond: 35n * TOKEN + 1n });
      await atEnd(task);
      const people = stage.humans.slice(0, 4);
      const units = await claims(task, people);
      const expected = shareBond(task.terms.operatorBond, units);
      expect(expected.returnedUnits).to.equal(0n);
      expect(expected.dustUnits > 0n, "a case with dust").to.equal(true);
      await stage.tasks.settle(task.taskId, [], []);
      await afterWindow(task);
      await stage.tasks.releaseBond(task.taskId);
      for (const order of [
        [0, 1, 2, 3],
        [3, 1, 0, 2],
      ]) {
        const back = await stage.snapshot();
        for (const [place, i] of order.entries()) {
          const person = people[i] as Person;
          await expect(stage.tasks.payClaim(task.taskId, person.address))
            .to.emit(stage.tasks, "ClaimPaid")
            .withArgs(
              task.taskId,
              person.signer,
              expected.paidUnits[i],
              place === 3 ? expected.dustUnits : 0n,
            );
        }
        const everyone = [stage.requester, stage.commons, ...people];
        expect(await stage.tasks.creditOf(stage.commons.address)).to.equal(expected.dustUnits);
        for (const { address } of everyone) await stage.tasks.withdrawFor(address);
        expect(await stage.token.balanceOf(await stage.tasks.getAddress())).to.equal(0n);
        await back();
      }
    });

    it("only once the window is over, once, and to who claimed", async () => {
      const task = await openTask();
      await atEnd(task);
      await claims(task, [human]);
      await expect(stage.tasks.payClaim(task.taskId, human.address))
        .to.be.revertedWithCustomError(stage.tasks, "BondNotReleased")
        .withArgs(task.taskId);
      await afterWindow(task);
      await stage.tasks.releaseBond(task.taskId);
      const other = stage.humans[1] as Person;
      await expect(stage.tasks.payClaim(task.taskId, other.address))
        .to.be.revertedWithCustomError(stage.tasks, "NoClaim")
        .withArgs(task.taskId, other.signer);
      await stage.tasks.payClaim(task.taskId, human.address);
      await expect(stage.tasks.payClaim(task.taskId, human.address))
        .to.be.revertedWithCustomError(stage.tasks, "NoClaim")
        .withArgs(task.taskId, human.signer);
      await expect(stage.tasks.payClaim(id("none"), human.address)).to.be.revertedWithCustomError(
        stage.tasks,
        "NoSuchTask",
      );
    });

    it("of one task leaves another task's bond alone", async () => {
      const first = await openTask();
      const second = await openTask();
      await atEnd(second);
      await claims(first, [human]);
      await stage.moveTo(second.terms.revealEndsAt + stage.constants.claimWindow);
      await stage.tasks.releaseBond(first.taskId);
      expect((await operatorAccount()).lockedUnits).to.equal(second.terms.operatorBond);
      await expect(stage.tasks.releaseBond(second.taskId))
        .to.emit(stage.tasks, "BondReleased")
        .withArgs(second.taskId, stage.operator.signer, second.terms.operatorBond);
    });
  });
});
