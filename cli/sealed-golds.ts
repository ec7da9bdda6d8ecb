/**
 * Golds of a task to come, sealed: told in A and B of the imported items, packed, and bound by a hash under a random salt.
 * Whoever has salt and golds can open them on chain, so the requester keeps them too.
 */
import { randomBytes } from "node:crypto";
import { access, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { GoldsKeptJson, GoldsRequestJson } from "../api/schemas/golds.ts";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Gold } from "../protocol/gold.ts";
import { decodeGolds, encodeGolds, goldHashOf } from "../protocol/gold.ts";
import { MAX_ITEMS } from "../protocol/terms.ts";
import type { Hash } from "../protocol/words.ts";
import type { ApiClient } from "./api-client.ts";
import type { ImportedPart } from "./create-task.ts";
import { readJson } from "./read-file.ts";

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const sealedSchema = z.object({
  goldHash: hash,
  manifestHash: hash,
  itemCount: z.int(),
  salt: hash,
  /** Packed as the contract takes them. */
  golds: z.string().regex(/^0x([0-9a-f]{8})*$/),
});
export type SealedGolds = z.infer<typeof sealedSchema>;

/**
 * The golds of each part of an upload; undefined for a part that has none.
 * @param golds by the item's place in the whole upload, answers as the file of pairs has them
 */
export function sealGolds(
  golds: readonly Gold[],
  parts: readonly ImportedPart[],
): (SealedGolds | undefined)[] {
  const items = parts.reduce((sum, { itemCount }) => sum + itemCount, 0);
  const beyond = golds.find(({ itemIndex }) => itemIndex >= items);
  if (beyond !== undefined) {
    throw new ScrutineerError("gold-invalid", `no such item: ${beyond.itemIndex}`, {
      itemIndex: beyond.itemIndex,
      items,
    });
  }
  return parts.map((part, index) => {
    const first = index * MAX_ITEMS;
    const own = golds
      .filter(({ itemIndex }) => itemIndex >= first && itemIndex < first + part.itemCount)
      .map(({ itemIndex, answer }) => ({ itemIndex: itemIndex - first, answer }));
    return own.length === 0 ? undefined : sealPart(own, part);
  });
}

function sealPart(golds: readonly Gold[], part: ImportedPart): SealedGolds {
  const { manifestHash, itemCount } = part;
  const swapped = new Set(part.swapped);
  const imported = golds
    .map(({ itemIndex, answer }) => ({
      itemIndex,
      answer: (swapped.has(itemIndex) ? 1 - answer : answer) as Gold["answer"],
    }))
    .sort((one, other) => one.itemIndex - other.itemIndex);
  const packed = encodeGolds(imported, itemCount);
  const salt: Hash = `0x${randomBytes(32).toString("hex")}`;
  return { goldHash: goldHashOf(salt, packed), manifestHash, itemCount, salt, golds: packed };
}

/** Gives golds to the operator, who opens them in time and shows them to nobody before. */
export async function handInGolds(api: ApiClient, sealed: SealedGolds): Promise<void> {
  const request: GoldsRequestJson = {
    manifestHash: sealed.manifestHash,
    salt: sealed.salt,
    golds: decodeGolds(sealed.golds, sealed.itemCount).map(({ itemIndex, answer }) => ({
      itemIndex,
      answer: answer === 0 ? "A" : "B",
    })),
  };
  const kept = await api.post<GoldsKeptJson>("/golds", request);
  if (kept?.goldHash === sealed.goldHash) return;
  throw new ScrutineerError("gold-mismatch", "the service binds other golds than were handed in");
}

/** Refuses to write over golds of an earlier task, which may be needed still. */
export async function refuseGoldsFile(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new ScrutineerError("file-exists", `${file} is there; --gold-out names another`, { file });
}

export async function writeSealedGolds(
  file: string,
  sealed: readonly SealedGolds[],
): Promise<void> {
  await writeFile(file, `${JSON.stringify(sealed, null, 2)}\n`, { flag: "wx", mode: 0o600 });
}

export async function readSealedGolds(file: string): Promise<SealedGolds[]> {
  const parsed = z.array(sealedSchema).safeParse(await readJson(file));
  if (parsed.success) return parsed.data;
  throw new ScrutineerError("gold-invalid", `${file} holds no sealed golds`, { file });
}
