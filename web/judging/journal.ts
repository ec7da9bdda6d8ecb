/**
 * What this browser must not lose: the box as it stands, and the opening of every version ever signed, so that whatever
 * version is on chain can be opened without the operator. Kept in IndexedDB, written before anything is sent.
 */
import type { Address, Hash } from "../../protocol/words.ts";
import type { Receipt } from "../data/schemas.ts";
import type { BallotBox, SignedVersion } from "./ballot-box.ts";

/** Where one growing ballot belongs. */
export interface JournalSlot {
  readonly chainId: bigint;
  readonly tasks: Address;
  readonly taskId: Hash;
  readonly validator: Address;
}

export interface JournalHead {
  readonly box: BallotBox;
  readonly signed: SignedVersion;
  /** Missing: signed, but no receipt seen; to be sent again before anything else, unless given up. */
  readonly receipt?: Receipt;
  /** The operator refused this version; its number is used up, its new judgment is out of the box again. */
  readonly givenUp?: boolean;
  /** Judgments of the last receipted version. */
  readonly receipted: BallotBox["judgments"];
  /** Kept, so that nobody has to be asked for it on the day the ballot is brought to the chain from here. */
  readonly admission?: Admission | undefined;
}

/** Proves a place on the role's admission list; index 0 and no proof where the role is open. */
export interface Admission {
  readonly admissionIndex: number;
  readonly admissionProof: readonly Hash[];
}

export interface OpeningRow extends Pick<SignedVersion, "ballot" | "signature" | "opening"> {
  readonly receipt?: Receipt;
}

const HEADS = "heads";
const OPENINGS = "openings";

const nameOf = ({ chainId, tasks, taskId, validator }: JournalSlot): string =>
  `${chainId}/${tasks}/${taskId}/${validator}`;
const openingName = (slot: JournalSlot, version: number): string =>
  `${nameOf(slot)}/${version.toString().padStart(10, "0")}`;

let opened: Promise<IDBDatabase> | undefined;

function openJournal(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("scrutineer", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(HEADS);
      request.result.createObjectStore(OPENINGS);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB cannot be opened"));
  });
  return opened;
}

async function within(
  mode: IDBTransactionMode,
  act: (transaction: IDBTransaction) => IDBRequest,
): Promise<unknown> {
  const database = await openJournal();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction([HEADS, OPENINGS], mode, { durability: "strict" });
    const request = act(transaction);
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error ?? new Error("IndexedDB failed"));
    transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB is full"));
  });
}

export async function readHead(slot: JournalSlot): Promise<JournalHead | undefined> {
  return (await within("readonly", (t) => t.objectStore(HEADS).get(nameOf(slot)))) as
    JournalHead | undefined;
}

/** Box and opening together, or neither. */
export async function writeHead(slot: JournalSlot, head: JournalHead): Promise<void> {
  const { ballot, signature, opening } = head.signed;
  const row: OpeningRow = {
    ballot,
    signature,
    opening,
    ...(head.receipt ? { receipt: head.receipt } : {}),
  };
  await within("readwrite", (t) => {
    t.objectStore(HEADS).put(head, nameOf(slot));
    return t.objectStore(OPENINGS).put(row, openingName(slot, head.box.version));
  });
}

/** The opening of one version, if it was signed here. */
export async function readOpening(
  slot: JournalSlot,
  version: number,
): Promise<OpeningRow | undefined> {
  return (await within("readonly", (t) =>
    t.objectStore(OPENINGS).get(openingName(slot, version)),
  )) as OpeningRow | undefined;
}

/** Versions signed elsewhere whose openings came back from a copy. */
export async function writeOpening(slot: JournalSlot, row: OpeningRow): Promise<void> {
  await within("readwrite", (t) =>
    t.objectStore(OPENINGS).put(row, openingName(slot, row.ballot.version)),
  );
}

/** Every version that was signed here, oldest first. */
export async function readOpenings(slot: JournalSlot): Promise<readonly OpeningRow[]> {
  const all = IDBKeyRange.bound(`${nameOf(slot)}/`, `${nameOf(slot)}/~`);
  return (await within("readonly", (t) =>
    t.objectStore(OPENINGS).getAll(all),
  )) as readonly OpeningRow[];
}

/** The newest version that is on its way: given up ones are passed over. */
export async function readNewest(slot: JournalSlot): Promise<OpeningRow | undefined> {
  const head = await readHead(slot);
  if (head === undefined) return undefined;
  if (head.givenUp !== true) return readOpening(slot, head.box.version);
  return (await readOpenings(slot)).findLast(({ receipt }) => receipt !== undefined);
}

/** Tasks in which this browser holds a ballot of the validator. */
export async function readTaskIds({
  chainId,
  tasks,
  validator,
}: Omit<JournalSlot, "taskId">): Promise<readonly Hash[]> {
  const ours = IDBKeyRange.bound(`${chainId}/${tasks}/`, `${chainId}/${tasks}/~`);
  const keys = (await within("readonly", (t) =>
    t.objectStore(HEADS).getAllKeys(ours),
  )) as readonly string[];
  return keys
    .map((key) => key.split("/"))
    .filter(([, , , who]) => who === validator)
    .map(([, , taskId]) => taskId as Hash);
}
