/** A task's name: it binds chain, contract, requester, nonce and every term. */
import { encodeWords } from "./hex.ts";
import { keccak256 } from "./keccak.ts";
import type { Terms } from "./terms.ts";
import type { Address, Hash } from "./words.ts";

/** keccak256(abi.encode(terms)); all members are static, so each is one word. */
export function hashTerms(terms: Terms): Hash {
  return keccak256(
    encodeWords(
      terms.operator,
      terms.operatorBond,
      terms.receiptKey,
      terms.itemsRoot,
      terms.itemCount,
      terms.manifestHash,
      terms.goldHash,
      terms.humanAdmissionRoot,
      terms.humanSeats,
      terms.aiAdmissionRoot,
      terms.aiSeats,
      terms.humanVotes,
      terms.aiVotes,
      terms.humanPrice,
      terms.aiPrice,
      terms.operatorFee,
      terms.fullPayScore,
      terms.breakEven,
      terms.maxPenalty,
      terms.minJudgments,
      terms.conditionOnAi,
      terms.oversubscription,
      terms.aiClosesAt,
      terms.closesAt,
      terms.commitEndsAt,
      terms.revealEndsAt,
    ),
  );
}

export function taskIdOf(
  chainId: bigint,
  tasks: Address,
  requester: Address,
  nonce: bigint,
  terms: Terms,
): Hash {
  return keccak256(encodeWords(chainId, tasks, requester, nonce, hashTerms(terms)));
}
