import { expect } from "chai";
import fc from "fast-check";
import { bondShareOf, shareBond } from "../../protocol/bond-shares.ts";
import { fingerprintOf } from "../../protocol/commitment.ts";
import type { ClaimFacts, ClaimRecord, OmissionClaim } from "../../protocol/claims.ts";
import { claimUnitsOf, findClaimFault, findRecordFault } from "../../protocol/claims.ts";
import type { Draw } from "../../protocol/pool.ts";
import type { Session } from "../../protocol/session.ts";
import type { SigningDomain } from "../../protocol/typed-data.ts";
import type { Hash, Role } from "../../protocol/words.ts";
import { readVectors } from "../vectors/read-vectors.ts";

type SessionVector = Record<keyof Session, number>;
type DrawVector = Omit<Draw, "threshold"> & { threshold: string };

interface FactsVector {
  terms: Omit<ClaimFacts["terms"], "humanPrice" | "closesAt"> & Record<string, unknown>;
  seed: Hash;
  human: DrawVector;
  ai: DrawVector;
  role: Role | null;
  admissionIndexTaken: boolean;
  sessions: Record<string, SessionVector>;
  record: ClaimRecord;
  claimedUnits: string;
  claimWindow: number;
  now: number;
}

interface CaseVector {
  why: string;
  fault?: string;
  claimUnits?: string;
  claim: OmissionClaim;
  facts: Partial<FactsVector>;
}

const vectors = readVectors<{
  domain: Omit<SigningDomain, "chainId"> & { chainId: string };
  taskId: Hash;
  facts: FactsVector;
  cases: CaseVector[];
  shares: {
    bondUnits: string;
    claims: string[];
    paidUnits: string[];
    seizedUnits: string;
    dustUnits: string;
    returnedUnits: string;
  }[];
}>("claims");

const drawOf = (draw: DrawVector): Draw => ({ ...draw, threshold: BigInt(draw.threshold) });
const number = (value: unknown): bigint => BigInt(value as string | number);

function factsOf(change: Partial<FactsVector>): ClaimFacts {
  const { terms, role, human, ai, sessions, claimedUnits, claimWindow, now, ...same } = {
    ...vectors.facts,
    ...change,
  };
  return {
    ...same,
    domain: { ...vectors.domain, chainId: BigInt(vectors.domain.chainId) },
    taskId: vectors.taskId,
    terms: {
      ...terms,
      humanPrice: number(terms["humanPrice"]),
      aiPrice: number(terms.aiPrice),
      closesAt: number(terms["closesAt"]),
      commitEndsAt: number(terms.commitEndsAt),
      revealEndsAt: number(terms.revealEndsAt),
    },
    human: drawOf(human),
    ai: drawOf(ai),
    role: role ?? undefined,
    sessionOf: (key) => {
      const session = sessions[key];
      return (
        session && {
          authorizedAt: BigInt(session.authorizedAt),
          expiresAt: BigInt(session.expiresAt),
          revokedAt: BigInt(session.revokedAt),
        }
      );
    },
    claimedUnits: BigInt(claimedUnits),
    claimWindow: BigInt(claimWindow),
    now: BigInt(now),
  };
}

describe("a claim of omission", () => {
  describe("holds, for what it says,", () => {
    vectors.cases
      .filter(({ fault }) => fault === undefined)
      .forEach(({ why, claim, claimUnits, facts: change }) => {
        it(`if ${why}: ${claimUnits}`, () => {
          const facts = factsOf(change);
          expect(findClaimFault(claim, facts)).to.equal(undefined);
          expect(claimUnitsOf(claim, facts, facts.role as Role)).to.equal(
            BigInt(claimUnits as string),
          );
        });
      });
  });

  describe("is refused", () => {
    vectors.cases
      .filter(({ fault }) => fault !== undefined)
      .forEach(({ why, claim, fault, facts: change }) => {
        it(`as ${fault}: ${why}`, () => {
          expect(findClaimFault(claim, factsOf(change))).to.equal(fault);
        });
      });
  });

  it("is never for more than the receipted judgments at their price and the lock of the record on chain", () => {
    const [{ claim }] = vectors.cases as [CaseVector];
    const [signer] = Object.keys(vectors.facts.sessions);
    const record = fc.record({
      version: fc.integer({ min: 0, max: 9 }),
      unfundedVersion: fc.integer({ min: 0, max: 9 }),
      judgments: fc.integer({ min: 1, max: 12 }),
      fingerprint: fc.constantFrom(fingerprintOf(claim.ballot.commitment), "0x00"),
      bySession: fc.boolean(),
      opened: fc.boolean(),
      effectiveEntries: fc.integer({ min: 0, max: 12 }),
    });
    fc.assert(
      fc.property(record, (made) => {
        const units = claimUnitsOf(claim, factsOf({ record: made }), "Human");
        const locked = made.version === 0 || made.opened ? 0n : BigInt(made.judgments) * 500n;
        expect(units >= 0n && units <= 12_000n + locked).to.equal(true);
        if (findRecordFault(claim.ballot, signer, made) !== undefined) return;
        // Nothing that the validator itself put above the receipt makes the operator pay.
        expect(made.version <= claim.ballot.version).to.equal(true);
        expect(made.unfundedVersion < claim.ballot.version).to.equal(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("an operator's bond", () => {
  it("is shared as the golden vectors have it", () => {
    for (const { bondUnits, claims, ...shares } of vectors.shares) {
      const { paidUnits, ...rest } = shareBond(BigInt(bondUnits), claims.map(BigInt));
      expect({
        paidUnits: paidUnits.map(String),
        seizedUnits: String(rest.seizedUnits),
        dustUnits: String(rest.dustUnits),
        returnedUnits: String(rest.returnedUnits),
      }).to.deep.equal(shares);
    }
  });

  it("pays 6 and 4 of claims of 9 and 6 out of 10", () => {
    expect(shareBond(10n, [9n, 6n])).to.deep.equal({
      paidUnits: [6n, 4n],
      seizedUnits: 10n,
      dustUnits: 0n,
      returnedUnits: 0n,
    });
  });

  it("goes nowhere but to claims, commons and back, in whatever order claims are paid", () => {
    const amount = fc.bigInt(0n, 2n ** 96n - 1n);
    fc.assert(
      fc.property(amount, fc.array(amount, { maxLength: 20 }), (bond, claims) => {
        const { paidUnits, seizedUnits, dustUnits, returnedUnits } = shareBond(bond, claims);
        const paid = paidUnits.reduce((a, b) => a + b, 0n);
        expect(paid + dustUnits).to.equal(seizedUnits);
        expect(seizedUnits + returnedUnits).to.equal(bond);
        expect(dustUnits >= 0n && dustUnits <= BigInt(claims.length)).to.equal(true);
        const total = claims.reduce((a, b) => a + b, 0n);
        claims.forEach((claim, i) => {
          expect((paidUnits[i] as bigint) <= claim).to.equal(true);
          expect(paidUnits[i]).to.equal(bondShareOf(claim, bond, total));
        });
      }),
    );
  });
});
