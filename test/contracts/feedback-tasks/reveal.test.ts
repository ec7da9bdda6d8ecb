import { expect } from "chai";
import { id, keccak256 } from "ethers";

import { fingerprintOf } from "../../../protocol/commitment.ts";
import { encodeEntries } from "../../../protocol/ballot.ts";
import { admissionLeaf, buildMerkleTree } from "../../../protocol/merkle-tree.ts";
import { isInPool } from "../../../protocol/pool.ts";
import { ticketsOf, toCanonical } from "../../../protocol/ticket.ts";
import type { Hex } from "../../../protocol/words.ts";
import type { Cast, OpenTask, Person, Stage } from "../../support/stage.ts";
import {
  cast,
  commit,
  createOpenTask,
  createStage,
  createTask,
  eligibleEntries,
  openTask,
  receiptOf,
  REFUSAL,
  reveal,
  STATE,
  termsFor,
  TOKEN,
} from "../../support/stage.ts";

describe("reveal", () => {
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

  async function committed(task: OpenTask, casts: readonly Cast[]): Promise<void> {
    expect(
      await commit(
        stage,
        task.taskId,
        casts.map((made) => made.signed),
      ),
    ).to.deep.equal(casts.map(() => REFUSAL.None));
    await stage.moveTo(task.terms.commitEndsAt);
  }

  async function revealedEntries(task: OpenTask): Promise<Map<string, Hex>> {
    const events = await stage.tasks.queryFilter(stage.tasks.filters.BallotRevealed(task.taskId));
    return new Map(events.map((event) => [event.args[1].toLowerCase(), event.args[2]]));
  }

  const lockedOf = async (person: Person): Promise<bigint> =>
    (await stage.registry.accountOf(person.address)).lockedUnits;

  // guards: contracts/libraries/Counting.sol "let flip := and(ticket, lt(verdict, 2))"
  it("[G9] counts the votes, maps sides back by the ticket, and says every judgment", async () => {
    const task = await createOpenTask(stage);
    const entries = eligibleEntries(task, human, (i) => (i % 3) as 0 | 1 | 2);
    const made = cast(stage, task.taskId, human, entries);
    await committed(task, [made]);

    expect(await reveal(stage, task.taskId, [made.opening])).to.deep.equal([REFUSAL.None]);
    const ticket = ticketsOf(task.seed, human.address, task.human.threshold);
    const effective = entries.map(({ itemIndex, verdict }) => ({
      itemIndex,
      verdict: toCanonical(verdict, ticket(itemIndex).flip),
    }));
    expect((await revealedEntries(task)).get(human.address)).to.equal(encodeEntries(effective));
    for (const { itemIndex, verdict } of effective) {
      const tally = await stage.tasks.tallyOf(task.taskId, itemIndex);
      expect(tally.human.map(Number)).to.deep.equal([0, 1, 2].map((k) => Number(k === verdict)));
    }
    const record = await stage.tasks.recordOf(task.taskId, human.address);
    expect([
      record.fingerprint,
      record.opened,
      record.void_,
      record.settled,
      record.version,
    ]).to.deep.equal([fingerprintOf(keccak256(encodeEntries(effective))), true, false, false, 1n]);
    expect((await stage.tasks.factsOf(task.taskId)).paidVotesHuman).to.equal(
      BigInt(entries.length),
    );
  });

  it("before commitEndsAt or from revealEndsAt on is refused", async () => {
    const task = await createOpenTask(stage);
    const made = cast(stage, task.taskId, human, eligibleEntries(task, human));
    await expect(stage.tasks.reveal(task.taskId, [made.opening]))
      .to.be.revertedWithCustomError(stage.tasks, "WrongState")
      .withArgs(task.taskId, STATE.Open);
    await committed(task, [made]);
    await stage.moveTo(task.terms.revealEndsAt);
    await expect(stage.tasks.reveal(task.taskId, [made.opening]))
      .to.be.revertedWithCustomError(stage.tasks, "WrongState")
      .withArgs(task.taskId, STATE.Settling);
    await expect(stage.tasks.reveal(id("none"), [])).to.be.revertedWithCustomError(
      stage.tasks,
      "NoSuchTask",
    );
  });

  // guards: contracts/FeedbackTasks.sol "if (refusals[i] != Refusal.None) continue;"
  // guards: contracts/FeedbackTasks.sol "if (!record.isOf(_commitmentOf(taskId, record.version(), opening))) return Refusal.WrongOpening;"
  it("[G8] skips what does not open and counts the rest; nothing is recorded of it", async () => {
    const task = await createOpenTask(stage);
    const casts = stage.humans
      .slice(0, 3)
      .map((person) => cast(stage, task.taskId, person, eligibleEntries(task, person)));
    const [first, second, third] = casts as [Cast, Cast, Cast];
    await committed(task, [first, second, third]);
    const absent = cast(stage, task.taskId, stage.humans[4] as Person, "0x00000000");
    const wrong = [
      { ...second.opening, salt: id("another salt") },
      { ...second.opening, notesHash: id("other notes") },
      { ...second.opening, entries: "0x00000000" },
      { ...first.opening, validator: second.signed.validator },
    ];
    expect(
      await reveal(stage, task.taskId, [
        first.opening,
        ...wrong,
        absent.opening,
        first.opening,
        third.opening,
      ]),
    ).to.deep.equal([
      REFUSAL.None,
      ...wrong.map(() => REFUSAL.WrongOpening),
      REFUSAL.NoRecord,
      REFUSAL.AlreadyOpened,
      REFUSAL.None,
    ]);
    expect((await stage.tasks.recordOf(task.taskId, second.signed.validator)).opened).to.equal(
      false,
    );
    // A vote is counted once, though its opening stood in the batch twice.
    const votes = Number(first.signed.judgments) + Number(third.signed.judgments);
    expect((await stage.tasks.factsOf(task.taskId)).paidVotesHuman).to.equal(BigInt(votes));
    expect(await reveal(stage, task.taskId, [second.opening])).to.deep.equal([REFUSAL.None]);
  });

  // guards: contracts/libraries/BallotCodec.sol "OPENING_TYPEHASH, block.chainid, address(this), taskId, validator, version, salt,"
  it("[G6] opens a copied commitment for nobody", async () => {
    const task = await createOpenTask(stage);
    const thief = stage.humans[1] as Person;
    const made = cast(stage, task.taskId, human, eligibleEntries(task, human));
    const copied = cast(stage, task.taskId, thief, eligibleEntries(task, thief), {
      commitment: String(made.signed.commitment),
      judgments: Number(made.signed.judgments),
    });
    await committed(task, [made, copied]);
    expect(
      await reveal(stage, task.taskId, [{ ...made.opening, validator: thief.address }]),
    ).to.deep.equal([REFUSAL.WrongOpening]);
  });

  // guards: contracts/libraries/Counting.sol "if or(gt(ticket, lastTicket), gt(cell, lastOpen)) { continue }"
  // guards: contracts/libraries/Counting.sol "if lt(shr(232, calldataload(sub(end, 4))), itemCount) { break }"
  it("drops entries out of range or without a ticket, and keeps the others in order", async () => {
    const task = await createOpenTask(stage, { itemCount: 30 });
    const own = eligibleEntries(task, human);
    const mine = new Set(own.map(({ itemIndex }) => itemIndex));
    const foreign = Array.from({ length: 30 }, (_, i) => i).filter((i) => !mine.has(i));
    expect(foreign.length).to.be.greaterThan(2);
    const kept = own.slice(0, 5);
    const entries = [
      ...kept,
      ...foreign.slice(0, 3).map((itemIndex) => ({ itemIndex, verdict: 1 as const })),
      ...[30, 31, 4095, 16_777_215].map((itemIndex) => ({ itemIndex, verdict: 0 as const })),
    ].sort((a, b) => a.itemIndex - b.itemIndex);
    const made = cast(stage, task.taskId, human, entries);
    await committed(task, [made]);
    expect(await reveal(stage, task.taskId, [made.opening])).to.deep.equal([REFUSAL.None]);
    const ticket = ticketsOf(task.seed, human.address, task.human.threshold);
    expect((await revealedEntries(task)).get(human.address)).to.equal(
      encodeEntries(
        kept.map(({ itemIndex, verdict }) => ({
          itemIndex,
          verdict: toCanonical(verdict, ticket(itemIndex).flip),
        })),
      ),
    );
    expect((await stage.tasks.factsOf(task.taskId)).paidVotesHuman).to.equal(5n);
  });

  it("opens a ballot of which no entry counts", async () => {
    const task = await createOpenTask(stage, { itemCount: 30 });
    const made = cast(stage, task.taskId, human, [{ itemIndex: 999, verdict: 0 }]);
    await committed(task, [made]);
    await expect(stage.tasks.reveal(task.taskId, [made.opening]))
      .to.emit(stage.tasks, "BallotRevealed")
      .withArgs(task.taskId, human.signer, "0x");
    expect((await stage.tasks.recordOf(task.taskId, human.address)).fingerprint).to.equal(
      fingerprintOf(keccak256("0x")),
    );
  });

  describe("voids the whole ballot", () => {
    const cases: [string, Hex, number?][] = [
      ["for entries out of order", "0x0000020000000100"],
      ["for an item twice", "0x0000020000000201"],
      ["for a verdict above 2", "0x0000010000000203"],
      ["for a verdict far above 2", "0x00000100000002ff"],
      ["for a length that is no multiple of 4", "0x0000010000", 1],
      ["for fewer entries than judgments", "0x00000100", 2],
      ["for more entries than judgments", "0x0000010000000200", 1],
      ["for no entries at all", "0x", 1],
      [
        "for a fault in its ninth entry",
        encodeEntries(
          Array.from({ length: 8 }, (_, i) => ({ itemIndex: i, verdict: 0 as const })),
        ) + "00000700",
        9,
      ],
    ];
    for (const [why, entries, judgments] of cases) {
      it(why, async () => {
        const task = await createOpenTask(stage);
        const made = cast(stage, task.taskId, human, entries, {
          judgments: judgments ?? (entries.length - 2) / 8,
        });
        const beside = cast(
          stage,
          task.taskId,
          stage.humans[1] as Person,
          eligibleEntries(task, stage.humans[1] as Person),
        );
        await committed(task, [made, beside]);
        expect(await lockedOf(human)).to.be.greaterThan(0n);

        await expect(stage.tasks.reveal(task.taskId, [made.opening, beside.opening]))
          .to.emit(stage.tasks, "BallotVoided")
          .withArgs(task.taskId, human.signer);
        expect(await lockedOf(human)).to.equal(0n);
        const record = await stage.tasks.recordOf(task.taskId, human.address);
        expect([record.opened, record.void_, record.settled]).to.deep.equal([true, true, true]);
        const facts = await stage.tasks.factsOf(task.taskId);
        expect([facts.ballotsSettled, facts.paidVotesHuman]).to.deep.equal([
          1n,
          BigInt(Number(beside.signed.judgments)),
        ]);
        expect(await reveal(stage, task.taskId, [made.opening])).to.deep.equal([
          REFUSAL.AlreadyOpened,
        ]);
      });
    }

    it("an AI's too, releasing what the AI price locked", async () => {
      const task = await createOpenTask(stage, { aiVotes: 1, aiPrice: TOKEN });
      const made = cast(stage, task.taskId, ai, "0x00000009");
      await committed(task, [made]);
      expect(await reveal(stage, task.taskId, [made.opening])).to.deep.equal([REFUSAL.None]);
      expect(await lockedOf(ai)).to.equal(0n);
    });
  });

  describe("given a task conditioned on AIs", () => {
    // guards: contracts/FeedbackTasks.sol "refusals[i] = _checkOpening(taskId, record, anyTime || firstHalf == record.isAi(), openings[i]);"
    it("takes AIs in the first half and people in the second", async () => {
      const task = await createOpenTask(stage, { aiVotes: 2, aiPrice: TOKEN, conditionOnAi: true });
      const [first, second] = stage.ais.map((person) =>
        cast(stage, task.taskId, person, eligibleEntries(task, person, undefined, "ai")),
      ) as [Cast, Cast];
      const mine = cast(stage, task.taskId, human, eligibleEntries(task, human));
      await committed(task, [first, second, mine]);
      const half =
        task.terms.commitEndsAt + (task.terms.revealEndsAt - task.terms.commitEndsAt) / 2n;

      expect(await reveal(stage, task.taskId, [mine.opening, first.opening])).to.deep.equal([
        REFUSAL.OutsideRevealTime,
        REFUSAL.None,
      ]);
      await stage.moveTo(half);
      expect(await reveal(stage, task.taskId, [mine.opening, second.opening])).to.deep.equal([
        REFUSAL.None,
        REFUSAL.OutsideRevealTime,
      ]);
    });
  });

  describe("given more voters than an item can hold", () => {
    // guards: contracts/libraries/Counting.sol "if or(gt(ticket, lastTicket), gt(cell, lastOpen)) { continue }"
    it("counts 15 people in the order they open; the 16th's entry is void by itself", async () => {
      const crowd = await createStage({ humans: 17, ais: 0 });
      const list = buildMerkleTree(
        crowd.humans.map((person, i) => admissionLeaf(i, person.address)),
      );
      const terms = await termsFor(crowd, {
        itemCount: 3,
        humanAdmissionRoot: list.root,
        humanSeats: 17,
        oversubscription: 2 ** 32 - 1,
      });
      const task = await openTask(crowd, await createTask(crowd, terms), terms);
      const casts = crowd.humans.map((person, i) =>
        cast(crowd, task.taskId, person, eligibleEntries(task, person).slice(0, i === 16 ? 2 : 3), {
          admissionIndex: i,
          admissionProof: list.proofOf(i),
        }),
      );
      await commit(
        crowd,
        task.taskId,
        casts.map((made) => made.signed),
      );
      await crowd.moveTo(terms.commitEndsAt);
      await crowd.tasks.reveal(
        task.taskId,
        casts.slice(0, 14).map((made) => made.opening),
      );
      await receiptOf(
        crowd.tasks.reveal(
          task.taskId,
          casts.slice(14).map((made) => made.opening),
        ),
      );
      for (const itemIndex of [0, 1, 2]) {
        const { human: counts } = await crowd.tasks.tallyOf(task.taskId, itemIndex);
        expect(counts.reduce((sum, count) => sum + Number(count), 0)).to.equal(15);
      }
      const events = await crowd.tasks.queryFilter(crowd.tasks.filters.BallotRevealed(task.taskId));
      expect(events.map((event) => (event.args[2].length - 2) / 8)).to.deep.equal([
        ...Array<number>(15).fill(3),
        0,
        0,
      ]);
      expect((await crowd.tasks.factsOf(task.taskId)).paidVotesHuman).to.equal(9n);
      await crowd.close();
    });

    // guards: contracts/libraries/Counting.sol "if or(gt(ticket, lastTicket), gt(cell, lastOpen)) { continue }"
    it("counts 7 AIs; the 8th's entry is void by itself", async () => {
      const crowd = await createStage({ humans: 3, ais: 24, constants: { minPool: 3 } });
      // Three of 24 are drawn in expectation, with every ticket; wait for a draw of eight.
      let task: OpenTask;
      let drawn: Person[];
      do {
        const terms = await termsFor(crowd, { itemCount: 2, aiVotes: 3, aiPrice: TOKEN });
        const made = await openTask(crowd, await createTask(crowd, terms), terms);
        task = made;
        drawn = crowd.ais.filter((person) => isInPool(made.seed, person.address, made.ai));
      } while (drawn.length < 8);
      const casts = drawn.map((person) =>
        cast(crowd, task.taskId, person, eligibleEntries(task, person, undefined, "ai")),
      );
      await commit(
        crowd,
        task.taskId,
        casts.map((made) => made.signed),
      );
      await crowd.moveTo(task.terms.commitEndsAt);
      expect(
        await reveal(
          crowd,
          task.taskId,
          casts.map((made) => made.opening),
        ),
      ).to.deep.equal(casts.map(() => REFUSAL.None));
      const { ai: counts } = await crowd.tasks.tallyOf(task.taskId, 0);
      expect(counts.reduce((sum, count) => sum + Number(count), 0)).to.equal(7);
      expect((await crowd.tasks.factsOf(task.taskId)).paidVotesAi).to.equal(6n);
      await crowd.close();
    });
  });
});
