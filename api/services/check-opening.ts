/**
 * Whether an opening is what the contract will accept in full: sealed by the ballot's commitment, well formed, every item
 * in range and the validator's by ticket, and nothing judged before left out. What the version before held was checked
 * then, so only what is new is hashed.
 */
import { ENTRY_BYTES, findEntriesFault } from "../../protocol/ballot.ts";
import type { Ballot, Opening } from "../../protocol/ballot.ts";
import { commitmentOf } from "../../protocol/commitment.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { ticketsOf } from "../../protocol/ticket.ts";
import type { Address, Hash } from "../../protocol/words.ts";

export interface OpeningContext {
  readonly chainId: bigint;
  readonly tasks: Address;
  readonly itemCount: number;
  readonly seed: Hash;
  readonly threshold: bigint;
}

/** The items that `previous` did not hold. @param previous packed entries of the version before; empty for the first */
export function checkOpening(
  context: OpeningContext,
  ballot: Ballot,
  opening: Opening,
  entries: Uint8Array,
  previous: Uint8Array,
): number[] {
  const { taskId, validator, version } = ballot;
  const slot = { chainId: context.chainId, tasks: context.tasks, taskId, validator, version };
  const commitment = commitmentOf(slot, opening);
  if (commitment !== ballot.commitment) {
    throw new ScrutineerError(
      "commitment-mismatch",
      "the opening is not what the ballot commits to",
      {
        signed: ballot.commitment,
        opens: commitment,
      },
    );
  }
  const fault = findEntriesFault(entries);
  if (fault !== undefined) throw fault;
  const judgments = entries.length / ENTRY_BYTES;
  if (judgments === 0)
    throw new ScrutineerError("entries-empty", "a ballot holds at least one judgment");
  if (judgments !== ballot.judgments) {
    throw new ScrutineerError(
      "judgments-mismatch",
      `the ballot says ${ballot.judgments} judgments, its opening holds ${judgments}`,
      { signed: ballot.judgments, opened: judgments },
    );
  }
  const last = itemAt(entries, judgments - 1);
  if (last >= context.itemCount) {
    throw new ScrutineerError("entry-out-of-range", `no such item: ${last}`, {
      itemIndex: last,
      itemCount: context.itemCount,
    });
  }
  const fresh = newItems(entries, previous);
  const ticketOf = ticketsOf(context.seed, validator, context.threshold);
  const foreign = fresh.find((itemIndex) => !ticketOf(itemIndex).eligible);
  if (foreign !== undefined) {
    throw new ScrutineerError(
      "item-not-eligible",
      `item ${foreign} is not ${validator}'s by ticket`,
      {
        itemIndex: foreign,
        validator,
      },
    );
  }
  return fresh;
}

/** Both ascending, so one walk will do. */
function newItems(entries: Uint8Array, previous: Uint8Array): number[] {
  const fresh: number[] = [];
  const before = previous.length / ENTRY_BYTES;
  let position = 0;
  for (let i = 0; i < entries.length / ENTRY_BYTES; i++) {
    const itemIndex = itemAt(entries, i);
    if (position < before && itemAt(previous, position) === itemIndex) position++;
    else fresh.push(itemIndex);
  }
  if (position === before) return fresh;
  const missing = itemAt(previous, position);
  throw new ScrutineerError(
    "ballot-shrinks",
    `item ${missing} was judged before and is missing now`,
    {
      itemIndex: missing,
    },
  );
}

function itemAt(bytes: Uint8Array, position: number): number {
  const start = ENTRY_BYTES * position;
  return (
    ((bytes[start] as number) << 16) |
    ((bytes[start + 1] as number) << 8) |
    (bytes[start + 2] as number)
  );
}
