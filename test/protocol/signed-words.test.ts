import { expect } from "chai";
import type { TypedDataField } from "ethers";
import { TypedDataEncoder, Wallet } from "ethers";
import type { Ballot, Opening } from "../../protocol/ballot.ts";
import type { BallotSlot } from "../../protocol/commitment.ts";
import { commitmentOf, deriveSalt, entriesHashOf } from "../../protocol/commitment.ts";
import { fromCompact, recoverSigner, toCompact } from "../../protocol/signature.ts";
import type { SigningDomain } from "../../protocol/typed-data.ts";
import {
  ballotDigest,
  ballotTypes,
  domainSeparator,
  openingReceiptDigest,
  openingReceiptTypes,
  operatorAcceptanceDigest,
  operatorAcceptanceTypes,
  sessionDigest,
  sessionRevocationDigest,
  sessionRevocationTypes,
  sessionTypes,
  signingDomain,
} from "../../protocol/typed-data.ts";
import { readVectors } from "../vectors/read-vectors.ts";

interface DigestVector {
  kind: string;
  domain: { chainId: string; verifyingContract: string };
  message: Record<string, string>;
  domainSeparator: string;
  digest: string;
  privateKey: string;
  signer: string;
  signature: string;
  compact: { r: string; vs: string };
}

interface Kind {
  types: Record<string, TypedDataField[]>;
  digest: (domain: SigningDomain, message: Record<string, string>) => string;
}

const text = (message: Record<string, string>, field: string): string => message[field] as string;
const kinds: Record<string, Kind> = {
  Ballot: {
    types: ballotTypes,
    digest: (domain, message) => ballotDigest(domain, message as unknown as Ballot),
  },
  OpeningReceipt: {
    types: openingReceiptTypes,
    digest: (domain, message) => openingReceiptDigest(domain, message as unknown as Ballot),
  },
  OperatorAcceptance: {
    types: operatorAcceptanceTypes,
    digest: (domain, message) => operatorAcceptanceDigest(domain, text(message, "taskId")),
  },
  Session: {
    types: sessionTypes,
    digest: (domain, message) =>
      sessionDigest(domain, {
        validator: text(message, "validator"),
        key: text(message, "key"),
        expiresAt: BigInt(text(message, "expiresAt")),
        nonce: BigInt(text(message, "nonce")),
      }),
  },
  SessionRevocation: {
    types: sessionRevocationTypes,
    digest: (domain, message) =>
      sessionRevocationDigest(domain, {
        validator: text(message, "validator"),
        key: text(message, "key"),
        nonce: BigInt(text(message, "nonce")),
      }),
  },
};

describe("what is signed", () => {
  readVectors<DigestVector[]>("digests").forEach((vector) => {
    describe(vector.kind, () => {
      const kind = kinds[vector.kind] as Kind;
      const domain = signingDomain(BigInt(vector.domain.chainId), vector.domain.verifyingContract);

      it("has the golden digest, twice and for any domain object", () => {
        expect(domainSeparator(domain)).to.equal(vector.domainSeparator);
        expect(kind.digest(domain, vector.message)).to.equal(vector.digest);
        expect(kind.digest(domain, vector.message)).to.equal(vector.digest);
        expect(kind.digest({ ...domain }, vector.message)).to.equal(vector.digest);
      });

      it("is what a wallet signs, given the same types", async () => {
        expect(TypedDataEncoder.hash(domain, kind.types, vector.message)).to.equal(vector.digest);
        const wallet = new Wallet(vector.privateKey);
        expect(await wallet.signTypedData(domain, kind.types, vector.message)).to.equal(
          vector.signature,
        );
      });

      it("has a signature whose compact form goes there and back", () => {
        expect(toCompact(vector.signature)).to.deep.equal(vector.compact);
        expect(fromCompact(vector.compact)).to.equal(vector.signature);
        expect(recoverSigner(vector.digest, vector.signature)).to.equal(vector.signer);
      });
    });
  });

  it("has one signature only: another length, v or a high s is none", () => {
    const [{ signature, digest }] = readVectors<DigestVector[]>("digests") as [DigestVector];
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = order - BigInt(`0x${signature.slice(66, 130)}`);
    const v = signature.endsWith("1b") ? "1c" : "1b";
    const high = `${signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${v}`;
    for (const other of [high, signature.slice(0, -2), `${signature.slice(0, -2)}00`, "0x"]) {
      expect(() => toCompact(other))
        .to.throw()
        .with.property("code", "signature-invalid");
      expect(recoverSigner(digest, other)).to.equal(undefined);
    }
  });
});

describe("a commitment", () => {
  interface CommitmentVector {
    slot: Omit<BallotSlot, "chainId"> & { chainId: string };
    master: string;
    opening: Opening;
    entriesHash: string;
    commitment: string;
  }
  const vectors = readVectors<CommitmentVector[]>("commitments");

  vectors.forEach(({ slot, master, opening, entriesHash, commitment }, i) => {
    it(`is the golden vector ${i}, its salt derived from the master`, () => {
      expect(deriveSalt(master, slot.taskId, slot.version)).to.equal(opening.salt);
      expect(entriesHashOf(opening.entries)).to.equal(entriesHash);
      expect(commitmentOf({ ...slot, chainId: BigInt(slot.chainId) }, opening)).to.equal(
        commitment,
      );
    });
  });

  it("[G6] differs in every part of its slot, so a copy opens for nobody else", () => {
    const { slot, opening, commitment } = vectors[1] as CommitmentVector;
    const here = { ...slot, chainId: BigInt(slot.chainId) };
    const elsewhere: BallotSlot[] = [
      { ...here, chainId: 1n },
      { ...here, tasks: here.validator },
      { ...here, taskId: opening.salt },
      { ...here, validator: here.tasks },
      { ...here, version: here.version + 1 },
    ];
    for (const slotElsewhere of elsewhere) {
      expect(commitmentOf(slotElsewhere, opening)).not.to.equal(commitment);
    }
    expect(commitmentOf(here, { ...opening, notesHash: opening.salt })).not.to.equal(commitment);
  });
});
