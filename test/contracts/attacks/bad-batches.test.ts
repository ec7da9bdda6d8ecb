import { expect } from "chai";
import { id } from "ethers";

import { encodeEntries } from "../../../protocol/ballot.ts";
import { admissionLeaf, buildMerkleTree } from "../../../protocol/merkle-tree.ts";
import { isInPool } from "../../../protocol/pool.ts";
import { lockUnits } from "../../../protocol/terms.ts";
import type { Cast, CastOptions, OpenTask, Person, Stage } from "../../support/stage.ts";
import {
  cast,
  commit,
  createStage,
  createTask,
  eligibleEntries,
  keyOf,
  openTask,
  REFUSAL,
  reveal,
  settle,
  termsFor,
  TOKEN,
} from "../../support/stage.ts";
import { castSaying, commitAll, effectiveEntries, revealAll, truth } from "./played-task.ts";

const R = REFUSAL;

describe("a batch with every kind of bad element between good ones", () => {
  let stage: Stage;
  let restore: () => Promise<void>;

  before(async () => {
    // A pool smaller than the seats, so that some are not drawn.
    stage = await createStage({ humans: 14, ais: 1, constants: { minPool: 9 } });
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  interface Listed {
    readonly task: OpenTask;
    /** Everybody but the last, who is on no list; those drawn and those not. */
    readonly drawn: readonly Person[];
    readonly others: readonly Person[];
    readonly placeOf: (person: Person) => CastOptions;
    /** At the index of the first one drawn. */
    readonly double: Person;
  }

  /** A conditioned task with a list on which one index stands twice; as often as it takes to draw enough of the people. */
  async function listedTask(): Promise<Listed> {
    const listed = stage.humans.slice(0, 13);
    for (;;) {
      const leaves = listed.map(({ address }, i) => admissionLeaf(Math.max(1, i), address));
      const tree = buildMerkleTree(leaves);
      const terms = await termsFor(stage, {
        itemCount: 24,
        humanAdmissionRoot: tree.root,
        humanSeats: 13,
        humanPrice: 1_000n * TOKEN,
        aiVotes: 1,
        aiPrice: TOKEN,
        conditionOnAi: true,
      });
      const task = await openTask(stage, await createTask(stage, terms), terms);
      const isDrawn = (person: Person): boolean => isInPool(task.seed, person.address, task.human);
      const drawn = listed.slice(1).filter(isDrawn);
      const others = listed.slice(1).filter((person) => !isDrawn(person));
      if (drawn[0] !== listed[1] || drawn.length < 6 || others.length < 1) continue;
      const placeOf = (person: Person): CastOptions => {
        const place = listed.indexOf(person);
        return { admissionIndex: Math.max(1, place), admissionProof: tree.proofOf(place) };
      };
      return { task, drawn, others, placeOf, double: listed[0] as Person };
    }
  }

  // guards: contracts/FeedbackTasks.sol "(refusals[i], isFresh) = _commitOne(call, ballots[i]);"
  it("[G8] is committed but for those, of which no trace is left but the note of a version not covered", async () => {
    const { task, drawn, others, placeOf, double } = await listedTask();
    const [first, again, poor, junk, many, last] = drawn as [
      Person,
      Person,
      Person,
      Person,
      Person,
      Person,
    ];
    const made = (person: Person, options: CastOptions = {}): Cast =>
      cast(stage, task.taskId, person, eligibleEntries(task, person).slice(0, 2), {
        ...placeOf(person),
        ...options,
      });
    const ai = stage.ais[0] as Person;
    const unlisted = stage.humans[13] as Person;
    await stage.moveTo(task.terms.aiClosesAt);
    // What another task locked: not even one judgment is covered.
    const tasks = await stage.impersonate(stage.tasksDomain.verifyingContract);
    const free = await stage.registry.freeStakeOf(poor.address);
    await stage.registry.connect(tasks).lock(id("another task"), poor.address, free);
    const whole = made(junk).signed;
    const elements: [Cast["signed"], number][] = [
      [made(first).signed, R.None],
      [cast(stage, task.taskId, stage.stranger, "0x00000000").signed, R.NotActiveAtSnapshot],
      [cast(stage, task.taskId, stage.operator, "0x00000000").signed, R.NotActiveAtSnapshot],
      [cast(stage, task.taskId, ai, "0x00000000").signed, R.AfterAiClose],
      [cast(stage, task.taskId, unlisted, "0x00000000").signed, R.NotAdmitted],
      [{ ...whole, admissionProof: [id("junk")] }, R.NotAdmitted],
      [{ ...whole, admissionIndex: 2 ** 32 - 1 }, R.NotAdmitted],
      [made(double).signed, R.AdmissionIndexTaken],
      [made(others[0] as Person).signed, R.NotInPool],
      [made(many, { judgments: 0 }).signed, R.JudgmentsOutOfRange],
      [made(many, { judgments: 65_535 }).signed, R.JudgmentsOutOfRange],
      [made(junk, { signer: keyOf("nobody") }).signed, R.BadSignature],
      [{ ...whole, r: `0x${"00".repeat(32)}`, vs: `0x${"00".repeat(32)}` }, R.BadSignature],
      [{ ...whole, r: `0x${"ff".repeat(32)}`, vs: `0x${"ff".repeat(32)}` }, R.BadSignature],
      [{ ...whole, vs: whole.r }, R.BadSignature],
      [made(again, { version: 2 }).signed, R.None],
      [made(again, { version: 2 }).signed, R.NotNewer],
      [made(again, { version: 1 }).signed, R.NotNewer],
      [made(junk, { version: 0 }).signed, R.NotNewer],
      [made(poor).signed, R.Unfunded],
      [made(last).signed, R.None],
    ];
    expect(
      await commit(
        stage,
        task.taskId,
        elements.map(([signed]) => signed),
      ),
    ).to.deep.equal(elements.map(([, refusal]) => refusal));

    expect((await stage.tasks.factsOf(task.taskId)).ballotsCommitted).to.equal(3n);
    const lock = lockUnits(task.terms, "Human", 2);
    for (const person of [...stage.humans, ai]) {
      const isGood = [first, again, last].includes(person);
      const record = await stage.tasks.recordOf(task.taskId, person.address);
      const { lockedUnits } = await stage.registry.accountOf(person.address);
      expect(record.version !== 0n, person.address).to.equal(isGood);
      expect(record.unfundedVersion, person.address).to.equal(person === poor ? 1n : 0n);
      if (person !== poor) expect(lockedUnits, person.address).to.equal(isGood ? lock : 0n);
    }
  });

  /** Good ballots of three people, one void, one never opened, and one of an AI. */
  async function committed(): Promise<{
    task: OpenTask;
    good: readonly Cast[];
    void_: Cast;
    silent: Cast;
    ai: Cast;
  }> {
    const { task, drawn, placeOf } = await listedTask();
    const [a, b, c, d, e] = drawn as [Person, Person, Person, Person, Person];
    const good = [a, b, c].map((person) => castSaying(stage, task, person, truth, placeOf(person)));
    const void_ = cast(stage, task.taskId, d, "0x00000109", placeOf(d));
    const silent = castSaying(stage, task, e, truth, placeOf(e));
    const ai = castSaying(stage, task, stage.ais[0] as Person, truth, { role: "Ai" });
    const all = [...good, void_, silent, ai];
    for (const person of [a, b, c, d, e])
      await stage.registry.connect(person.signer).addStake(100_000n * TOKEN);
    expect(await commitAll(stage, task, all)).to.deep.equal(all.map(() => R.None));
    await stage.moveTo(task.terms.commitEndsAt);
    await revealAll(stage, task, [ai]);
    const { commitEndsAt, revealEndsAt } = task.terms;
    await stage.moveTo(commitEndsAt + (revealEndsAt - commitEndsAt) / 2n);
    return { task, good, void_, silent, ai };
  }

  // guards: contracts/FeedbackTasks.sol "if (refusals[i] != Refusal.None) continue;"
  it("[G8] is revealed but for those; what does not open can be opened later", async () => {
    const { task, good, void_, silent, ai } = await committed();
    const [first, second, third] = good as [Cast, Cast, Cast];
    const elements: [Cast["opening"], number][] = [
      [first.opening, R.None],
      [cast(stage, task.taskId, stage.stranger, "0x00000000").opening, R.NoRecord],
      [ai.opening, R.OutsideRevealTime],
      [first.opening, R.AlreadyOpened],
      [{ ...second.opening, salt: id("junk") }, R.WrongOpening],
      [{ ...second.opening, notesHash: id("junk") }, R.WrongOpening],
      [{ ...second.opening, entries: "0x" }, R.WrongOpening],
      [{ ...second.opening, entries: `0x${"ff".repeat(4_096)}` }, R.WrongOpening],
      [{ ...third.opening, validator: second.signed.validator }, R.WrongOpening],
      [void_.opening, R.None],
      [void_.opening, R.AlreadyOpened],
      [{ ...silent.opening, entries: encodeEntries([]) }, R.WrongOpening],
      [third.opening, R.None],
    ];
    expect(
      await reveal(
        stage,
        task.taskId,
        elements.map(([opening]) => opening),
      ),
    ).to.deep.equal(elements.map(([, refusal]) => refusal));
    const votes = Number(first.signed.judgments) + Number(third.signed.judgments);
    expect((await stage.tasks.factsOf(task.taskId)).paidVotesHuman).to.equal(BigInt(votes));
    expect(await revealAll(stage, task, [second])).to.deep.equal([R.None]);
  });

  // guards: contracts/FeedbackTasks.sol "else if (!record.isOf(keccak256(entries[i]))) refusals[i] = Refusal.WrongEntries;"
  it("[G8] is settled but for those, to the same figures as the good ones alone", async () => {
    const { task, good, void_, silent, ai } = await committed();
    await revealAll(stage, task, [...good, void_]);
    await stage.moveTo(task.terms.revealEndsAt);
    const entries = await effectiveEntries(stage, task);
    const of = ({ signed: { validator } }: Cast): [string, string] => [
      validator,
      entries.get(validator) ?? "0x",
    ];
    const [first, second, third] = good as [Cast, Cast, Cast];
    const figures = async (elements: [string, string][]): Promise<[number[], string[]]> => {
      const back = await stage.snapshot();
      const refusals = await settle(
        stage,
        task.taskId,
        elements.map(([validator]) => validator),
        elements.map(([, packed]) => packed),
      );
      const credits = await Promise.all(
        [...good, ai].map(async ({ signed: { validator } }) => {
          const { stakedUnits, lockedUnits } = await stage.registry.accountOf(validator);
          return `${await stage.tasks.creditOf(validator)} ${stakedUnits} ${lockedUnits}`;
        }),
      );
      await back();
      return [refusals, credits];
    };
    const [, plain] = await figures([of(first), of(second), of(third), of(ai)]);
    const [refusals, mixed] = await figures([
      of(first),
      [stage.stranger.address, "0x"],
      of(first),
      [second.signed.validator, "0x"],
      [second.signed.validator, `0x${"ff".repeat(16_384)}`],
      [second.signed.validator, entries.get(first.signed.validator) ?? "0x"],
      of(void_),
      [silent.signed.validator, "0xff"],
      of(silent),
      of(second),
      of(third),
      of(ai),
    ]);
    expect(refusals).to.deep.equal([
      R.None,
      R.NoRecord,
      R.AlreadySettled,
      R.WrongEntries,
      R.WrongEntries,
      R.WrongEntries,
      R.AlreadySettled,
      R.None,
      R.AlreadySettled,
      R.None,
      R.None,
      R.None,
    ]);
    expect(mixed).to.deep.equal(plain);
  });
});
