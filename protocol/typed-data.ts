/**
 * Everything people, session keys and operators sign: EIP-712 digests, hand-packed because intake and recount hash them by
 * the hundred thousand, and the same types for a wallet's `signTypedData`.
 */
import type { Ballot } from "./ballot.ts";
import { encodeWords, hexToBytes } from "./hex.ts";
import { keccak256, keccak256Text } from "./keccak.ts";
import type { Address, Hash } from "./words.ts";

/** Also what ethers wants as its first argument. */
export interface SigningDomain {
  readonly name: "Scrutineer";
  readonly version: "1";
  readonly chainId: bigint;
  readonly verifyingContract: Address;
}

/**
 * `contract`: FeedbackTasks for ballots, receipts and acceptances; StakeRegistry for sessions; ProvenanceRegistry for what
 * provenance.ts has.
 */
export function signingDomain(chainId: bigint, contract: Address): SigningDomain {
  return { name: "Scrutineer", version: "1", chainId, verifyingContract: contract };
}

const slotFields = [
  { name: "taskId", type: "bytes32" },
  { name: "validator", type: "address" },
  { name: "version", type: "uint32" },
  { name: "judgments", type: "uint16" },
  { name: "commitment", type: "bytes32" },
];

export const ballotTypes = { Ballot: slotFields };
export const openingReceiptTypes = { OpeningReceipt: slotFields };
export const operatorAcceptanceTypes = {
  OperatorAcceptance: [{ name: "taskId", type: "bytes32" }],
};
export const sessionTypes = {
  Session: [
    { name: "validator", type: "address" },
    { name: "key", type: "address" },
    { name: "expiresAt", type: "uint64" },
    { name: "nonce", type: "uint256" },
  ],
};
export const sessionRevocationTypes = {
  SessionRevocation: [
    { name: "validator", type: "address" },
    { name: "key", type: "address" },
    { name: "nonce", type: "uint256" },
  ],
};

const SLOT =
  "(bytes32 taskId,address validator,uint32 version,uint16 judgments,bytes32 commitment)";
export const DOMAIN_TYPEHASH: Hash = keccak256Text(
  "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
);
export const BALLOT_TYPEHASH: Hash = keccak256Text(`Ballot${SLOT}`);
export const OPENING_RECEIPT_TYPEHASH: Hash = keccak256Text(`OpeningReceipt${SLOT}`);
export const OPERATOR_ACCEPTANCE_TYPEHASH: Hash = keccak256Text(
  "OperatorAcceptance(bytes32 taskId)",
);
export const SESSION_TYPEHASH: Hash = keccak256Text(
  "Session(address validator,address key,uint64 expiresAt,uint256 nonce)",
);
export const SESSION_REVOCATION_TYPEHASH: Hash = keccak256Text(
  "SessionRevocation(address validator,address key,uint256 nonce)",
);

/** Carries a ballot's fields: what the operator promises to put on chain or pay for. */
export type OpeningReceipt = Ballot;

/** What a wallet signs so that a session key may sign its ballots. */
export interface SessionGrant {
  readonly validator: Address;
  readonly key: Address;
  /** Seconds. */
  readonly expiresAt: bigint;
  /** Unordered, single use. */
  readonly nonce: bigint;
}

export interface SessionRevocation {
  readonly validator: Address;
  readonly key: Address;
  readonly nonce: bigint;
}

export function ballotDigest(domain: SigningDomain, ballot: Ballot): Hash {
  return digestOf(domain, hashSlot(BALLOT_TYPEHASH, ballot));
}

export function openingReceiptDigest(domain: SigningDomain, receipt: OpeningReceipt): Hash {
  return digestOf(domain, hashSlot(OPENING_RECEIPT_TYPEHASH, receipt));
}

export function operatorAcceptanceDigest(domain: SigningDomain, taskId: Hash): Hash {
  return digestOf(domain, keccak256(encodeWords(OPERATOR_ACCEPTANCE_TYPEHASH, taskId)));
}

export function sessionDigest(domain: SigningDomain, grant: SessionGrant): Hash {
  return digestOf(
    domain,
    keccak256(
      encodeWords(SESSION_TYPEHASH, grant.validator, grant.key, grant.expiresAt, grant.nonce),
    ),
  );
}

export function sessionRevocationDigest(
  domain: SigningDomain,
  revocation: SessionRevocation,
): Hash {
  return digestOf(
    domain,
    keccak256(
      encodeWords(
        SESSION_REVOCATION_TYPEHASH,
        revocation.validator,
        revocation.key,
        revocation.nonce,
      ),
    ),
  );
}

function hashSlot(typehash: Hash, slot: Ballot): Hash {
  return keccak256(
    encodeWords(
      typehash,
      slot.taskId,
      slot.validator,
      slot.version,
      slot.judgments,
      slot.commitment,
    ),
  );
}

const NAME_HASH = keccak256Text("Scrutineer");
const VERSION_HASH = keccak256Text("1");

export function domainSeparator(domain: SigningDomain): Hash {
  return keccak256(
    encodeWords(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, domain.chainId, domain.verifyingContract),
  );
}

/** A domain's prefix 0x1901 ‖ separator, kept because one domain signs everything. */
const prefixes = new WeakMap<SigningDomain, Uint8Array>();

/** keccak256(0x1901 ‖ domain separator ‖ struct hash). */
export function digestOf(domain: SigningDomain, structHash: Hash): Hash {
  let prefix = prefixes.get(domain);
  if (!prefix) {
    prefix = new Uint8Array(66);
    prefix[0] = 0x19;
    prefix[1] = 0x01;
    prefix.set(hexToBytes(domainSeparator(domain)), 2);
    prefixes.set(domain, prefix);
  }
  const packed = prefix.slice();
  packed.set(hexToBytes(structHash), 34);
  return keccak256(packed);
}
