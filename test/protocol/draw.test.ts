import { expect } from "chai";
import fc from "fast-check";
import { bytesToHex } from "../../protocol/hex.ts";
import { drawOf, isInPool } from "../../protocol/pool.ts";
import {
  eligibleItems,
  ticketHasher,
  ticketsOf,
  toCanonical,
  toPresented,
} from "../../protocol/ticket.ts";
import type { PresentedVerdict } from "../../protocol/words.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import { readVectors } from "../vectors/read-vectors.ts";

interface DrawVector {
  itemCount: number;
  votes: number;
  oversubscription: number;
  minJudgments: number;
  admitted: number;
  activeSeats: number;
  minPool: number;
  draw: { seats: number; pool: number; need: number; threshold: string };
  inPool: { seed: string; validator: string; inPool: boolean }[];
}

interface TicketVector {
  seed: string;
  validator: string;
  itemIndex: number;
  ticket: string;
  flip: boolean;
  eligible: { threshold: string; eligible: boolean }[];
}

const someRoot = `0x${"11".repeat(32)}`;

describe("a draw", () => {
  readVectors<DrawVector[]>("draws").forEach((vector) => {
    it(`of ${vector.votes} votes on ${vector.itemCount} items among ${vector.draw.seats} seats is the golden vector's`, () => {
      const root = vector.admitted > 0 ? someRoot : ZERO_HASH;
      const terms = {
        itemCount: vector.itemCount,
        oversubscription: vector.oversubscription,
        minJudgments: vector.minJudgments,
        humanAdmissionRoot: root,
        humanSeats: vector.admitted,
        humanVotes: vector.votes,
        aiAdmissionRoot: root,
        aiSeats: vector.admitted,
        aiVotes: vector.votes,
      };
      const draw = drawOf(terms, "Human", vector.activeSeats, vector.minPool);
      expect({ ...draw, threshold: draw.threshold.toString() }).to.deep.equal(vector.draw);
      for (const { seed, validator, inPool } of vector.inPool) {
        expect(isInPool(seed, validator, draw)).to.equal(inPool);
      }
      if (vector.oversubscription === 1_000_000) {
        expect(drawOf(terms, "Ai", vector.activeSeats, vector.minPool)).to.deep.equal(draw);
      }
    });
  });
});

describe("a ticket", () => {
  const vectors = readVectors<TicketVector[]>("tickets");

  it("is the golden vectors', with its flip, for every threshold", () => {
    for (const { seed, validator, itemIndex, ticket, flip, eligible } of vectors) {
      expect(bytesToHex(ticketHasher(seed, validator)(itemIndex))).to.equal(ticket);
      for (const { threshold, eligible: expected } of eligible) {
        const read = ticketsOf(seed, validator, BigInt(threshold));
        expect(read(itemIndex)).to.deep.equal({ eligible: expected, flip });
      }
    }
  });

  it("gives the same items one by one and as a list, about as many as the threshold says", () => {
    const { seed, validator } = vectors[0] as TicketVector;
    const threshold = 2n ** 255n / 10n;
    const items = eligibleItems(seed, validator, threshold, 4096);
    const read = ticketsOf(seed, validator, threshold);
    const oneByOne = Array.from({ length: 4096 }, (_, i) => i).filter((i) => read(i).eligible);
    expect(items).to.deep.equal(oneByOne);
    expect(items.length).to.be.within(300, 520);
    expect(eligibleItems(seed, validator, 2n ** 255n, 5)).to.deep.equal([0, 1, 2, 3, 4]);
    expect(eligibleItems(seed, validator, 0n, 4096)).to.deep.equal([]);
  });

  it("flips left and right, never a tie, and back again", () => {
    expect([0, 1, 2].map((v) => toCanonical(v as PresentedVerdict, false))).to.deep.equal([
      0, 1, 2,
    ]);
    expect([0, 1, 2].map((v) => toCanonical(v as PresentedVerdict, true))).to.deep.equal([1, 0, 2]);
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 2), fc.boolean(), (verdict, flip) => {
        const presented = verdict;
        return toPresented(toCanonical(presented, flip), flip) === presented;
      }),
    );
  });
});
