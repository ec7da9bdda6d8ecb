/**
 * One judgment from item to pay, checked where the page runs: hashes, proofs and signatures are recomputed, and the rest is
 * held against the contract's record and logs. The node is believed in what it says of the chain, our server in nothing;
 * what cannot be told is said to be open. The score itself is the contract's: `scrutineer verify` counts it again.
 */
import { recoverAddress } from "ethers";
import { decodeEntries } from "../../protocol/ballot.ts";
import { entriesHashOf, fingerprintOf } from "../../protocol/commitment.ts";
import { contentHash } from "../../protocol/item.ts";
import type { ItemHashes } from "../../protocol/item.ts";
import { hashLeafOf, isInTree } from "../../protocol/merkle-tree.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import type { SigningDomain } from "../../protocol/typed-data.ts";
import { ballotDigest, openingReceiptDigest } from "../../protocol/typed-data.ts";
import type { Address, CanonicalVerdict, Hash, PresentedVerdict } from "../../protocol/words.ts";
import type { BallotState, Content } from "../data/schemas.ts";
import type { ChainFacts } from "./chain-facts.ts";

export interface Check {
  readonly claim: string;
  /** Undefined: not to be told, or not yet; the claim says why. */
  readonly holds: boolean | undefined;
}

export interface TracedVerdict {
  /** 0 = A, 1 = B, 2 = tie. */
  readonly canonical: CanonicalVerdict;
  readonly presented: PresentedVerdict;
}

interface DrawnSlot {
  readonly seed: Hash;
  readonly validator: Address;
  readonly threshold: bigint;
}

/** Undefined before the reveal, or if the entry was void. */
export function tracedVerdict(
  { revealed }: Pick<BallotState, "revealed">,
  { seed, validator, threshold }: DrawnSlot,
  itemIndex: number,
): TracedVerdict | undefined {
  if (revealed.entries === null || revealed.void) return undefined;
  const entry = decodeEntries(revealed.entries).find((one) => one.itemIndex === itemIndex);
  if (!entry) return undefined;
  const { flip } = ticketsOf(seed, validator, threshold)(itemIndex);
  return { canonical: entry.verdict, presented: toPresented(entry.verdict, flip) };
}

export function checkTicket({ seed, validator, threshold }: DrawnSlot, itemIndex: number): Check {
  const { eligible, flip } = ticketsOf(seed, validator, threshold)(itemIndex);
  return {
    claim: eligible
      ? `The ticket makes this item theirs and shows output ${flip ? "B" : "A"} on the left.`
      : "The ticket does not make this item theirs.",
    holds: eligible,
  };
}

export interface TracedContent {
  readonly prompt: Content;
  readonly outputA: Content;
  readonly outputB: Content;
}

export function checkContent(hashes: ItemHashes, content: TracedContent): Check {
  const holds = (["prompt", "outputA", "outputB"] as const).every(
    (part) => contentHash(content[part]) === hashes[part],
  );
  return { claim: "Prompt and both outputs hash to what the manifest lists.", holds };
}

export function checkSignature(
  ballot: BallotState,
  domain: SigningDomain,
  { session }: Pick<ChainFacts, "session">,
): Check[] {
  const digest = ballotDigest(domain, ballot);
  const byWallet = ballot.signed.signer === ballot.validator;
  return [
    { claim: "The ballot's digest is the one that was signed.", holds: digest === ballot.digest },
    {
      claim: `The signature is by ${byWallet ? "the wallet" : "the session key"}.`,
      holds: signerOf(digest, ballot.signed.signature) === ballot.signed.signer,
    },
    ...(byWallet ? [] : [checkSession(session)]),
  ];
}

function checkSession(session: ChainFacts["session"]): Check {
  const revoked = session !== undefined && session.revokedAt !== 0n;
  return {
    claim: `The validator authorised that key on chain${revoked ? ", and has revoked it since" : ""}.`,
    holds: session !== undefined && session.authorizedAt !== 0n,
  };
}

export function checkReceiptOf(
  ballot: BallotState,
  domain: SigningDomain,
  receiptKey: Address,
): Check {
  const digest = openingReceiptDigest(domain, ballot);
  return {
    claim: "The receipt is signed by the task's receipt key.",
    holds: signerOf(digest, ballot.receipted.receiptSignature) === receiptKey,
  };
}

/** None before the anchor. */
export function checkAnchor(
  { anchored, digest }: BallotState,
  { anchoredRoots }: Pick<ChainFacts, "anchoredRoots">,
): Check[] {
  const { root } = anchored;
  if (root === null) return [];
  return [
    {
      claim: "The proof leads from the digest to the anchored root.",
      holds: isInTree(root, hashLeafOf(digest), anchored.proof),
    },
    anchoredRoots === undefined
      ? unseen("anchor")
      : {
          claim: "That root was anchored on chain for this task.",
          holds: anchoredRoots.includes(root),
        },
  ];
}

/** Whether what the contract counts is the version that all the above is about. */
export function checkRecord(
  ballot: BallotState,
  { record, commit }: Pick<ChainFacts, "record" | "commit">,
): Check[] {
  const { version, committed, commitment, judgments, signed } = ballot;
  if (record.version === 0) {
    return [
      { claim: "No version of it is on the chain yet.", holds: committed.done ? false : undefined },
    ];
  }
  if (record.version !== version) return [checkOtherVersion(version, record)];
  const accepted: Check =
    commit === undefined
      ? unseen("commit")
      : {
          claim: "The contract took this version, its commitment and its signer.",
          holds:
            commit.version === version &&
            commit.judgments === judgments &&
            commit.commitment === commitment &&
            commit.signer === signed.signer,
        };
  const sealed: Check = {
    claim: "The contract's record holds this version, sealed by this commitment.",
    holds: record.fingerprint === fingerprintOf(commitment),
  };
  return record.opened ? [accepted, checkEntries(ballot, record)] : [accepted, sealed];
}

/** Then no verdict of it may be shown as one that counts. */
export function isRefutedBy(ballot: BallotState, facts: ChainFacts): boolean {
  return checkRecord(ballot, facts).some(({ holds }) => holds === false);
}

function checkOtherVersion(version: number, record: ChainFacts["record"]): Check {
  const other = `Version ${record.version} is on the chain, and this is version ${version}`;
  const isOver = record.version > version || record.opened || record.settled;
  return isOver
    ? { claim: `${other}: what is shown here does not count.`, holds: false }
    : { claim: `${other}: it counts only if it replaces the other in time.`, holds: undefined };
}

function checkEntries(
  { revealed }: BallotState,
  { fingerprint, isVoid }: ChainFacts["record"],
): Check {
  if (!revealed.done && !revealed.void) {
    return {
      claim: "It is opened on chain; the service does not tell of it yet.",
      holds: undefined,
    };
  }
  if (isVoid || revealed.void) {
    return { claim: "The contract found the opening void.", holds: isVoid && revealed.void };
  }
  return {
    claim: "The opened verdicts hash to what the contract's record holds.",
    holds:
      revealed.entries !== null && fingerprintOf(entriesHashOf(revealed.entries)) === fingerprint,
  };
}

/** None before it is settled. */
export function checkSettlement(
  { scored, paid }: BallotState,
  { settled }: Pick<ChainFacts, "settled">,
): Check[] {
  if (!scored.done) return [];
  if (settled === undefined) return [unseen("settlement")];
  return [
    {
      claim: "Score, multiple, pay and loss are those that the contract logged.",
      holds:
        scored.scorePpm === settled.scorePpm &&
        scored.scored === settled.scored &&
        scored.multiplePpm === settled.multiplePpm &&
        (scored.loss ?? 0n) === settled.lossUnits &&
        (paid.pay ?? 0n) === settled.payUnits,
    },
  ];
}

/** The service may lag behind, and old transactions are not on every node. */
function unseen(step: string): Check {
  return {
    claim: `The transaction of the ${step} is not shown: not checked.`,
    holds: undefined,
  };
}

function signerOf(digest: Hash, signature: string): Address | undefined {
  try {
    return recoverAddress(digest, signature).toLowerCase();
  } catch {
    return undefined;
  }
}
