/** Copies of the openings kept here, encrypted, with the service: for the day this machine is gone. */
import { randomBytes } from "node:crypto";
import { commitmentOf } from "../../protocol/commitment.ts";
import type { CopiedSignature, OpeningCopy } from "../../protocol/opening-copy.ts";
import { openCopy, openingIn, sealCopy } from "../../protocol/opening-copy.ts";
import type { CopySlot } from "../../protocol/opening-copy.ts";
import { countEntries } from "../../protocol/ballot.ts";
import { isScrutineerError } from "../../protocol/errors.ts";
import type { Hash } from "../../protocol/words.ts";
import type { ApiClient } from "../api-client.ts";
import type { Admission, BallotFolder, KeptBallot } from "./ballot-folder.ts";
import { openingOf } from "./ballot-folder.ts";

interface CopyJson {
  readonly version: number;
  /** Base64. */
  readonly ciphertext: string;
}

const pathOf = ({ taskId, validator }: CopySlot): string =>
  `/tasks/${taskId}/openings/${validator}`;

/** @returns the newest version now copied; 0 where there was nothing to copy */
export async function sendCopy(
  api: ApiClient,
  kept: KeptBallot,
  master: Hash,
  token: string,
): Promise<number> {
  const newest = kept.versions.findLast(({ refused }) => !refused);
  if (newest === undefined) return 0;
  const copy: OpeningCopy = {
    versions: kept.versions.map(({ version, notesHash, change }) => ({
      version,
      notesHash,
      ...change,
    })),
    newest: {
      version: newest.version,
      signature: newest.signature,
      ...(newest.receiptSignature === undefined
        ? {}
        : { receiptSignature: newest.receiptSignature }),
    },
  };
  const sealed = await sealCopy(copy, kept.slot, master, randomBytes(12));
  const body: CopyJson = {
    version: newest.version,
    ciphertext: Buffer.from(sealed).toString("base64"),
  };
  await api.put(pathOf(kept.slot), body, token);
  return newest.version;
}

/**
 * Puts into the folder what the service's copy has and the folder has not; answers how many versions that were.
 * @param admission of the slot, for a ballot of which nothing was kept here
 */
export async function restoreCopy(
  api: ApiClient,
  folder: BallotFolder,
  slot: CopySlot,
  admission: Admission,
  master: Hash,
  token: string,
): Promise<number> {
  const answer = await api.get<CopyJson>(pathOf(slot), token).catch((error: unknown) => {
    if (isScrutineerError(error, "copy-unknown")) return undefined;
    throw error;
  });
  if (answer === undefined) return 0;
  const copy = await openCopy(Buffer.from(answer.ciphertext, "base64"), slot, master);
  const kept = await folder.read(slot);
  if (kept === undefined) await folder.begin(slot, admission);
  const known = new Set(kept?.versions.map(({ version }) => version));
  const last = kept?.versions.at(-1);
  let before = (kept && last && openingOf(kept, last.version)?.entries) ?? "0x";
  let restored = 0;
  for (const { version } of copy.versions) {
    const opening = openingIn(copy, version, slot, master);
    if (known.has(version) || opening === undefined) continue;
    const { taskId, validator } = slot;
    const commitment = commitmentOf({ ...slot, version }, opening);
    const judgments = countEntries(opening.entries);
    const { signature, receiptSignature } = signatureOf(copy.newest, version);
    const ballot = { taskId, validator, version, judgments, commitment };
    await folder.keep(slot, { ballot, signature, opening }, before);
    if (receiptSignature !== undefined) await folder.keepReceipt(slot, version, receiptSignature);
    // Without its signature nobody commits it; its opening is what it was kept for.
    if (signature === "0x") await folder.keepRefusal(slot, version);
    before = opening.entries;
    restored += 1;
  }
  return restored;
}

function signatureOf(
  newest: CopiedSignature,
  version: number,
): Pick<CopiedSignature, "signature" | "receiptSignature"> {
  return newest.version === version ? newest : { signature: "0x" };
}
