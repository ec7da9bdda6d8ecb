/**
 * A signature or an opening, found in the data of the transaction that carried it. Where a validator commits or reveals
 * for itself [G7], no service was handed them, but the transaction shows them.
 *
 * The call is looked for at every place of the data, so it is found in a direct call, in one among many of a batch, and
 * in one that another contract forwards as it is. That it was found somewhere proves nothing and need not: a signature
 * counts if it gives the signer the chain accepted, an opening if it gives the commitment. A contract that puts the call
 * together itself leaves nothing to find.
 *
 * Read by hand rather than with a general decoder, which a hostile sender can make work for minutes (offsets may all
 * point to the same bytes). What is found and what is not is part of the release format: the recount refuses a part said
 * to be on the chain only that this search finds.
 *
 *     selector  taskId  0x40  count  offset…      then the elements, of which `commit` has
 *     validator version judgments commitment admissionIndex (proof) r vs           and `reveal`
 *     validator salt notesHash (entries)                                           (x): offset of x within the element
 */
import { IFeedbackTasks__factory } from "../bindings/index.ts";
import type { Ballot, Opening } from "../protocol/ballot.ts";
import { commitmentOf } from "../protocol/commitment.ts";
import type { BallotSlot } from "../protocol/commitment.ts";
import { fromCompact, recoverSigner } from "../protocol/signature.ts";
import type { Address, Hash, Hex } from "../protocol/words.ts";

const contract = IFeedbackTasks__factory.createInterface();
const COMMIT = contract.getFunction("commit").selector.slice(2);
const REVEAL = contract.getFunction("reveal").selector.slice(2);

/** Hex digits in 32 bytes. */
const WORD = 64;
/** Elements of one slot that are tried: an honest transaction has one, a hostile one may have thousands. */
const MOST_TRIED = 32;

/** The signature over this ballot by this signer, 65 bytes. */
export function findSignature(
  calldata: Hex,
  ballot: Ballot,
  digest: Hash,
  signer: Address,
): Hex | undefined {
  const slot = [
    word(ballot.validator),
    word(ballot.version),
    word(ballot.judgments),
    word(ballot.commitment),
  ].join("");
  return firstOf(elementsOf(calldata, COMMIT, ballot.taskId, slot), (data, at) => {
    const signature = fromCompact({
      r: `0x${wordAt(data, at, 6)}`,
      vs: `0x${wordAt(data, at, 7)}`,
    });
    return recoverSigner(digest, signature) === signer ? signature : undefined;
  });
}

/** The opening of this commitment. */
export function findOpening(
  calldata: Hex,
  slot: BallotSlot,
  commitment: Hash,
): Opening | undefined {
  const elements = elementsOf(calldata, REVEAL, slot.taskId, word(slot.validator));
  return firstOf(elements, (data, at) => {
    const entriesAt = at + 2 * (countAt(data, at, 3) ?? Infinity);
    const bytes = countAt(data, entriesAt, 0);
    if (bytes === undefined) return undefined;
    const start = entriesAt + WORD;
    const opening = {
      salt: `0x${wordAt(data, at, 1)}`,
      notesHash: `0x${wordAt(data, at, 2)}`,
      entries: `0x${data.slice(start, start + 2 * bytes)}`,
    };
    if (opening.entries.length !== 2 + 2 * bytes) return undefined;
    return commitmentOf(slot, opening) === commitment ? opening : undefined;
  });
}

type Element = readonly [data: string, at: number];

/** Where elements of a call about this task begin, in digits; only those that begin with these words. */
function* elementsOf(
  calldata: Hex,
  selector: string,
  taskId: Hash,
  begins: string,
): Generator<Element> {
  const data = calldata.slice(2).toLowerCase();
  const head = selector + word(taskId) + word(2 * 32);
  for (let at = data.indexOf(head); at >= 0; at = data.indexOf(head, at + 1)) {
    const array = at + head.length;
    const count = countAt(data, array, 0) ?? 0;
    for (let i = 0; i < count; i++) {
      const offset = countAt(data, array, 1 + i);
      if (offset === undefined) break;
      const element = array + WORD + 2 * offset;
      if (data.startsWith(begins, element)) yield [data, element];
    }
  }
}

function firstOf<Found>(
  elements: Iterable<Element>,
  read: (...element: Element) => Found | undefined,
): Found | undefined {
  let tried = 0;
  for (const element of elements) {
    const found = read(...element);
    if (found !== undefined) return found;
    if (++tried === MOST_TRIED) return undefined;
  }
  return undefined;
}

function word(value: string | number): string {
  const digits = typeof value === "number" ? value.toString(16) : value.slice(2).toLowerCase();
  return digits.padStart(WORD, "0");
}

/** Zeros where the data ends, as the EVM has it. */
function wordAt(data: string, at: number, index: number): string {
  return data.slice(at + WORD * index, at + WORD * (index + 1)).padEnd(WORD, "0");
}

/** A count or an offset; undefined where the data has ended, or for a number greater than the data is long. */
function countAt(data: string, at: number, index: number): number | undefined {
  const digits = data.slice(at + WORD * index, at + WORD * (index + 1));
  if (digits.length < WORD) return undefined;
  const value = Number(`0x${digits}`);
  return 2 * value <= data.length ? value : undefined;
}
