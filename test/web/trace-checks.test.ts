import { expect } from "chai";
import { SigningKey, Wallet } from "ethers";
import { encodeEntries } from "../../protocol/ballot.ts";
import { entriesHashOf, fingerprintOf } from "../../protocol/commitment.ts";
import { buildMerkleTree, hashLeafOf } from "../../protocol/merkle-tree.ts";
import { ballotDigest, openingReceiptDigest, signingDomain } from "../../protocol/typed-data.ts";
import type { BallotState } from "../../web/data/schemas.ts";
import { ballotStateSchema } from "../../web/data/schemas.ts";
import type { ChainFacts } from "../../web/trace/chain-facts.ts";
import type { Check } from "../../web/trace/trace-checks.ts";
import {
  checkAnchor,
  checkReceiptOf,
  checkRecord,
  checkSettlement,
  checkSignature,
  isRefutedBy,
} from "../../web/trace/trace-checks.ts";

const hash = (byte: string): string => `0x${byte.repeat(32)}`;
const keyed = (byte: string): Wallet => new Wallet(hash(byte));
const addressOf = (wallet: Wallet): string => wallet.address.toLowerCase();
const sign = (wallet: Wallet, digest: string): string =>
  new SigningKey(wallet.privateKey).sign(digest).serialized;

const domain = signingDomain(31_337n, `0x${"11".repeat(20)}`);
const [validator, session, operator, stranger] = ["01", "02", "03", "04"].map(keyed) as [
  Wallet,
  Wallet,
  Wallet,
  Wallet,
];
const entries = encodeEntries([{ itemIndex: 4, verdict: 1 }]);
const signed = {
  taskId: hash("aa"),
  validator: addressOf(validator),
  version: 3,
  judgments: 1,
  commitment: hash("dd"),
};
const digest = ballotDigest(domain, signed);
const tree = buildMerkleTree([digest, hash("ee")].map(hashLeafOf));
const open = { done: false, at: null, tx: null };
const done = { done: true, at: 1_700_000_000, tx: hash("05") };

/** Scored and paid, as an honest server tells it. */
function ballot(changes: object = {}): BallotState {
  return ballotStateSchema.parse({
    ...signed,
    ...{ role: "Human", digest, stage: "scored" },
    signed: { ...open, done: true, signature: sign(session, digest), signer: addressOf(session) },
    receipted: {
      ...{ ...open, done: true },
      receiptSignature: sign(operator, openingReceiptDigest(domain, signed)),
    },
    anchored: { ...done, root: tree.root, proof: tree.proofOf(0) },
    committed: { ...done, version: 3, locked: "0" },
    revealed: { ...done, entries, void: false },
    scored: {
      ...{ ...done, scorePpm: 300_000, scored: 20, multiplePpm: 1_000_000, loss: "0" },
      gold: null,
    },
    paid: { ...open, pay: "2500", withdrawn: false },
    ...changes,
  });
}

/** What the chain says of it. */
const facts: ChainFacts = {
  record: {
    ...{ version: 3, fingerprint: fingerprintOf(entriesHashOf(entries)) },
    ...{ opened: true, isVoid: false, settled: true },
  },
  session: { authorizedAt: 1n, expiresAt: 2n ** 40n, revokedAt: 0n },
  anchoredRoots: [tree.root],
  commit: { version: 3, judgments: 1, commitment: signed.commitment, signer: addressOf(session) },
  settled: {
    ...{ scorePpm: 300_000, scored: 20, multiplePpm: 1_000_000, payUnits: 2_500n, lossUnits: 0n },
    failedGold: undefined,
  },
};

const checksOf = (state: BallotState, said: ChainFacts): Check[] => [
  ...checkSignature(state, domain, said),
  checkReceiptOf(state, domain, addressOf(operator)),
  ...checkAnchor(state, said),
  ...checkRecord(state, said),
  ...checkSettlement(state, said),
];
/** Of a server that tells `changes` to the truth, or a chain that does: what the page shows not to hold. */
const fails = (changes: object, said: Partial<ChainFacts> = {}): string[] =>
  checksOf(ballot(changes), { ...facts, ...said })
    .filter(({ holds }) => holds === false)
    .map(({ claim }) => claim);
const record = (changes: Partial<ChainFacts["record"]>): Pick<ChainFacts, "record"> => ({
  record: { ...facts.record, ...changes },
});

describe("a judgment's trace", () => {
  it("holds where server and chain agree", () => {
    const checks = checksOf(ballot(), facts);
    expect(checks).to.have.length(9);
    expect(checks.filter(({ holds }) => holds !== true)).to.deep.equal([]);
  });

  it("takes no signer for the session key that the validator never authorised", () => {
    const forged = { ...ballot().signed, signature: sign(stranger, digest) };
    const signer = addressOf(stranger);
    const unknown = { authorizedAt: 0n, expiresAt: 0n, revokedAt: 0n };
    const said = { session: unknown };
    expect(fails({ signed: { ...forged, signer } }, said)).to.include(
      "The validator authorised that key on chain.",
    );
    expect(fails({ signed: forged })).to.deep.equal(["The signature is by the session key."]);
  });

  it("says when the key was revoked since", () => {
    const session = { authorizedAt: 1n, expiresAt: 2n, revokedAt: 2n };
    expect(checkSignature(ballot(), domain, { session })[2]).to.deep.equal({
      claim: "The validator authorised that key on chain, and has revoked it since.",
      holds: true,
    });
  });

  it("takes no root that was never anchored", () => {
    expect(fails({}, { anchoredRoots: [hash("06")] })).to.deep.equal([
      "That root was anchored on chain for this task.",
    ]);
    const alone = buildMerkleTree([hashLeafOf(digest)]);
    const other = { ...done, root: alone.root, proof: [] };
    expect(fails({ anchored: other })).to.deep.equal([
      "That root was anchored on chain for this task.",
    ]);
  });

  it("takes no verdicts but those the contract counted", () => {
    const turned = encodeEntries([{ itemIndex: 4, verdict: 0 }]);
    expect(fails({ revealed: { ...done, entries: turned, void: false } })).to.deep.equal([
      "The opened verdicts hash to what the contract's record holds.",
    ]);
    expect(fails({}, record({ isVoid: true }))).to.deep.equal([
      "The contract found the opening void.",
    ]);
  });

  it("tells a version that was not counted from the one that was", () => {
    expect(fails({}, record({ version: 2 }))).to.deep.equal([
      "Version 2 is on the chain, and this is version 3: what is shown here does not count.",
    ]);
    const early = { version: 2, opened: false, settled: false };
    expect(checkRecord(ballot(), { ...facts, ...record(early) })).to.deep.equal([
      {
        claim:
          "Version 2 is on the chain, and this is version 3: it counts only if it replaces the other in time.",
        holds: undefined,
      },
    ]);
    expect(fails({}, record({ ...early, version: 4 }))).to.have.length(1);
  });

  it("shows no verdict that the contract did not count", () => {
    const turned = encodeEntries([{ itemIndex: 4, verdict: 0 }]);
    const told = ballot({ revealed: { ...done, entries: turned, void: false } });
    expect(isRefutedBy(told, facts)).to.equal(true);
    expect(isRefutedBy(ballot(), { ...facts, ...record({ version: 2 }) })).to.equal(true);
    expect(isRefutedBy(ballot(), facts)).to.equal(false);
    const lagging = ballot({ revealed: { ...open, entries: null, void: false } });
    expect(isRefutedBy(lagging, facts), "the index is behind").to.equal(false);
    expect(isRefutedBy(ballot(), { ...facts, commit: undefined })).to.equal(false);
  });

  it("takes no step for done that the contract's record does not show", () => {
    expect(fails({}, record({ version: 0 }))).to.deep.equal([
      "No version of it is on the chain yet.",
    ]);
    const sealed = record({
      opened: false,
      settled: false,
      fingerprint: fingerprintOf(hash("07")),
    });
    expect(fails({}, sealed)).to.deep.equal([
      "The contract's record holds this version, sealed by this commitment.",
    ]);
    const commit = { ...facts.commit, signer: addressOf(stranger) } as ChainFacts["commit"];
    expect(fails({}, { commit })).to.deep.equal([
      "The contract took this version, its commitment and its signer.",
    ]);
  });

  it("takes no score or pay but the contract's", () => {
    const claim = "Score, multiple, pay and loss are those that the contract logged.";
    expect(fails({ paid: { ...open, pay: "2501", withdrawn: false } })).to.deep.equal([claim]);
    expect(fails({ scored: { ...ballot().scored, loss: "0", scorePpm: 1 } })).to.deep.equal([
      claim,
    ]);
  });

  it("says what it could not check", () => {
    const unseen = { anchoredRoots: undefined, commit: undefined, settled: undefined };
    const open = checksOf(ballot(), { ...facts, ...unseen })
      .filter(({ holds }) => holds === undefined)
      .map(({ claim }) => claim);
    expect(open).to.deep.equal(
      ["anchor", "commit", "settlement"].map(
        (step) => `The transaction of the ${step} is not shown: not checked.`,
      ),
    );
  });
});
