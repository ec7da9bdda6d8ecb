/**
 * What a validator must not lose: every version it ever signed, with its opening, and the operator's receipts. One file a
 * task, to which lines are only ever added, each flushed before the version is sent; a line that a crash cut off is nothing.
 */
import { appendFile, mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Ballot, Opening } from "../../protocol/ballot.ts";
import type { CopySlot } from "../../protocol/opening-copy.ts";
import type { EntriesChange } from "../../protocol/entries-change.ts";
import { changeBetween, entriesAfter } from "../../protocol/entries-change.ts";
import type { Hash, Hex } from "../../protocol/words.ts";

/** Proves a place on the role's admission list; index 0 and no proof where the role is open. */
export interface Admission {
  readonly admissionIndex: number;
  readonly admissionProof: readonly Hash[];
}

export interface SignedVersion {
  readonly ballot: Ballot;
  readonly signature: Hex;
  readonly opening: Opening;
}

export interface KeptVersion extends Omit<SignedVersion, "opening"> {
  readonly version: number;
  readonly commitment: Hash;
  readonly salt: Hash;
  readonly notesHash: Hash;
  readonly change: EntriesChange;
  readonly receiptSignature: Hex | undefined;
  readonly receipted: boolean;
  readonly refused: boolean;
}

/** All that was kept of one ballot, in the order it was signed. */
export interface KeptBallot extends Admission {
  readonly slot: CopySlot;
  readonly versions: readonly KeptVersion[];
}

export interface BallotFolder {
  /** Once, before the first version. */
  begin(slot: CopySlot, admission: Admission): Promise<void>;
  /** Before it is sent anywhere. @param before entries of the version kept before this one; "0x" for none */
  keep(slot: CopySlot, signed: SignedVersion, before: Hex): Promise<void>;
  keepReceipt(slot: CopySlot, version: number, receiptSignature: Hex): Promise<void>;
  keepRefusal(slot: CopySlot, version: number): Promise<void>;
  read(slot: CopySlot): Promise<KeptBallot | undefined>;
  list(): Promise<CopySlot[]>;
}

const hex = z.string().regex(/^0x([0-9a-f]{2})*$/);
const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const version = z.int().min(1);
const line = z.union([
  z.object({ admissionIndex: z.int().min(0), admissionProof: z.array(hash) }),
  z.object({
    version,
    judgments: z.int().min(0),
    commitment: hash,
    signature: hex,
    salt: hash,
    notesHash: hash,
    set: hex,
    removed: z.array(z.int().min(0)),
  }),
  z.object({ version, receiptSignature: hex }),
  z.object({ version, refused: z.literal(true) }),
]);
type Line = z.infer<typeof line>;

/** @param folder anywhere safe: whoever reads it knows the verdicts */
export function openBallotFolder(folder: string): BallotFolder {
  const fileOf = ({ chainId, tasks, validator, taskId }: CopySlot): string =>
    join(folder, String(chainId), tasks, validator, `${taskId}.jsonl`);

  async function add(slot: CopySlot, added: Line): Promise<void> {
    const file = fileOf(slot);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    // The newline comes first: a line that was cut off is ended by the next.
    await appendFile(file, `\n${JSON.stringify(added)}`, { mode: 0o600, flush: true });
  }

  return {
    begin: (slot, admission) =>
      add(slot, { ...admission, admissionProof: [...admission.admissionProof] }),
    keep(slot, { ballot, signature, opening }, before) {
      const { version: signedVersion, judgments, commitment } = ballot;
      const { entries, salt, notesHash } = opening;
      const { set, removed } = changeBetween(before, entries);
      return add(slot, {
        ...{ version: signedVersion, judgments, commitment, signature, salt, notesHash },
        ...{ set, removed: [...removed] },
      });
    },
    keepReceipt: (slot, ofVersion, receiptSignature) =>
      add(slot, { version: ofVersion, receiptSignature }),
    keepRefusal: (slot, ofVersion) => add(slot, { version: ofVersion, refused: true }),
    async read(slot) {
      const text = await readFile(fileOf(slot), "utf8").catch(() => undefined);
      return text === undefined ? undefined : fold(slot, text.split("\n").flatMap(parseLine));
    },
    async list() {
      const slots: CopySlot[] = [];
      for (const chainId of (await namesIn(folder)).filter((name) => /^\d+$/.test(name))) {
        for (const tasks of await namesIn(join(folder, chainId))) {
          for (const validator of await namesIn(join(folder, chainId, tasks))) {
            for (const file of await namesIn(join(folder, chainId, tasks, validator))) {
              const taskId = file.replace(/\.jsonl$/, "");
              if (hash.safeParse(taskId).success)
                slots.push({ chainId: BigInt(chainId), tasks, validator, taskId });
            }
          }
        }
      }
      return slots;
    },
  };
}

/** The opening of one version that was kept. */
export function openingOf({ versions }: KeptBallot, wanted: number): Opening | undefined {
  const at = versions.findIndex((one) => one.version === wanted);
  const found = versions[at];
  if (found === undefined) return undefined;
  const entries = entriesAfter(versions.slice(0, at + 1).map(({ change }) => change));
  return { entries, salt: found.salt, notesHash: found.notesHash };
}

function fold(slot: CopySlot, lines: readonly Line[]): KeptBallot {
  let admission: Admission = { admissionIndex: 0, admissionProof: [] };
  const versions = new Map<number, KeptVersion>();
  const { taskId, validator } = slot;
  for (const one of lines) {
    if ("admissionIndex" in one) admission = one;
    else if ("commitment" in one) {
      const { version: signed, judgments, commitment, signature, salt, notesHash } = one;
      versions.set(signed, {
        ballot: { taskId, validator, version: signed, judgments, commitment },
        ...{ version: signed, commitment, signature, salt, notesHash },
        change: { set: one.set, removed: one.removed },
        ...{ receiptSignature: undefined, receipted: false, refused: false },
      });
    } else {
      const known = versions.get(one.version);
      if (known === undefined) continue;
      versions.set(
        one.version,
        "refused" in one
          ? { ...known, refused: true }
          : { ...known, receiptSignature: one.receiptSignature, receipted: true, refused: false },
      );
    }
  }
  return { slot, ...admission, versions: [...versions.values()] };
}

function parseLine(text: string): Line[] {
  try {
    const parsed = line.safeParse(JSON.parse(text));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
