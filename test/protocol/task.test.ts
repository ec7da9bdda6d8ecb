import { expect } from "chai";
import { deriveSeed, seedSourceBlock } from "../../protocol/seed.ts";
import { hashTerms, taskIdOf } from "../../protocol/task-id.ts";
import type { TaskFacts } from "../../protocol/task-state.ts";
import {
  commitEndsAtFor,
  opensUntil,
  receiptsEndAtFor,
  revealIntervalOf,
  taskStateAt,
} from "../../protocol/task-state.ts";
import type { TermsJson } from "../../protocol/terms-json.ts";
import { termsSchema, termsToJson } from "../../protocol/terms-json.ts";
import type { DeploymentConstants, Terms } from "../../protocol/terms.ts";
import {
  checkTerms,
  escrowUnits,
  findTermFaults,
  isReplay,
  leastBondUnits,
  lockUnits,
} from "../../protocol/terms.ts";
import { ZERO_ADDRESS, ZERO_HASH } from "../../protocol/words.ts";
import { readVectors } from "../vectors/read-vectors.ts";

interface TaskVector {
  chainId: string;
  tasks: string;
  requester: string;
  nonce: string;
  terms: TermsJson;
  termsHash: string;
  taskId: string;
  escrowUnits: string;
  blockHash: string;
  seed: string;
}
const vectors = readVectors<TaskVector[]>("tasks");

const constants: DeploymentConstants = {
  minStake: 100n * 10n ** 18n,
  unbonding: 86_400n,
  seedDelay: 2n,
  minPool: 40,
  minCommit: 5n,
  minReveal: 10n,
  claimWindow: 60n,
};
const createdAt = 1_899_999_000n;
const good = termsSchema.parse((vectors[0] as TaskVector).terms);

describe("a task's terms", () => {
  vectors.forEach((vector, i) => {
    const terms = termsSchema.parse(vector.terms);
    it(`name the task and its seed as golden vector ${i}`, () => {
      expect(hashTerms(terms)).to.equal(vector.termsHash);
      const chainId = BigInt(vector.chainId);
      const taskId = taskIdOf(chainId, vector.tasks, vector.requester, BigInt(vector.nonce), terms);
      expect(taskId).to.equal(vector.taskId);
      expect(deriveSeed(vector.blockHash, chainId, vector.tasks, taskId)).to.equal(vector.seed);
      expect(escrowUnits(terms).toString()).to.equal(vector.escrowUnits);
    });

    it(`survive JSON (${i})`, () => {
      expect(termsToJson(terms)).to.deep.equal(vector.terms);
      expect(
        termsSchema.parse(JSON.parse(JSON.stringify(termsToJson(terms))) as unknown),
      ).to.deep.equal(terms);
    });
  });

  it("take addresses in any case and amounts as text", () => {
    const upper = good.operator.toUpperCase().replace("0X", "0x");
    expect(termsSchema.parse({ ...termsToJson(good), operator: upper }).operator).to.equal(
      good.operator,
    );
    for (const humanPrice of ["1.5", "-1", "", "1e18", 1.5, -1, null]) {
      expect(termsSchema.safeParse({ ...termsToJson(good), humanPrice }).success).to.equal(false);
    }
  });

  it("hold within the bounds", () => {
    expect(findTermFaults(good, constants, createdAt)).to.deep.equal([]);
    expect(() => checkTerms(good, constants, createdAt)).not.to.throw();
  });

  const faults: [string, keyof Terms, Partial<Terms>][] = [
    ["no operator", "operator", { operator: ZERO_ADDRESS }],
    ["no receipt key", "receiptKey", { receiptKey: ZERO_ADDRESS }],
    ["no items", "itemsRoot", { itemsRoot: ZERO_HASH }],
    ["an item too many", "itemCount", { itemCount: 4097, operatorBond: 2n ** 95n }],
    ["one human vote", "humanVotes", { humanVotes: 1 }],
    [
      "sixteen human votes",
      "humanVotes",
      { humanVotes: 16, humanAdmissionRoot: good.itemsRoot, humanSeats: 65 },
    ],
    ["four AI votes", "aiVotes", { aiVotes: 4, aiPrice: 1n }],
    ["free human work", "humanPrice", { humanPrice: 0n }],
    ["free AI work", "aiPrice", { aiVotes: 1 }],
    ["a price for no AI", "aiPrice", { aiPrice: 1n }],
    [
      "a price of 2^96",
      "humanPrice",
      { humanPrice: 2n ** 96n, itemCount: 1, operatorBond: 2n ** 96n - 1n },
    ],
    ["a bond a unit short", "operatorBond", { operatorBond: leastBondUnits(good) - 1n }],
    ["an admission list of nobody", "humanSeats", { humanAdmissionRoot: good.itemsRoot }],
    ["65,536 seats", "aiSeats", { aiSeats: 65_536 }],
    ["full pay below a hundredth", "fullPayScore", { fullPayScore: 9_999, breakEven: 0 }],
    ["break-even above half of full pay", "breakEven", { breakEven: 125_001 }],
    ["a penalty above the price", "maxPenalty", { maxPenalty: 1_000_001 }],
    ["no judgments needed", "minJudgments", { minJudgments: 0 }],
    ["conditioning on no AI", "conditionOnAi", { conditionOnAi: true }],
    ["fewer tickets than votes", "oversubscription", { oversubscription: 999_999 }],
    ["an open task with many tickets", "oversubscription", { oversubscription: 1_500_001 }],
    [
      "an open task that hands everything to everyone",
      "oversubscription",
      { humanVotes: 8, oversubscription: 1_000_001, operatorBond: 10n ** 24n },
    ],
    ["an end in the past", "closesAt", { closesAt: createdAt, aiClosesAt: createdAt }],
    ["AIs closing after people", "aiClosesAt", { aiClosesAt: good.closesAt + 1n }],
    ["too little time to commit", "commitEndsAt", { commitEndsAt: good.closesAt + 4n }],
    ["too little time to reveal", "revealEndsAt", { revealEndsAt: good.commitEndsAt + 9n }],
    [
      "too little time to reveal for each role",
      "revealEndsAt",
      { conditionOnAi: true, aiVotes: 1, aiPrice: 1n, revealEndsAt: good.commitEndsAt + 19n },
    ],
    [
      "[G1] an end after stakes could be gone",
      "revealEndsAt",
      { revealEndsAt: createdAt + 86_400n - 59n },
    ],
  ];
  faults.forEach(([what, term, change]) => {
    it(`are refused for ${what}`, () => {
      const found = findTermFaults({ ...good, ...change }, constants, createdAt);
      expect(found.map((fault) => fault.term)).to.deep.equal([term]);
      expect(() => checkTerms({ ...good, ...change }, constants, createdAt))
        .to.throw()
        .with.property("code", "terms-invalid");
    });
  });

  it("take more tickets from an admission list, and are then a replay", () => {
    const admitted = { ...good, humanAdmissionRoot: good.itemsRoot, humanSeats: 65 };
    const replay = { ...admitted, oversubscription: 4_294_967_295 };
    expect(findTermFaults(replay, constants, createdAt)).to.deep.equal([]);
    expect(isReplay(replay)).to.equal(true);
    expect(isReplay({ ...good, humanVotes: 8 })).to.equal(false);
  });

  it("lock for a ballot all it could lose, rounded up", () => {
    expect(lockUnits({ humanPrice: 3n, aiPrice: 0n, maxPenalty: 500_000 }, "Human", 1)).to.equal(
      2n,
    );
    expect(lockUnits({ humanPrice: 3n, aiPrice: 0n, maxPenalty: 500_000 }, "Human", 2)).to.equal(
      3n,
    );
    expect(lockUnits({ humanPrice: 3n, aiPrice: 7n, maxPenalty: 0 }, "Ai", 100)).to.equal(0n);
  });
});

describe("a task's state", () => {
  const facts: TaskFacts = {
    opened: true,
    cancelled: false,
    booksClosed: false,
    ballotsCommitted: 2,
    ballotsSettled: 0,
  };
  const at = (now: bigint, change: Partial<TaskFacts> = {}): string =>
    taskStateAt(good, { ...facts, ...change }, now);

  it("follows block time in half-open intervals [G4]", () => {
    expect(at(good.closesAt - 1n)).to.equal("Open");
    expect(at(good.closesAt)).to.equal("Committing");
    expect(at(good.commitEndsAt - 1n)).to.equal("Committing");
    expect(at(good.commitEndsAt)).to.equal("Revealing");
    expect(at(good.revealEndsAt - 1n)).to.equal("Revealing");
    expect(at(good.revealEndsAt)).to.equal("Settling");
  });

  it("is Settled once the books are closed and every ballot is settled", () => {
    const now = good.revealEndsAt;
    expect(at(now, { booksClosed: true, ballotsSettled: 1 })).to.equal("Settling");
    expect(at(now, { ballotsSettled: 2 })).to.equal("Settling");
    expect(at(now, { booksClosed: true, ballotsSettled: 2 })).to.equal("Settled");
    expect(at(now, { booksClosed: true, ballotsCommitted: 0 })).to.equal("Settled");
  });

  it("stays Funded if never opened, and Cancelled if cancelled", () => {
    expect(at(good.revealEndsAt + 1n, { opened: false })).to.equal("Funded");
    expect(at(good.closesAt, { opened: false, cancelled: true })).to.equal("Cancelled");
  });

  it("gives each role its times, AIs first where people are conditioned on them", () => {
    const conditioned = {
      ...good,
      conditionOnAi: true,
      aiClosesAt: 50n,
      closesAt: 100n,
      commitEndsAt: 200n,
      revealEndsAt: 301n,
    };
    expect(opensUntil(conditioned)).to.equal(50n);
    expect(opensUntil({ ...conditioned, conditionOnAi: false })).to.equal(100n);
    expect(revealIntervalOf(conditioned, "Ai")).to.deep.equal({ from: 200n, until: 250n });
    expect(revealIntervalOf(conditioned, "Human")).to.deep.equal({ from: 250n, until: 301n });
    expect(commitEndsAtFor(conditioned, "Ai")).to.equal(50n);
    expect(commitEndsAtFor(conditioned, "Human")).to.equal(200n);
    expect(receiptsEndAtFor(conditioned, "Ai", 5n)).to.equal(45n);
    expect(receiptsEndAtFor(conditioned, "Human", 5n)).to.equal(100n);
    expect(revealIntervalOf({ ...conditioned, conditionOnAi: false }, "Ai")).to.deep.equal({
      from: 200n,
      until: 301n,
    });
  });
});

describe("the seed's source", () => {
  it("is the seed block while the EVM knows its hash, then moves on by rounds of 256", () => {
    expect(seedSourceBlock(100n, 101n)).to.equal(100n);
    expect(seedSourceBlock(100n, 356n)).to.equal(100n);
    expect(seedSourceBlock(100n, 357n)).to.equal(356n);
    expect(seedSourceBlock(100n, 1000n)).to.equal(868n);
  });
});
