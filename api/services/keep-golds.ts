/**
 * Golds from their requester, kept for the operator to open. They go in and never come out here: what can be read of them
 * is what the chain says once they are open.
 */
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { encodeGolds, goldHashOf } from "../../protocol/gold.ts";
import { keepSealedGolds } from "../../store/submissions/golds.ts";
import { findUploadPart } from "../../store/submissions/uploads.ts";
import type { GoldsKeptJson, GoldsRequestJson } from "../schemas/golds.ts";

export async function keepGolds(
  api: Api,
  { manifestHash, salt, golds }: GoldsRequestJson,
): Promise<GoldsKeptJson> {
  const { db, now } = api.deps;
  const part = await findUploadPart(db, manifestHash);
  if (part === undefined) {
    throw new ScrutineerError("manifest-unknown", "no such manifest was uploaded here", {
      manifestHash,
    });
  }
  const packed = encodeGolds(
    golds
      .map(({ itemIndex, answer }) => ({ itemIndex, answer: answer === "A" ? 0 : 1 }) as const)
      .sort((one, other) => one.itemIndex - other.itemIndex),
    part.itemCount,
  );
  const goldHash = goldHashOf(salt, packed);
  const sealed = { goldHash, manifestHash, salt, golds: packed, receivedAt: now() };
  const kept = await keepSealedGolds(db, sealed);
  if (kept.manifestHash !== manifestHash) {
    throw new ScrutineerError(
      "gold-mismatch",
      "these golds under this salt were handed in for another manifest: take a new salt",
      { goldHash, manifestHash: kept.manifestHash },
    );
  }
  return { goldHash, golds: golds.length };
}
