/**
 * Lineage: records of models, releases, trainings and evaluations, each made from parents that were there before; and the
 * receipts by which a model's executors vouch for an output. Signed under the domain of ProvenanceRegistry.
 */
import type { ErrorCode } from "./errors.ts";
import { concatBytes, encodeWords, hexToBytes } from "./hex.ts";
import { keccak256, keccak256Text } from "./keccak.ts";
import { recoverSigner } from "./signature.ts";
import { digestOf, type SigningDomain } from "./typed-data.ts";
import type { Address, Hash, Hex } from "./words.ts";
import { ZERO_HASH } from "./words.ts";

/** As `IProvenanceRegistry.Kind` numbers them. A task is a parent only. */
export const parentKinds = ["Task", "Model", "Release", "Training", "Evaluation"] as const;
export type ParentKind = (typeof parentKinds)[number];
export type RecordKind = Exclude<ParentKind, "Task">;
export const recordKinds = parentKinds.slice(1) as readonly RecordKind[];

/** What a record was made from: a record by its id, or a task by its taskId. */
export interface Parent {
  readonly kind: ParentKind;
  readonly id: Hash;
}

/** A record before it has a place on chain. */
export interface RecordDraft {
  readonly owner: Address;
  readonly kind: RecordKind;
  /** Of what is recorded: sha-256 of weights, of a run's log, of a leaderboard; a release's Merkle root. */
  readonly contentHash: Hash;
  /** Ascending by id, none twice. */
  readonly parents: readonly Parent[];
  /** sha-256 of the JSON that describes it, byte for byte. */
  readonly manifestHash: Hash;
}

/** Which kinds of parents a record needs one of at least, and which others it may have. */
export const parentRules: Readonly<
  Record<RecordKind, { readonly needed: readonly ParentKind[]; readonly other: ParentKind[] }>
> = {
  Model: { needed: [], other: ["Model", "Training"] },
  Release: { needed: ["Task"], other: ["Release"] },
  Training: { needed: ["Model", "Release"], other: [] },
  Evaluation: { needed: ["Task"], other: ["Model"] },
};

export function kindNumber(kind: ParentKind): number {
  return parentKinds.indexOf(kind);
}

/** keccak256(abi.encode(chainId, registry, owner, contentHash)). */
export function recordIdOf(
  { chainId, verifyingContract }: SigningDomain,
  owner: Address,
  contentHash: Hash,
): Hash {
  return keccak256(encodeWords(chainId, verifyingContract, owner, contentHash));
}

/** In the order in which the contract wants them. */
export function sortParents(parents: readonly Parent[]): Parent[] {
  return [...parents].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** Why the contract would refuse this record, whatever is there; in its own words. */
export type DraftFault =
  | "ContentHashMissing"
  | "ManifestHashMissing"
  | "ParentsNotAscending"
  | "ParentNotAllowed"
  | "ParentMissing";

export function findDraftFault(draft: RecordDraft): DraftFault | undefined {
  if (draft.contentHash === ZERO_HASH) return "ContentHashMissing";
  if (draft.manifestHash === ZERO_HASH) return "ManifestHashMissing";
  const { needed, other } = parentRules[draft.kind];
  let before = ZERO_HASH;
  for (const { kind, id } of draft.parents) {
    if (id <= before) return "ParentsNotAscending";
    before = id;
    if (!needed.includes(kind) && !other.includes(kind)) return "ParentNotAllowed";
  }
  const isMissing = (kind: ParentKind): boolean => !draft.parents.some((p) => p.kind === kind);
  return needed.some(isMissing) ? "ParentMissing" : undefined;
}

// -------------------------------------------------------------------------------------------------------- co-signatures

export const coSignatureTypes = {
  CoSignature: [
    { name: "owner", type: "address" },
    { name: "kind", type: "uint8" },
    { name: "contentHash", type: "bytes32" },
    { name: "parents", type: "Parent[]" },
    { name: "manifestHash", type: "bytes32" },
    { name: "coSigner", type: "address" },
  ],
  Parent: [
    { name: "kind", type: "uint8" },
    { name: "id", type: "bytes32" },
  ],
};

const PARENT = "Parent(uint8 kind,bytes32 id)";
const PARENT_TYPEHASH = keccak256Text(PARENT);
const CO_SIGNATURE_TYPEHASH = keccak256Text(
  "CoSignature(address owner,uint8 kind,bytes32 contentHash,Parent[] parents,bytes32 manifestHash,address coSigner)" +
    PARENT,
);

/** The message of `coSignatureTypes`, as a wallet's `signTypedData` wants it. */
export function coSignatureMessage(draft: RecordDraft, coSigner: Address): Record<string, unknown> {
  return {
    ...draft,
    kind: kindNumber(draft.kind),
    parents: draft.parents.map(({ kind, id }) => ({ kind: kindNumber(kind), id })),
    coSigner,
  };
}

/** What a second party signs to stand by a record: for a training, whoever supplied the compute. */
export function coSignatureDigest(
  domain: SigningDomain,
  draft: RecordDraft,
  coSigner: Address,
): Hash {
  const parentHashes = draft.parents.map(({ kind, id }) =>
    hexToBytes(keccak256(encodeWords(PARENT_TYPEHASH, kindNumber(kind), id))),
  );
  return digestOf(
    domain,
    keccak256(
      encodeWords(
        CO_SIGNATURE_TYPEHASH,
        draft.owner,
        kindNumber(draft.kind),
        draft.contentHash,
        keccak256(concatBytes(...parentHashes)),
        draft.manifestHash,
        coSigner,
      ),
    ),
  );
}

// ------------------------------------------------------------------------------------------------------ output receipts

/** An executor's word that a model put this output out for this prompt. */
export interface OutputReceipt {
  /** Id of the model's record. */
  readonly modelId: Hash;
  /** The item's, so salted: the receipt says nothing to who has not the content. */
  readonly promptHash: Hash;
  readonly outputHash: Hash;
  /** sha-256 of the canonical JSON of what else went in: temperature, system prompt, length. */
  readonly parametersHash: Hash;
  /** Seconds. */
  readonly generatedAt: bigint;
}

export interface SignedOutputReceipt extends OutputReceipt {
  /** 65 bytes. */
  readonly signature: Hex;
}

export const outputReceiptTypes = {
  OutputReceipt: [
    { name: "modelId", type: "bytes32" },
    { name: "promptHash", type: "bytes32" },
    { name: "outputHash", type: "bytes32" },
    { name: "parametersHash", type: "bytes32" },
    { name: "generatedAt", type: "uint64" },
  ],
};

const OUTPUT_RECEIPT_TYPEHASH = keccak256Text(
  "OutputReceipt(bytes32 modelId,bytes32 promptHash,bytes32 outputHash,bytes32 parametersHash,uint64 generatedAt)",
);

export function outputReceiptDigest(domain: SigningDomain, receipt: OutputReceipt): Hash {
  return digestOf(
    domain,
    keccak256(
      encodeWords(
        OUTPUT_RECEIPT_TYPEHASH,
        receipt.modelId,
        receipt.promptHash,
        receipt.outputHash,
        receipt.parametersHash,
        receipt.generatedAt,
      ),
    ),
  );
}

/** What a receipt is held against: an output of an item, and the manifest of the model said to have made it. */
export interface ClaimedOutput {
  readonly modelId: Hash;
  readonly promptHash: Hash;
  readonly outputHash: Hash;
  /** Keys the model's manifest names. */
  readonly executors: readonly Address[];
}

/** Why this receipt does not vouch for this output, if it does not. `recover`: a faster way to tell a signer. */
export function findReceiptFault(
  domain: SigningDomain,
  { signature, ...receipt }: SignedOutputReceipt,
  claimed: ClaimedOutput,
  recover: (digest: Hash, signature: Hex) => Address | undefined = recoverSigner,
): ErrorCode | undefined {
  const { modelId, promptHash, outputHash } = receipt;
  if (
    modelId !== claimed.modelId ||
    promptHash !== claimed.promptHash ||
    outputHash !== claimed.outputHash
  ) {
    return "content-mismatch";
  }
  const signer = recover(outputReceiptDigest(domain, receipt), signature);
  if (signer === undefined) return "signature-invalid";
  return claimed.executors.includes(signer) ? undefined : "signer-wrong";
}
