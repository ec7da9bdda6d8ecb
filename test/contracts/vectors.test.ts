/** The contracts' rules held against the golden vectors that the TypeScript twin reads too. */
import { expect } from "chai";

import type { FeedbackTasks, LibraryHarness } from "../../bindings/index.ts";
import type { Terms } from "../../protocol/terms.ts";
import type { Stage } from "../support/stage.ts";
import { createStage } from "../support/stage.ts";
import { readVectors } from "../vectors/read-vectors.ts";

interface BallotVectors {
  readonly valid: { entries: unknown[]; packed: string }[];
  readonly invalid?: { packed: string }[];
}

interface DrawVector {
  readonly itemCount: number;
  readonly votes: number;
  readonly oversubscription: number;
  readonly minJudgments: number;
  readonly admitted: number;
  readonly activeSeats: number;
  readonly minPool: number;
  readonly draw: { seats: number; pool: number; need: number; threshold: string };
  readonly inPool: { seed: string; validator: string; inPool: boolean }[];
}

interface TicketVector {
  readonly seed: string;
  readonly validator: string;
  readonly itemIndex: number;
  readonly ticket: string;
}

interface PayVector {
  readonly scorePpm: number;
  readonly scored: number;
  readonly fullPayScore: number;
  readonly breakEven: number;
  readonly maxPenalty: number;
  readonly need: number;
  readonly votes: number;
  readonly votesOnEachItem: number[];
  readonly priceUnits: string;
  readonly multiplePpm: number;
  readonly weight: string;
  readonly payUnits: string;
  readonly lossUnits: string;
}

interface DigestVector {
  readonly kind: string;
  readonly domain: { chainId: string; verifyingContract: string };
  readonly message: Record<string, string | number>;
  readonly digest: string;
}

interface CommitmentVector {
  readonly slot: {
    chainId: string;
    tasks: string;
    taskId: string;
    validator: string;
    version: number;
  };
  readonly opening: { entries: string; salt: string; notesHash: string };
  readonly entriesHash: string;
  readonly commitment: string;
}

interface GoldVectors {
  readonly packings: Record<"valid" | "invalid", { itemCount: number; packed: string }[]>;
  readonly voids: { answer: number; human: [number, number, number]; void: boolean }[];
  readonly leastWrongToFail: number[];
}

interface TaskVector {
  readonly tasks: string;
  readonly requester: string;
  readonly nonce: string;
  readonly terms: Terms;
  readonly taskId: string;
}

describe("Golden vectors on chain", () => {
  let stage: Stage;
  let harness: LibraryHarness;

  before(async () => {
    stage = await createStage({ humans: 3, ais: 0 });
    harness = await stage.connection.ethers.deployContract("LibraryHarness");
  });

  after(() => stage.close());

  /** The same code at the address that a vector was made for. */
  async function moved<T extends LibraryHarness | FeedbackTasks>(
    contract: T,
    to: string,
  ): Promise<T> {
    const code = await contract.getDeployedCode();
    await stage.connection.provider.request({ method: "hardhat_setCode", params: [to, code] });
    return contract.attach(to) as T;
  }

  it("ballots: what is valid is well formed, and nothing else is", async () => {
    const { valid, invalid = [] } = readVectors<BallotVectors>("ballots");
    for (const { entries, packed } of valid)
      expect(await harness.isWellFormed(packed, entries.length), packed).to.equal(true);
    for (const { packed } of invalid) {
      expect(
        await harness.isWellFormed(packed, Math.floor((packed.length - 2) / 8)),
        packed,
      ).to.equal(false);
    }
  });

  it("draws: seats, pools, needs and thresholds", async () => {
    for (const vector of readVectors<DrawVector[]>("draws")) {
      const { draw } = vector;
      const [pool, threshold, need] = await harness.draw(
        draw.seats,
        vector.votes,
        vector.itemCount,
        vector.oversubscription,
        vector.minJudgments,
        vector.minPool,
      );
      expect({
        pool: Number(pool),
        threshold: String(threshold),
        need: Number(need),
      }).to.deep.equal({
        pool: draw.pool,
        threshold: draw.threshold,
        need: draw.need,
      });
      for (const { seed, validator, inPool } of vector.inPool) {
        expect(await harness.isInPool(draw.pool, draw.seats, seed, validator)).to.equal(inPool);
      }
    }
  });

  it("tickets", async () => {
    for (const { seed, validator, itemIndex, ticket } of readVectors<TicketVector[]>("tickets")) {
      expect(await harness.ticketOf(seed, validator, itemIndex)).to.equal(BigInt(ticket));
    }
  });

  it("pay: multiples, weights, pay and losses", async () => {
    for (const vector of readVectors<PayVector[]>("pay")) {
      const { scorePpm, scored, need, fullPayScore, breakEven, maxPenalty } = vector;
      expect(
        Number(
          await harness.multipleOf(scorePpm, scored, need, fullPayScore, breakEven, maxPenalty),
        ),
      ).to.equal(vector.multiplePpm);
      expect(String(await harness.weightOf(vector.votesOnEachItem, vector.votes))).to.equal(
        vector.weight,
      );
      const pay = await harness.payOf(vector.priceUnits, vector.weight, vector.multiplePpm);
      expect(pay.map(String)).to.deep.equal([vector.payUnits, vector.lossUnits]);
    }
  });

  it("commitments, for the chain and contract they name", async () => {
    for (const { slot, opening, entriesHash, commitment } of readVectors<CommitmentVector[]>(
      "commitments",
    )) {
      if (BigInt(slot.chainId) !== stage.chainId) continue;
      const there = await moved(harness, slot.tasks);
      expect(
        await there.commitmentOf(
          slot.taskId,
          slot.validator,
          slot.version,
          opening.salt,
          entriesHash,
          opening.notesHash,
        ),
      ).to.equal(commitment);
    }
  });

  describe("gold", () => {
    const gold = readVectors<GoldVectors>("gold");

    it("packings, good and bad", async () => {
      for (const { packed, itemCount } of gold.packings.valid)
        expect(await harness.isGoldWellFormed(packed, itemCount), packed).to.equal(true);
      for (const { packed, itemCount } of gold.packings.invalid)
        expect(await harness.isGoldWellFormed(packed, itemCount), packed).to.equal(false);
    });

    it("voids", async () => {
      for (const { answer, human, void: isVoid } of gold.voids)
        expect(await harness.isGoldVoid(human, answer), `${human.join(" ")}, ${answer}`).to.equal(
          isVoid,
        );
    });

    it("the gate's boundary, to its largest powers", async () => {
      for (const [right, least] of gold.leastWrongToFail.entries()) {
        if (least < 0) {
          expect(await harness.failsGoldGate(right, 60 - right), `${right}`).to.equal(false);
          continue;
        }
        expect(await harness.failsGoldGate(right, least), `${right}`).to.equal(true);
        expect(await harness.failsGoldGate(right, least - 1), `${right}`).to.equal(false);
      }
    });
  });

  it("ballot digests", async () => {
    const ballots = readVectors<DigestVector[]>("digests").filter(({ kind }) => kind === "Ballot");
    expect(ballots).to.have.length.above(0);
    for (const { domain, message, digest } of ballots) {
      const there = await moved(stage.tasks, domain.verifyingContract);
      expect(
        await there.ballotDigest(
          String(message["taskId"]),
          String(message["validator"]),
          Number(message["version"]),
          Number(message["judgments"]),
          String(message["commitment"]),
        ),
      ).to.equal(digest);
    }
  });

  it("task ids", async () => {
    for (const { tasks, requester, nonce, terms, taskId } of readVectors<TaskVector[]>("tasks")) {
      expect(await (await moved(stage.tasks, tasks)).taskIdOf(requester, nonce, terms)).to.equal(
        taskId,
      );
    }
  });
});
