/**
 * One judgment from item to pay, each link checked where the page runs: hashes, proofs and signatures are recomputed, so the
 * server that handed the pieces over need not be believed.
 */
import { recoverAddress } from "ethers";
import { decodeEntries } from "../../protocol/ballot.ts";
import { contentHash } from "../../protocol/item.ts";
import type { ItemHashes } from "../../protocol/item.ts";
import { hashLeafOf, isInTree } from "../../protocol/merkle-tree.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import type { SigningDomain } from "../../protocol/typed-data.ts";
import { ballotDigest, openingReceiptDigest } from "../../protocol/typed-data.ts";
import type { Address, CanonicalVerdict, Hash, PresentedVerdict } from "../../protocol/words.ts";
import type { BallotState, Content } from "../data/schemas.ts";

export interface Check {
  readonly claim: string;
  readonly holds: boolean;
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

export function checkSignature(ballot: BallotState, domain: SigningDomain): Check[] {
  const digest = ballotDigest(domain, ballot);
  return [
    { claim: "The ballot's digest is the one that was signed.", holds: digest === ballot.digest },
    {
      claim: `The signature is by ${ballot.signed.signer === ballot.validator ? "the wallet" : "the session key"}.`,
      holds: signerOf(digest, ballot.signed.signature) === ballot.signed.signer,
    },
  ];
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

/** Undefined before the anchor. */
export function checkAnchor({ anchored, digest }: BallotState): Check | undefined {
  if (anchored.root === null) return undefined;
  return {
    claim: "The proof leads from the digest to the anchored root.",
    holds: isInTree(anchored.root, hashLeafOf(digest), anchored.proof),
  };
}

function signerOf(digest: Hash, signature: string): Address | undefined {
  try {
    return recoverAddress(digest, signature).toLowerCase();
  } catch {
    return undefined;
  }
}
