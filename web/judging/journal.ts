/**
 * What a device must not lose: the box as it stands, and the opening of every version ever signed, so that whatever
 * version is on chain can be opened without the operator. Written before anything is sent.
 */
import type { Address, Hash } from "../../protocol/words.ts";
import type { Receipt } from "../data/schemas.ts";
import type { BallotBox, SignedVersion } from "./ballot-box.ts";
import type { JournalRow, JournalStore } from "./journal-store.ts";

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

export interface Journal {
  readHead(slot: JournalSlot): Promise<JournalHead | undefined>;
  /** Box and opening together, or neither. */
  writeHead(slot: JournalSlot, head: JournalHead): Promise<void>;
  /** The opening of one version, if it was signed here or came back from a copy. */
  readOpening(slot: JournalSlot, version: number): Promise<OpeningRow | undefined>;
  /** A version signed elsewhere whose opening came back; in place of another of the same number. */
  writeOpening(slot: JournalSlot, row: OpeningRow): Promise<void>;
  /** Oldest first. */
  readOpenings(slot: JournalSlot): Promise<readonly OpeningRow[]>;
  /** The newest version that is on its way: given up ones are passed over. */
  readNewest(slot: JournalSlot): Promise<OpeningRow | undefined>;
  /** Tasks in which this device holds a ballot of the validator. */
  readTaskIds(where: Omit<JournalSlot, "taskId">): Promise<readonly Hash[]>;
}

/** The head if it is signed, without a receipt, and still wanted. */
export function unsentIn(head: JournalHead | undefined): JournalHead | undefined {
  return head?.receipt === undefined && head?.givenUp !== true ? head : undefined;
}

/** The operator refuses it, and its labeler lets it go. */
export const givingUp = (refused: JournalHead): JournalHead => ({
  ...refused,
  box: { version: refused.box.version, judgments: refused.receipted },
  givenUp: true,
});

const nameOf = ({ chainId, tasks, taskId, validator }: JournalSlot): string =>
  `${chainId}/${tasks}/${taskId}/${validator}`;
const openingName = (slot: JournalSlot, version: number): string =>
  `${nameOf(slot)}/${version.toString().padStart(10, "0")}`;
const openingRow = (slot: JournalSlot, row: OpeningRow): JournalRow => ({
  table: "openings",
  name: openingName(slot, row.ballot.version),
  row,
});

export function createJournal(store: JournalStore): Journal {
  const readHead = async (slot: JournalSlot): Promise<JournalHead | undefined> =>
    (await store.read("heads", nameOf(slot))) as JournalHead | undefined;
  const readOpening = async (slot: JournalSlot, version: number): Promise<OpeningRow | undefined> =>
    (await store.read("openings", openingName(slot, version))) as OpeningRow | undefined;
  const readOpenings = async (slot: JournalSlot): Promise<readonly OpeningRow[]> =>
    (await store.readAll("openings", `${nameOf(slot)}/`)) as readonly OpeningRow[];

  return {
    readHead,
    readOpening,
    readOpenings,
    async writeHead(slot, head) {
      const { ballot, signature, opening } = head.signed;
      const receipt = head.receipt === undefined ? {} : { receipt: head.receipt };
      const row: OpeningRow = { ballot, signature, opening, ...receipt };
      const named = { table: "heads" as const, name: nameOf(slot), row: head };
      await store.write([named, openingRow(slot, row)]);
    },
    writeOpening: (slot, row) => store.write([openingRow(slot, row)]),
    async readNewest(slot) {
      const head = await readHead(slot);
      if (head === undefined) return undefined;
      if (head.givenUp !== true) return readOpening(slot, head.signed.ballot.version);
      return (await readOpenings(slot)).findLast(({ receipt }) => receipt !== undefined);
    },
    async readTaskIds({ chainId, tasks, validator }) {
      const names = await store.namesOf("heads", `${chainId}/${tasks}/`);
      return names
        .map((name) => name.split("/"))
        .filter(([, , , who]) => who === validator)
        .map(([, , taskId]) => taskId as Hash);
    },
  };
}
