import { expect } from "chai";
import type { Attestation } from "../../protocol/draw-admission.ts";
import {
  drawByAttestation,
  drawBySettled,
  findStrayAddress,
} from "../../protocol/draw-admission.ts";

const address = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;
const hash = (n: number): string => `0x${n.toString(16).padStart(64, "0")}`;

describe("A list drawn by attestation", () => {
  const rule = {
    contract: address(0xea5),
    schema: hash(1),
    attesters: [address(0xa), address(0xb)],
    block: 100,
  };
  const good: Attestation = {
    uid: hash(7),
    recipient: address(1),
    attester: address(0xb),
    schema: rule.schema,
    block: 100,
    expiresAt: 0n,
  };
  const seats = new Set([address(1), address(2), address(3)]);
  const draw = (
    attestations: readonly Attestation[],
    revocations: readonly { uid: string; block: number }[] = [],
  ): string[] => drawByAttestation(rule, { attestations, revocations, blockTime: 5_000n }, seats);

  it("names its holder, whichever of the attesters it is by", () => {
    expect(draw([good])).to.deep.equal([address(1)]);
    expect(draw([{ ...good, attester: address(0xa) }])).to.deep.equal([address(1)]);
  });

  const bad: [string, Partial<Attestation>][] = [
    ["by anybody else", { attester: address(0xc) }],
    ["of another schema", { schema: hash(2) }],
    ["made after the block", { block: 101 }],
    ["that ends at the block's very second", { expiresAt: 5_000n }],
    ["that had ended before", { expiresAt: 1n }],
    ["to somebody without a seat", { recipient: address(9) }],
  ];
  for (const [what, change] of bad) {
    it(`takes none ${what}`, () => {
      expect(draw([{ ...good, ...change }])).to.deep.equal([]);
    });
  }

  it("takes one that ends a second after the block", () => {
    expect(draw([{ ...good, expiresAt: 5_001n }])).to.deep.equal([address(1)]);
  });

  it("takes none revoked in the block, and one revoked in the next", () => {
    expect(draw([good], [{ uid: good.uid, block: 100 }])).to.deep.equal([]);
    expect(draw([good], [{ uid: good.uid, block: 101 }])).to.deep.equal([address(1)]);
  });

  it("names who has another besides the revoked one, and names nobody twice", () => {
    const second = { ...good, uid: hash(8) };
    expect(draw([good, second], [{ uid: good.uid, block: 1 }])).to.deep.equal([address(1)]);
    expect(draw([good, second])).to.deep.equal([address(1)]);
  });

  it("ascends, in whatever order the attestations came", () => {
    const [one, two, three] = [3, 1, 2].map((n) => ({
      ...good,
      uid: hash(n),
      recipient: address(n),
    })) as [Attestation, Attestation, Attestation];
    expect(draw([one, two, three])).to.deep.equal([1, 2, 3].map(address));
  });
});

describe("A list drawn by scored ballots", () => {
  const seats = new Set([address(1), address(2)]);
  const draw = (
    minimum: number,
    ballots: readonly [task: number, validator: number, block: number][],
  ): string[] =>
    drawBySettled(
      { minimum, block: 100 },
      ballots.map(([task, validator, block]) => ({
        taskId: hash(task),
        validator: address(validator),
        block,
      })),
      seats,
    );

  it("names seat holders with so many of them or more, ascending", () => {
    const ballots: [number, number, number][] = [
      [1, 2, 10],
      [1, 1, 10],
      [2, 1, 100],
      [2, 9, 100],
    ];
    expect(draw(1, ballots)).to.deep.equal([1, 2].map(address));
    expect(draw(2, ballots)).to.deep.equal([address(1)]);
    expect(draw(3, ballots)).to.deep.equal([]);
  });

  it("counts none after the block, and one of each task", () => {
    expect(draw(1, [[1, 1, 101]])).to.deep.equal([]);
    expect(
      draw(2, [
        [1, 1, 10],
        [1, 1, 11],
      ]),
    ).to.deep.equal([]);
  });
});

describe("A stray address", () => {
  it("is none where both lists name the same, in whatever order", () => {
    expect(findStrayAddress([address(1), address(2)], [address(2), address(1)])).to.equal(
      undefined,
    );
  });

  it("is the lowest that stands on one of them alone", () => {
    const [one, two, three] = [1, 2, 3].map(address) as [string, string, string];
    expect(findStrayAddress([one, two], [two])).to.deep.equal({ address: one, isOn: "said" });
    expect(findStrayAddress([two], [two, three])).to.deep.equal({ address: three, isOn: "drawn" });
    expect(findStrayAddress([three], [one])).to.deep.equal({ address: one, isOn: "drawn" });
  });
});
