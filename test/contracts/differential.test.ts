/**
 * Random tasks through the contracts and through the TypeScript twin: every tally, score, multiple, pay, refund, fee, rest
 * and penalty must be the same to the last unit. A failure names its seed; `DIFFERENTIAL_SEED=n` runs that task alone,
 * `DIFFERENTIAL_TASKS=n` runs more.
 */
import { expect } from "chai";
import { id, type LogDescription } from "ethers";

import type { Entry } from "../../protocol/ballot.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import type { Gold } from "../../protocol/gold.ts";
import { encodeGolds, goldHashOf, mostGolds } from "../../protocol/gold.ts";
import { admissionLeaf, buildMerkleTree } from "../../protocol/merkle-tree.ts";
import { drawOf, isInPool } from "../../protocol/pool.ts";
import type { CommittedBallot, Settlement } from "../../protocol/settlement.ts";
import { settleTask } from "../../protocol/settlement.ts";
import type { Terms } from "../../protocol/terms.ts";
import { checkTerms, lockUnits } from "../../protocol/terms.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import type { CanonicalVerdict, Hex, PresentedVerdict, Role } from "../../protocol/words.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import { createRandom, type Random } from "../support/random.ts";
import type { Cast, OpenTask, Person, Stage } from "../support/stage.ts";
import {
  cast,
  createStage,
  createTask,
  eligibleEntries,
  openTask,
  receiptOf,
  REFUSAL,
  STATE,
  termsFor,
  TOKEN,
} from "../support/stage.ts";

const TASKS = Number(process.env["DIFFERENTIAL_TASKS"] ?? 200);
const ONLY = process.env["DIFFERENTIAL_SEED"];

interface Voter {
  readonly person: Person;
  readonly role: Role;
}

interface Ballot extends Voter {
  readonly cast: Cast;
  readonly judgments: number;
  readonly opens: boolean;
}

describe("The contracts beside their twin", function () {
  this.timeout(600_000);
  let stage: Stage;

  before(async () => {
    // Few seats drawn, so that pools are real choices.
    stage = await createStage({ humans: 24, ais: 8, constants: { minPool: 10 } });
  });

  after(() => stage.close());

  const seeds =
    ONLY === undefined ? Array.from({ length: TASKS }, (_, i) => i + 1) : [Number(ONLY)];
  const BATCH = 25;
  for (let start = 0; start < seeds.length; start += BATCH) {
    const batch = seeds.slice(start, start + BATCH);
    it(`[G11] agree to the last unit on random tasks ${batch[0]} to ${batch.at(-1)}`, async () => {
      for (const seed of batch) await compare(stage, seed);
    });
  }
});

async function compare(stage: Stage, seed: number): Promise<void> {
  const random = createRandom(seed);
  const voters: Voter[] = [
    ...stage.humans.map((person) => ({ person, role: "Human" as const })),
    ...stage.ais.map((person) => ({ person, role: "Ai" as const })),
  ];
  const humanList = random.chance(0.4)
    ? random.shuffle(stage.humans).slice(0, random.between(3, 24))
    : undefined;
  const aiList = random.chance(0.3)
    ? random.shuffle(stage.ais).slice(0, random.between(1, 8))
    : undefined;
  const golds = randomGolds(createRandom(seed + 1_000_000));
  const terms = await randomTerms(stage, random, humanList, aiList, golds);
  checkTerms(terms, stage.constants, await stage.now());

  const task = await openTask(stage, await createTask(stage, terms), terms);
  expect(task.human, "human draw").to.deep.equal(
    drawOf(terms, "Human", stage.humans.length, stage.constants.minPool),
  );
  expect(task.ai, "AI draw").to.deep.equal(
    drawOf(terms, "Ai", stage.ais.length, stage.constants.minPool),
  );

  const ballots = await commitRandomBallots(stage, random, task, voters, humanList, aiList);
  const { openOrder, revealed } = await revealAll(stage, random, task, ballots, golds);

  const committed: CommittedBallot[] = openOrder.map((ballot) => ({
    validator: ballot.person.address,
    role: ballot.role,
    judgments: ballot.judgments,
    entries: ballot.opens ? String(ballot.cast.opening.entries) : undefined,
  }));
  const expected = settleTask({
    terms,
    seed: task.seed,
    human: task.human,
    ai: task.ai,
    ballots: committed,
    gold: golds?.opens ? golds.golds : undefined,
  });

  for (const ballot of expected.ballots) {
    if (ballot.outcome === "scored") {
      expect(revealed.get(ballot.validator), `effective entries of ${ballot.validator}`).to.equal(
        ballot.entries,
      );
    }
  }
  for (let itemIndex = 0; itemIndex < terms.itemCount; itemIndex++) {
    const { human, ai } = await stage.tasks.tallyOf(task.taskId, itemIndex);
    expect(
      { human: human.map(Number), ai: ai.map(Number) },
      `tally of item ${itemIndex}, seed ${seed}`,
    ).to.deep.equal(expected.tallies[itemIndex]);
  }

  if (golds?.opens) await judgeAndCompare(stage, task, golds, expected, seed);
  await settleAndCompare(stage, random, task, expected, seed);
}

const GOLD_SALT = id("gold salt");

interface Golds {
  readonly itemCount: number;
  readonly golds: Gold[];
  readonly packed: Hex;
  /** Or they stay sealed, and there is no gate. */
  readonly opens: boolean;
}

/** For half of the tasks; enough golds for some to fail by. Some say what truthful people do not. */
function randomGolds(random: Random): Golds | undefined {
  if (random.chance(0.5)) return undefined;
  const itemCount = random.chance(0.1) ? random.between(1, 12) : random.between(40, 160);
  const mistaken = random.pick([0, 0, 0.05, 0.3]);
  const items = random
    .shuffle(Array.from({ length: itemCount }, (_, i) => i).filter((i) => truthOf(i) !== 2))
    .slice(0, random.between(0, mostGolds(itemCount)))
    .sort((a, b) => a - b);
  const golds = items.map((itemIndex) => {
    const truth = truthOf(itemIndex) === 0 ? 0 : 1;
    return { itemIndex, answer: (random.chance(mistaken) ? 1 - truth : truth) as 0 | 1 };
  });
  return { itemCount, golds, packed: encodeGolds(golds, itemCount), opens: random.chance(0.85) };
}

async function judgeAndCompare(
  stage: Stage,
  { taskId, terms }: OpenTask,
  { packed }: Golds,
  expected: Settlement,
  seed: number,
): Promise<void> {
  await stage.moveTo(terms.revealEndsAt);
  const receipt = await receiptOf(
    stage.tasks.connect(stage.deployer.signer).judgeGold(taskId, packed),
  );
  const judged = parse(stage, receipt.logs).find((log) => log.name === "GoldJudged");
  expect(
    {
      valid: Number(judged?.args["valid"]),
      void: Number(judged?.args["void_"]),
      gate: judged?.args["gate"] as boolean,
    },
    `gold of seed ${seed}`,
  ).to.deep.equal({
    valid: expected.gold?.valid.length,
    void: expected.gold?.void.length,
    gate: expected.gold?.gate,
  });
}

async function randomTerms(
  stage: Stage,
  random: Random,
  humanList: readonly Person[] | undefined,
  aiList: readonly Person[] | undefined,
  golds: Golds | undefined,
): Promise<Terms> {
  const humanVotes = random.chance(0.7)
    ? random.between(2, 5)
    : random.between(6, humanList ? 15 : 8);
  const aiVotes = random.between(0, 3);
  const fullPayScore = random.between(10_000, 1_000_000);
  const oversubscription = humanList
    ? random.pick([1_000_000, 2_500_000, 30_000_000, 4_294_967_295])
    : Math.min(random.between(1_000_000, 1_500_000), Math.floor(8_000_000 / humanVotes));
  const price = (): bigint =>
    random.pick([1n, 7n, 999_999_937n, TOKEN / 3n, 5n * TOKEN]) + BigInt(random.between(0, 1000));
  const itemCount = random.chance(0.15) ? random.between(1, 4) : random.between(5, 60);
  return termsFor(stage, {
    itemCount: golds?.itemCount ?? itemCount,
    goldHash: golds ? goldHashOf(GOLD_SALT, golds.packed) : ZERO_HASH,
    humanVotes,
    aiVotes,
    humanPrice: price(),
    aiPrice: aiVotes === 0 ? 0n : price(),
    operatorFee: random.pick([0n, 1n, TOKEN / 7n]),
    fullPayScore,
    breakEven: random.between(0, Math.floor(fullPayScore / 2)),
    maxPenalty: random.pick([0, 1, 333_333, 500_000, 1_000_000]),
    minJudgments: random.between(1, 40),
    conditionOnAi: aiVotes > 0 && random.chance(0.6),
    oversubscription: Math.max(oversubscription, 1_000_000),
    humanAdmissionRoot: humanList ? admissionTree(humanList).root : ZERO_HASH,
    humanSeats: humanList?.length ?? 0,
    aiAdmissionRoot: aiList ? admissionTree(aiList).root : ZERO_HASH,
    aiSeats: aiList?.length ?? 0,
  });
}

function admissionTree(list: readonly Person[]): ReturnType<typeof buildMerkleTree> {
  return buildMerkleTree(list.map((person, index) => admissionLeaf(index, person.address)));
}

async function commitRandomBallots(
  stage: Stage,
  random: Random,
  task: OpenTask,
  voters: readonly Voter[],
  humanList: readonly Person[] | undefined,
  aiList: readonly Person[] | undefined,
): Promise<Ballot[]> {
  const trees = {
    Human: humanList && admissionTree(humanList),
    Ai: aiList && admissionTree(aiList),
  };
  const ballots: Ballot[] = [];
  const expectedRefusals: number[] = [];
  const casts: Cast[] = [];
  for (const { person, role } of random.shuffle(voters)) {
    if (random.chance(0.1)) continue;
    const list = role === "Human" ? humanList : aiList;
    const draw = role === "Human" ? task.human : task.ai;
    const admissionIndex = list ? list.indexOf(person) : 0;
    const { entries, judgments } = randomEntries(stage, random, task, person, role);
    const admission = {
      admissionIndex: Math.max(admissionIndex, 0),
      admissionProof:
        list && admissionIndex >= 0 ? (trees[role]?.proofOf(admissionIndex) ?? []) : [],
    };
    const made = cast(stage, task.taskId, person, entries, {
      ...admission,
      judgments,
      version: random.between(1, 9),
    });
    casts.push(made);
    if (list && admissionIndex < 0) expectedRefusals.push(REFUSAL.NotAdmitted);
    else if (!isInPool(task.seed, person.address, draw)) expectedRefusals.push(REFUSAL.NotInPool);
    else if (judgments < 1 || judgments > task.terms.itemCount)
      expectedRefusals.push(REFUSAL.JudgmentsOutOfRange);
    else {
      expectedRefusals.push(REFUSAL.None);
      ballots.push({ person, role, cast: made, judgments, opens: random.chance(0.93) });
    }
  }

  const relayer = stage.tasks.connect(stage.deployer.signer);
  const refusals: number[] = [];
  for (const chunk of random.chunks(casts, 20)) {
    const signed = chunk.map((made) => made.signed);
    refusals.push(...(await relayer.commit.staticCall(task.taskId, signed)).map(Number));
    await relayer.commit(task.taskId, signed);
  }
  expect(refusals, "refusals at commit").to.deep.equal(expectedRefusals);
  return ballots;
}

/** What truthful people say. */
const truthOf = (itemIndex: number): CanonicalVerdict => (itemIndex % 3) as CanonicalVerdict;

/** Mostly honest work, some of it wrong in every way that a ballot can be. */
function randomEntries(
  stage: Stage,
  random: Random,
  task: OpenTask,
  person: Person,
  role: Role,
): { entries: Hex; judgments: number } {
  const style = random.pick(["truth", "noise", "constant"] as const);
  const constant = random.between(0, 2) as PresentedVerdict;
  const { threshold } = role === "Human" ? task.human : task.ai;
  const ticket = ticketsOf(task.seed, person.address, threshold);
  const verdictOf = (itemIndex: number): PresentedVerdict =>
    style === "constant"
      ? constant
      : style === "noise" || random.chance(0.3)
        ? (random.between(0, 2) as PresentedVerdict)
        : toPresented(truthOf(itemIndex), ticket(itemIndex).flip);
  const own = eligibleEntries(task, person, verdictOf, role === "Human" ? "human" : "ai").filter(
    () => random.chance(0.9),
  );
  let entries: Entry[] = own;
  if (random.chance(0.15)) {
    // Items that are not theirs, and items that do not exist.
    const count = task.terms.itemCount;
    const extra = Array.from({ length: 4 }, () => random.between(0, count + 3)).filter(
      (i) => !own.some((entry) => entry.itemIndex === i),
    );
    entries = [
      ...own,
      ...[...new Set(extra)].map((itemIndex) => ({ itemIndex, verdict: verdictOf(itemIndex) })),
    ]
      .sort((a, b) => a.itemIndex - b.itemIndex)
      .slice(0, count);
  }
  const packed = encodeEntries(entries);
  const judgments = entries.length;
  if (random.chance(0.93) || judgments === 0) return { entries: packed, judgments };
  return random.pick([
    { entries: encodeRaw([...entries].reverse()), judgments }, // wrong order, unless there is only one
    {
      entries: encodeRaw([...entries.slice(0, -1), { itemIndex: 16_000_000, verdict: 3 }]),
      judgments,
    },
    { entries: `${packed}00`, judgments },
    { entries: packed, judgments: judgments + 1 },
    { entries: packed, judgments: Math.max(0, judgments - 1) },
    { entries: "0x", judgments },
  ]);
}

function encodeRaw(entries: readonly { itemIndex: number; verdict: number }[]): Hex {
  return `0x${entries.map(({ itemIndex, verdict }) => (((itemIndex << 8) | verdict) >>> 0).toString(16).padStart(8, "0")).join("")}`;
}

async function revealAll(
  stage: Stage,
  random: Random,
  task: OpenTask,
  ballots: readonly Ballot[],
  golds: Golds | undefined,
): Promise<{ openOrder: Ballot[]; revealed: Map<string, string> }> {
  const { terms, taskId } = task;
  const shuffled = random.shuffle(ballots);
  const aisFirst = [
    ...shuffled.filter((b) => b.role === "Ai"),
    ...shuffled.filter((b) => b.role === "Human"),
  ];
  const openOrder = terms.conditionOnAi ? aisFirst : shuffled;
  const opened = openOrder.filter((ballot) => ballot.opens);
  const revealed = new Map<string, string>();
  const relayer = stage.tasks.connect(stage.deployer.signer);
  const send = async (part: Ballot[]): Promise<void> => {
    for (const chunk of random.chunks(part, 12)) {
      const receipt = await receiptOf(
        relayer.reveal(
          taskId,
          chunk.map((ballot) => ballot.cast.opening),
        ),
      );
      for (const log of parse(stage, receipt.logs)) {
        if (log.name === "BallotRevealed")
          revealed.set(
            String(log.args["validator"]).toLowerCase(),
            String(log.args.getValue("entries")),
          );
      }
    }
  };

  await stage.moveTo(terms.commitEndsAt);
  if (golds?.opens) await relayer.openGold(taskId, GOLD_SALT, golds.packed);
  if (terms.conditionOnAi) {
    await send(opened.filter((b) => b.role === "Ai"));
    await stage.moveTo(terms.commitEndsAt + (terms.revealEndsAt - terms.commitEndsAt) / 2n);
    await send(opened.filter((b) => b.role === "Human"));
  } else {
    await send(opened);
  }
  return { openOrder, revealed };
}

async function settleAndCompare(
  stage: Stage,
  random: Random,
  task: OpenTask,
  expected: Settlement,
  seed: number,
): Promise<void> {
  const { taskId, terms } = task;
  const relayer = stage.tasks.connect(stage.deployer.signer);
  const parties = [stage.requester, stage.operator, stage.commons, ...stage.humans, ...stage.ais];
  const creditsBefore = await credits(stage, parties);
  const stakesBefore = await stakes(stage);
  const commonsDueBefore = await stage.registry.commonsDueUnits();

  if ((await stage.now()) < terms.revealEndsAt) await stage.moveTo(terms.revealEndsAt);
  const logs: LogDescription[] = [];
  const unsettled = random.shuffle(
    expected.ballots.filter((ballot) => ballot.outcome !== "voided"),
  );
  for (const chunk of [...random.chunks(unsettled, 12), []]) {
    if (Number(await stage.tasks.stateOf(taskId)) === STATE.Settled) break;
    const receipt = await receiptOf(
      relayer.settle(
        taskId,
        chunk.map((ballot) => ballot.validator),
        chunk.map((ballot) => (ballot.outcome === "scored" ? ballot.entries : "0x")),
      ),
    );
    logs.push(...parse(stage, receipt.logs));
  }

  const settled = new Map(
    logs
      .filter((log) => log.name === "BallotSettled")
      .map((log) => [String(log.args["validator"]).toLowerCase(), log.args]),
  );
  for (const ballot of expected.ballots) {
    const what = `ballot of ${ballot.validator}, seed ${seed}`;
    expect(ballot.lockUnits, what).to.equal(
      lockUnits(
        terms,
        ballot.role,
        judgmentsOf(expected, ballot.validator, ballot.lockUnits, terms),
      ),
    );
    if (ballot.outcome !== "scored") continue;
    const args = settled.get(ballot.validator);
    expect(args, what).to.not.equal(undefined);
    expect(
      {
        scorePpm: Number(args?.["scorePpm"]),
        scored: Number(args?.["scored"]),
        multiplePpm: Number(args?.["multiplePpm"]),
        payUnits: args?.["payUnits"] as bigint,
        lossUnits: args?.["lossUnits"] as bigint,
      },
      what,
    ).to.deep.equal({
      scorePpm: ballot.scorePpm,
      scored: ballot.scored,
      multiplePpm: ballot.multiplePpm,
      payUnits: ballot.payUnits,
      lossUnits: ballot.lossUnits,
    });
  }
  const failed = logs
    .filter((log) => log.name === "GoldGateFailed")
    .map(({ args }) => `${args["validator"]} ${args["right"]} ${args["wrong"]}`.toLowerCase());
  expect(failed, `failed the gate, seed ${seed}`).to.have.members(
    expected.ballots
      .filter((ballot) => ballot.goldFailed)
      .map(({ validator, goldRight, goldWrong }) => `${validator} ${goldRight} ${goldWrong}`),
  );
  expect(settled.size).to.equal(
    expected.ballots.filter((ballot) => ballot.outcome === "scored").length,
  );

  const books = logs.find((log) => log.name === "BooksClosed");
  const end = logs.find((log) => log.name === "TaskSettled");
  const facts = await stage.tasks.factsOf(taskId);
  expect(
    {
      escrowUnits: facts.escrowUnits,
      refundUnits: books?.args["refundUnits"] as bigint,
      feeUnits: books?.args["feeUnits"] as bigint,
      paidUnits: end?.args["paidUnits"] as bigint,
      restUnits: end?.args["restUnits"] as bigint,
      penaltyUnits: end?.args["penaltyUnits"] as bigint,
      paidVotesHuman: Number(facts.paidVotesHuman),
      paidVotesAi: Number(facts.paidVotesAi),
    },
    `books of seed ${seed}`,
  ).to.deep.equal({
    escrowUnits: expected.escrowUnits,
    refundUnits: expected.refundUnits,
    feeUnits: expected.feeUnits,
    paidUnits: expected.paidUnits,
    restUnits: expected.restUnits,
    penaltyUnits: expected.penaltyUnits,
    paidVotesHuman: expected.paidVotesHuman,
    paidVotesAi: expected.paidVotesAi,
  });
  expect(
    expected.refundUnits + expected.feeUnits + expected.paidUnits + expected.restUnits,
  ).to.equal(expected.escrowUnits);

  // Where the money went: credits and stakes moved by exactly the twin's figures, and no lock is left behind.
  const paid = new Map(expected.ballots.map((ballot) => [ballot.validator, ballot]));
  const creditsAfter = await credits(stage, parties);
  for (const { address } of parties) {
    const due =
      (address === stage.requester.address ? expected.refundUnits : 0n) +
      (address === stage.operator.address ? expected.feeUnits : 0n) +
      (address === stage.commons.address ? expected.restUnits : 0n) +
      (paid.get(address)?.payUnits ?? 0n);
    expect(
      (creditsAfter.get(address) ?? 0n) - (creditsBefore.get(address) ?? 0n),
      `credit of ${address}`,
    ).to.equal(due);
  }
  for (const [address, account] of await stakes(stage)) {
    const before = stakesBefore.get(address);
    expect((before?.stakedUnits ?? 0n) - account.stakedUnits, `stake lost by ${address}`).to.equal(
      paid.get(address)?.lossUnits ?? 0n,
    );
    expect(account.lockedUnits, `lock left on ${address}`).to.equal(0n);
  }
  expect((await stage.registry.commonsDueUnits()) - commonsDueBefore).to.equal(
    expected.penaltyUnits,
  );
  expect(expected.restUnits + expected.penaltyUnits).to.equal(expected.commonsUnits);
}

/** Whatever count gives this lock; the twin's ballots do not carry it. */
function judgmentsOf(expected: Settlement, validator: string, lock: bigint, terms: Terms): number {
  const ballot = expected.ballots.find((candidate) => candidate.validator === validator);
  if (!ballot) throw new Error(`no ballot of ${validator}`);
  for (let judgments = 0; judgments <= terms.itemCount; judgments++) {
    if (lockUnits(terms, ballot.role, judgments) === lock) return judgments;
  }
  throw new Error(`no count of judgments locks ${lock}`);
}

function parse(
  stage: Stage,
  logs: readonly { topics: readonly string[]; data: string }[],
): LogDescription[] {
  return logs
    .map((log) => stage.tasks.interface.parseLog({ topics: [...log.topics], data: log.data }))
    .filter((log): log is LogDescription => log !== null);
}

async function credits(stage: Stage, people: readonly Person[]): Promise<Map<string, bigint>> {
  return new Map(
    await Promise.all(
      people.map(async ({ address }) => [address, await stage.tasks.creditOf(address)] as const),
    ),
  );
}

async function stakes(
  stage: Stage,
): Promise<Map<string, { stakedUnits: bigint; lockedUnits: bigint }>> {
  return new Map(
    await Promise.all(
      [...stage.humans, ...stage.ais].map(async ({ address }) => {
        const { stakedUnits, lockedUnits } = await stage.registry.accountOf(address);
        return [address, { stakedUnits, lockedUnits }] as const;
      }),
    ),
  );
}
