/**
 * What seals a ballot until everybody's is in. Everything that names the slot is inside, so a copied commitment opens for
 * nobody else [G6].
 */
import type { Opening } from "./ballot.ts";
import { encodeWords } from "./hex.ts";
import { keccak256, keccak256Hex, keccak256Text } from "./keccak.ts";
import type { Address, Hash, Hex } from "./words.ts";

export const OPENING_TYPE =
  "Opening(uint256 chainId,address tasks,bytes32 taskId,address validator,uint32 version,bytes32 salt,bytes32 entriesHash,bytes32 notesHash)";
export const OPENING_TYPEHASH: Hash = keccak256Text(OPENING_TYPE);

/** The slot a commitment is for. */
export interface BallotSlot {
  readonly chainId: bigint;
  /** The FeedbackTasks contract. */
  readonly tasks: Address;
  readonly taskId: Hash;
  readonly validator: Address;
  readonly version: number;
}

export function commitmentOf(slot: BallotSlot, opening: Opening): Hash {
  return keccak256(
    encodeWords(
      OPENING_TYPEHASH,
      slot.chainId,
      slot.tasks,
      slot.taskId,
      slot.validator,
      slot.version,
      opening.salt,
      entriesHashOf(opening.entries),
      opening.notesHash,
    ),
  );
}

/** Of presented entries: goes into the commitment. Of effective ones: what the record holds after the reveal. */
export function entriesHashOf(entries: Hex): Hash {
  return keccak256Hex(entries);
}

/** How much of a commitment, or of effective entries' hash, the contract keeps in a ballot's record: the first 22 bytes. */
export function fingerprintOf(hash: Hash): Hex {
  return hash.slice(0, 2 + 2 * 22);
}

/** A version's salt, recoverable from the validator's master secret, which never leaves its device. */
export function deriveSalt(master: Hash, taskId: Hash, version: number): Hash {
  return keccak256(encodeWords(master, taskId, version));
}
