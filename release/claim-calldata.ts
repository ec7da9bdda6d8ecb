/**
 * A claim of omission, found in the data of the transaction that made it: in a direct call, and in one that another
 * contract forwards as it is. The event says only for whom and how much; the call holds the ballot, the operator's receipt
 * and the opening, so that anyone can see what was claimed for and do the sum again.
 *
 * Unlike a batch of ballots, a claim has no array of arrays, so a general decoder's work is bounded by the data's length.
 */
import { AbiCoder } from "ethers";
import type { Result } from "ethers";
import { IFeedbackTasks__factory } from "../bindings/index.ts";
import type { OmissionClaim } from "../protocol/claims.ts";
import { fromCompact } from "../protocol/signature.ts";
import type { Address, Hash, Hex } from "../protocol/words.ts";

export interface FoundClaim extends OmissionClaim {
  /** The effective entries of the older version that was opened; "0x" where there was none. */
  readonly recordedEntries: Hex;
}

const call = IFeedbackTasks__factory.createInterface().getFunction("claimOmission");
const SELECTOR = call.selector.slice(2);
/** Places of one transaction that are tried: an honest one has one claim for a validator, a hostile one may have thousands. */
const MOST_TRIED = 32;

/**
 * The claim that this data is, whoever it is for: of a transaction to the contract itself, what the contract was told.
 * Undefined for other data, and for a claim written in a way that the contract reads and this does not (offsets that point
 * backwards, for example), which therefore proves nothing.
 */
export function readClaimCall(calldata: Hex, taskId: Hash): FoundClaim | undefined {
  const data = calldata.slice(2).toLowerCase();
  if (!data.startsWith(SELECTOR + taskId.slice(2).toLowerCase())) return undefined;
  return readClaim(`0x${data.slice(SELECTOR.length)}`);
}

/** Every call that claims for this validator in this task. Which of them the contract saw, if any, the data cannot tell. */
export function findClaimCalls(calldata: Hex, taskId: Hash, validator: Address): FoundClaim[] {
  const data = calldata.slice(2).toLowerCase();
  const head = SELECTOR + taskId.slice(2).toLowerCase();
  const found: FoundClaim[] = [];
  let tried = 0;
  for (let at = data.indexOf(head); at >= 0; at = data.indexOf(head, at + 1)) {
    if (tried++ === MOST_TRIED) break;
    const claim = readClaim(`0x${data.slice(at + SELECTOR.length)}`);
    if (claim?.ballot.validator === validator) found.push(claim);
  }
  return found;
}

/** Undefined for what is no such call, however much it begins like one. */
function readClaim(encoded: Hex): FoundClaim | undefined {
  try {
    // Trailing bytes are another contract's; the decoder does not mind them. Nor, as it is told, bytes that nobody padded
    // to whole words, for the contract takes those as well.
    const args = AbiCoder.defaultAbiCoder().decode(call.inputs, encoded, true);
    const [taskId, signed, receiptR, receiptVs, opened, recordedEntries] = args as unknown as [
      Hash,
      Result,
      Hash,
      Hash,
      Result,
      Hex,
    ];
    const [validator, version, judgments, commitment, admissionIndex, proof, r, vs] =
      signed as unknown as [Address, bigint, bigint, Hash, bigint, Result, Hash, Hash];
    // By place: `entries` is a method of ethers' Result.
    const [, salt, notesHash, entries] = opened as unknown as [Address, Hash, Hash, Hex];
    return {
      ballot: {
        taskId,
        validator: validator.toLowerCase(),
        version: Number(version),
        judgments: Number(judgments),
        commitment,
      },
      signature: fromCompact({ r, vs }),
      admissionIndex: Number(admissionIndex),
      admissionProof: proof.toArray() as Hash[],
      receiptSignature: fromCompact({ r: receiptR, vs: receiptVs }),
      opening: { salt, notesHash, entries },
      recordedEntries,
    };
  } catch {
    return undefined;
  }
}
