import { expect } from "chai";
import type { RingCell, RingSetting } from "./rings.ts";
import { simulateRings } from "./rings.ts";

describe("a ring that answers from a shared secret, beside people who judge", () => {
  const cells = new Map<string, RingCell>();
  const of = (ringShare: number, attendance: number, strategy = "everything"): RingCell =>
    cells.get(`${ringShare} ${attendance} ${strategy}`) as RingCell;

  before(() => {
    const setting = (
      ringShare: number,
      attendance: number,
      strategy: RingSetting["strategy"] = "everything",
    ): RingSetting => ({ ringShare, attendance, strategy, oversubscription: 1 });
    const { cells: made } = simulateRings({
      seed: 1,
      runs: 6,
      settings: [
        setting(0, 1),
        ...[1, 0.8].flatMap((attendance) => [
          setting(0.2, attendance),
          setting(0.2, attendance, "shared"),
          setting(0.3, attendance),
        ]),
        setting(0.3, 1, "idle"),
      ],
    });
    for (const cell of made) {
      cells.set(`${cell.ringShare} ${cell.attendance} ${cell.strategy}`, cell);
    }
  });

  it("is set among people who score .30, as those of MT-bench do", () => {
    expect(of(0, 1).people.scorePpm).to.be.within(285_000, 315_000);
  });

  it("earns less a seat than people at a fifth of the seats, whichever items it picks", () => {
    for (const attendance of [1, 0.8]) {
      for (const strategy of ["everything", "shared"]) {
        const { ring, people } = of(0.2, attendance, strategy);
        expect(ring.perSeat).to.be.below(people.perSeat);
        expect(ring.perJudgment).to.be.below(people.perJudgment);
      }
    }
  });

  it("earns about 23 against 32 there, where people judge four of five tickets", () => {
    const { ring, people } = of(0.2, 0.8);
    expect(ring.perSeat).to.be.closeTo(23, 4);
    expect(people.perSeat).to.be.closeTo(32, 3);
  });

  it("earns more at 30 % if people leave tickets unused, and still less if they leave none", () => {
    const [shirked, full] = [of(0.3, 0.8), of(0.3, 1)];
    expect(shirked.ring.perSeat).to.be.above(shirked.people.perSeat);
    expect(full.ring.perSeat).to.be.below(full.people.perSeat);
  });

  it("that only sits on seats earns nothing and costs the requester nothing: what is not judged is refunded", () => {
    const { ring, people, refunded } = of(0.3, 1, "idle");
    expect(ring.perSeat).to.equal(0);
    expect(people.perSeat).to.be.above(of(0, 1).people.perSeat);
    expect(refunded).to.be.above(of(0, 1).refunded);
  });

  it("comes to the same figures for the same seed", () => {
    const once = (): unknown =>
      simulateRings({
        seed: 7,
        runs: 1,
        settings: [{ ringShare: 0.2, strategy: "shared", oversubscription: 1.5, attendance: 1 }],
      });
    expect(once()).to.deep.equal(once());
  });
});
