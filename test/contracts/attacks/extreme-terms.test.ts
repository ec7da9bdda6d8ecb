import { expect } from "chai";

import { admissionLeaf, buildMerkleTree } from "../../../protocol/merkle-tree.ts";
import { settleTask } from "../../../protocol/settlement.ts";
import { eligibleItems } from "../../../protocol/ticket.ts";
import type { Terms } from "../../../protocol/terms.ts";
import { escrowUnits } from "../../../protocol/terms.ts";
import type { Cast, CastOptions, OpenTask, Person, Stage } from "../../support/stage.ts";
import { createOpenTask, createStage } from "../../support/stage.ts";
import type { Answer } from "./played-task.ts";
import {
  castSaying,
  commitAll,
  contrary,
  outcomes,
  revealAll,
  settleAll,
  truth,
} from "./played-task.ts";

const MOST_UNITS = 2n ** 96n - 1n;

describe("terms at the extremes of every bound", () => {
  let stage: Stage;
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 16, ais: 3 });
    // Everybody stakes as much as an account can hold.
    const everybody = [stage.operator, ...stage.humans, ...stage.ais];
    for (const person of everybody) {
      const { stakedUnits } = await stage.registry.accountOf(person.address);
      const missing = MOST_UNITS - stakedUnits;
      await stage.token.connect(stage.deployer.signer).mint(person.address, missing);
      await stage.registry.connect(person.signer).addStake(missing);
    }
    const { deployer, requester } = stage;
    await stage.token.connect(deployer.signer).mint(requester.address, 2n ** 120n);
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  /** A list of the first people, with so many tickets that everybody has all. */
  async function replayOf(
    people: readonly Person[],
    changes: Partial<Terms>,
  ): Promise<{ task: OpenTask; placeOf: (person: Person) => CastOptions }> {
    const tree = buildMerkleTree(people.map(({ address }, i) => admissionLeaf(i, address)));
    const task = await createOpenTask(stage, {
      humanAdmissionRoot: tree.root,
      humanSeats: people.length,
      oversubscription: 2 ** 32 - 1,
      operatorFee: 0n,
      ...changes,
    });
    const placeOf = (person: Person): CastOptions => {
      const index = people.indexOf(person);
      return { admissionIndex: index, admissionProof: tree.proofOf(index) };
    };
    return { task, placeOf };
  }

  /** Plays it to the end, one ballot a transaction, and holds every figure against the twin's. */
  async function playAll(
    task: OpenTask,
    people: readonly Person[],
    casts: readonly Cast[],
  ): Promise<void> {
    for (const made of casts) expect(await commitAll(stage, task, [made])).to.deep.equal([0]);
    await stage.moveTo(task.terms.commitEndsAt);
    for (const made of casts) expect(await revealAll(stage, task, [made])).to.deep.equal([0]);
    await stage.moveTo(task.terms.revealEndsAt);
    for (const person of people) expect(await settleAll(stage, task, [person])).to.deep.equal([0]);
    if (people.length === 0) await settleAll(stage, task, []);

    const expected = settleTask({
      ...task,
      ballots: casts.map(({ signed, opening }) => ({
        validator: signed.validator,
        role: stage.ais.some(({ address }) => address === signed.validator) ? "Ai" : "Human",
        judgments: Number(signed.judgments),
        entries: String(opening.entries),
      })),
    });
    const found = await outcomes(stage, task);
    for (const { validator, scorePpm, multiplePpm, payUnits, lossUnits } of expected.ballots)
      expect(found.get(validator), validator).to.deep.equal({
        scorePpm: BigInt(scorePpm),
        multiplePpm: BigInt(multiplePpm),
        payUnits,
        lossUnits,
      });
    const [end] = await stage.tasks.queryFilter(stage.tasks.filters.TaskSettled(task.taskId));
    expect([end?.args.paidUnits, end?.args.restUnits, end?.args.penaltyUnits]).to.deep.equal([
      expected.paidUnits,
      expected.restUnits,
      expected.penaltyUnits,
    ]);
    for (const { address } of [
      stage.requester,
      stage.operator,
      stage.commons,
      ...stage.humans,
      ...stage.ais,
    ])
      if ((await stage.tasks.creditOf(address)) !== 0n) await stage.tasks.withdrawFor(address);
    expect(await stage.token.balanceOf(await stage.tasks.getAddress())).to.equal(0n);
  }

  // guards: contracts/libraries/Funding.sol "_need(uint256(terms.operatorBond) * 4 >= escrowUnits, "operatorBond");"
  // guards: contracts/libraries/Scoring.sol "uint256 weight = (entriesLength / BallotCodec.ENTRY_BYTES) * Pay.L - lost;"
  it("[G11] overflow nothing: the highest price and fee, a bond and stakes of 96 bits", async () => {
    const people = stage.humans.slice(0, 4);
    const { task, placeOf } = await replayOf(people, {
      itemCount: 2,
      humanVotes: 2,
      humanPrice: MOST_UNITS,
      operatorBond: MOST_UNITS,
      maxPenalty: 500_000,
      minJudgments: 1,
      fullPayScore: 10_000,
      breakEven: 0,
    });
    expect(escrowUnits(task.terms)).to.equal(4n * MOST_UNITS);
    const answers: Answer[] = [truth, truth, truth, contrary];
    const casts = people.map((person, i) =>
      castSaying(stage, task, person, answers[i] ?? truth, placeOf(person)),
    );
    await playAll(task, people, casts);
    const found = await outcomes(stage, task);
    expect(found.get((people[0] as Person).address)?.payUnits ?? 0n).to.be.above(2n ** 95n);
    expect(found.get((people[3] as Person).address)?.lossUnits ?? 0n).to.be.above(2n ** 94n);
  });

  // guards: contracts/libraries/Books.sol "uint256 feeUnits = (paidHuman + paidAi) * feeEach;"
  it("[G11] overflow nothing where all of the escrow is fees, or nobody comes", async () => {
    const people = stage.humans.slice(0, 3);
    const { task, placeOf } = await replayOf(people, {
      itemCount: 1,
      humanVotes: 2,
      humanPrice: MOST_UNITS,
      operatorFee: MOST_UNITS,
      operatorBond: MOST_UNITS,
      maxPenalty: 1_000_000,
      minJudgments: 4_096,
      fullPayScore: 1_000_000,
      breakEven: 500_000,
    });
    const back = await stage.snapshot();
    await playAll(
      task,
      people,
      people.map((person) => castSaying(stage, task, person, truth, placeOf(person))),
    );
    await back();
    await playAll(task, [], []);
  });

  // guards: contracts/libraries/Funding.sol "_need(uint256(terms.operatorBond) * 4 >= escrowUnits, "operatorBond");"
  it("[G11] overflow nothing at the highest price for AIs", async () => {
    const people = stage.humans.slice(0, 3);
    const { task, placeOf } = await replayOf(people, {
      itemCount: 2,
      humanVotes: 2,
      humanPrice: 1n,
      aiVotes: 2,
      aiPrice: MOST_UNITS - 1n,
      operatorBond: MOST_UNITS,
      maxPenalty: 500_000,
      minJudgments: 1,
      fullPayScore: 10_000,
      breakEven: 5_000,
    });
    // Two votes of three AIs on two items: by the seed's chance one of them may have nothing to judge.
    const ais = stage.ais.filter(
      ({ address }) => eligibleItems(task.seed, address, task.ai.threshold, 2).length > 0,
    );
    const casts = [
      ...ais.map((ai) => castSaying(stage, task, ai, truth, { role: "Ai" })),
      ...people.map((person) => castSaying(stage, task, person, truth, placeOf(person))),
    ];
    await playAll(task, [...ais, ...people], casts);
  });

  // guards: contracts/libraries/Counting.sol "if or(gt(ticket, lastTicket), gt(cell, lastOpen)) { continue }"
  it("[G11] overflow nothing in the largest task: 15 people on each of 4,096 items, and a 16th", async function () {
    this.timeout(120_000);
    const people = stage.humans;
    const { task, placeOf } = await replayOf(people, {
      itemCount: 4096,
      humanVotes: 15,
      humanPrice: MOST_UNITS / (4096n * 15n),
      operatorBond: MOST_UNITS,
      maxPenalty: 1_000_000,
      minJudgments: 4_096,
      fullPayScore: 1_000_000,
      breakEven: 500_000,
    });
    const answers: Answer[] = [
      () => 0,
      contrary,
      (i) => (i % 4 === 0 ? 2 : truth(i)),
      ...Array<Answer>(13).fill(truth),
    ];
    const casts = people.map((person, i) =>
      castSaying(stage, task, person, answers[i] ?? truth, placeOf(person)),
    );
    expect(casts.map(({ signed }) => Number(signed.judgments))).to.deep.equal(
      people.map(() => 4096),
    );
    await playAll(task, people, casts);
  });
});
