/** What a recount says of a release's lineage: who vouches for the outputs, and what was made from the release. */
import type { RecordKind } from "../../protocol/provenance.ts";
import type { Address, Hash } from "../../protocol/words.ts";

export interface LineageReport {
  /** The contract whose records were believed. Compare it with the one you know. */
  readonly registry: Address;
  readonly receipts: ReceiptsReport;
  /** Everything recorded as made from this release, whoever says so. */
  readonly records: readonly TracedRecord[];
  /** What there is no record of, on the way from the release to an evaluated model. Reported, no failure. */
  readonly missing: readonly string[];
}

export interface ReceiptsReport {
  /** Outputs of all items: two an item. */
  readonly outputs: number;
  /** Of these, with a receipt; each was checked. */
  readonly receipted: number;
  readonly models: readonly ReceiptedModel[];
}

export interface ReceiptedModel {
  readonly modelId: Hash;
  readonly name: string;
  readonly owner: Address;
  /** Outputs it was vouched for. */
  readonly outputs: number;
  /** The record was withdrawn, before or after. Reported, no failure: the outputs stay what they are. */
  readonly isWithdrawn: boolean;
}

export interface TracedRecord {
  readonly recordId: Hash;
  readonly kind: RecordKind;
  readonly owner: Address;
  readonly coSigner: Address | null;
  readonly contentHash: Hash;
  /** As its manifest says, where that is here. */
  readonly name?: string | undefined;
  /** Withdrawn by its owner. Reported, no failure: what was made from it was made from it still. */
  readonly isWithdrawn: boolean;
  readonly withdrawnParents: readonly Hash[];
  /**
   * The owner is a requester of the release's tasks, or was named by whoever asked: then something wrong fails the recount,
   * unless the record was withdrawn, or is one of the release itself and another that counts is right. Anyone may record
   * anything about a release, so what others record wrongly is told and left.
   */
  readonly isCounted: boolean;
  /** What cannot be checked, because it is not there. */
  readonly missing: readonly string[];
  /** What does not hold. */
  readonly wrong: readonly string[];
}
