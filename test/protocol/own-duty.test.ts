import { expect } from "chai";
import { fingerprintOf } from "../../protocol/commitment.ts";
import type { KeptVersion, OwnDuty, OwnRecord, OwnTimes } from "../../protocol/own-duty.ts";
import { findOwnDuty, headStartOf } from "../../protocol/own-duty.ts";
import { keccak256Text } from "../../protocol/keccak.ts";
import { ZERO_HASH } from "../../protocol/words.ts";

const human: OwnTimes = {
  terms: {
    ...{ aiClosesAt: 900n, closesAt: 1_000n, commitEndsAt: 1_400n, revealEndsAt: 2_200n },
    conditionOnAi: false,
  },
  role: "Human",
  minCommit: 100n,
  claimWindow: 600n,
};
const conditioned = { ...human, terms: { ...human.terms, conditionOnAi: true } };
const ai: OwnTimes = { ...conditioned, role: "Ai" };

const kept = (version: number, changes: Partial<KeptVersion> = {}): KeptVersion => ({
  version,
  commitment: keccak256Text(`version ${version}`),
  receipted: true,
  refused: false,
  ...changes,
});
const nothing: OwnRecord = {
  version: 0,
  unfundedVersion: 0,
  fingerprint: fingerprintOf(ZERO_HASH),
  opened: false,
};
const recorded = (version: number, changes: Partial<OwnRecord> = {}): OwnRecord => ({
  ...nothing,
  version,
  fingerprint: fingerprintOf(kept(version).commitment),
  ...changes,
});

/** The first and the last second of a duty, and what it is. */
function spanOf(
  versions: readonly KeptVersion[],
  record: OwnRecord,
  times: OwnTimes,
  kind: OwnDuty["kind"],
): [number, number, number | undefined] | undefined {
  const seconds = Array.from({ length: 3_000 }, (_, second) => second).filter(
    (second) => findOwnDuty(versions, record, times, BigInt(second))?.kind === kind,
  );
  const [first] = seconds;
  if (first === undefined) return undefined;
  const last = seconds.at(-1) as number;
  return [first, last, findOwnDuty(versions, record, times, BigInt(first))?.version];
}

describe("[G7] What a validator owes its own ballot", () => {
  describe("given a last version that is not on chain", () => {
    it("is a commit from closesAt until commits end", () => {
      expect(spanOf([kept(1), kept(2)], nothing, human, "commit")).to.deep.equal([1_000, 1_399, 2]);
      expect(spanOf([kept(1), kept(2)], recorded(1), human, "commit")?.[2]).to.equal(2);
    });
    it("comes before aiClosesAt for an AI on which people are conditioned", () => {
      expect(spanOf([kept(3)], nothing, ai, "commit")).to.deep.equal([800, 899, 3]);
    });
    it("counts though no receipt came back, for the work is done", () => {
      expect(spanOf([kept(2, { receipted: false })], recorded(1), human, "commit")?.[2]).to.equal(
        2,
      );
    });
    it("passes over what the operator refused", () => {
      const versions = [kept(1), kept(2, { receipted: false, refused: true })];
      expect(spanOf(versions, nothing, human, "commit")?.[2]).to.equal(1);
      expect(spanOf(versions, recorded(1), human, "commit")).to.equal(undefined);
    });
  });

  describe("given a ballot on chain that nobody opened", () => {
    it("is an opening in the last quarter of the reveal time", () => {
      expect(spanOf([kept(2)], recorded(2), human, "open")).to.deep.equal([2_000, 2_199, 2]);
    });
    it("is one in the last quarter of the role's own half where people are conditioned on AIs", () => {
      expect(spanOf([kept(2)], recorded(2), conditioned, "open")).to.deep.equal([2_100, 2_199, 2]);
      expect(spanOf([kept(2)], recorded(2), ai, "open")).to.deep.equal([1_700, 1_799, 2]);
    });
    it("opens the version that is on chain, be it the last or not", () => {
      expect(spanOf([kept(1), kept(2)], recorded(1), human, "open")?.[2]).to.equal(1);
    });
    it("is to fetch the opening at once where another device signed it", () => {
      const foreign = recorded(2, {
        fingerprint: fingerprintOf(keccak256Text("of another device")),
      });
      expect(spanOf([kept(1), kept(2)], foreign, human, "restore")).to.deep.equal([0, 2_199, 2]);
      expect(spanOf([kept(1), kept(2)], foreign, human, "open")).to.equal(undefined);
    });
    it("is nothing once it is opened", () => {
      expect(spanOf([kept(2)], recorded(2, { opened: true }), human, "open")).to.equal(undefined);
    });
  });

  describe("given a receipted version that the operator left out", () => {
    it("is a claim from revealEndsAt for the claim window", () => {
      expect(spanOf([kept(2)], nothing, human, "claim")).to.deep.equal([2_200, 2_799, 2]);
      expect(spanOf([kept(2)], recorded(1, { opened: true }), human, "claim")?.[2]).to.equal(2);
      expect(spanOf([kept(2)], recorded(2), human, "claim")?.[2]).to.equal(2);
    });
    it("is none where it is on chain and opened, was not covered by stake, or has no receipt", () => {
      const opened = recorded(2, { opened: true });
      expect(spanOf([kept(2)], opened, human, "claim")).to.equal(undefined);
      const unfunded = { ...nothing, unfundedVersion: 2 };
      expect(spanOf([kept(2)], unfunded, human, "claim")).to.equal(undefined);
      expect(spanOf([kept(2, { receipted: false })], nothing, human, "claim")).to.equal(undefined);
    });
  });

  it("leaves the operator half a minute for commits, or an eighth of a short time, and none for openings", () => {
    const commit: OwnDuty = { kind: "commit", version: 1, from: 1_000n, until: 87_400n };
    expect(headStartOf(commit)).to.equal(30n);
    expect(headStartOf({ ...commit, until: 1_040n })).to.equal(5n);
    expect(headStartOf({ ...commit, kind: "open" })).to.equal(0n);
  });
});
