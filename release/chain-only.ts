/**
 * Parts of a ballot that only the chain has seen. Whoever is refused commits and reveals for itself [G7]; if it does so
 * through a contract that puts the call together, no service was handed signature or opening and no transaction shows
 * them. The release says so, and counts what the chain counted: `BallotRevealed` carries every effective entry [G9].
 */
import type { SourceBallot } from "./source.ts";

export const chainOnlyParts = ["signature", "opening"] as const;
export type ChainOnlyPart = (typeof chainOnlyParts)[number];

/** A forfeited ballot was never opened: its opening is not missing. */
export function chainOnlyOf({
  signature,
  opening,
  outcome,
}: Pick<SourceBallot, "signature" | "opening" | "outcome">): ChainOnlyPart[] {
  const parts: ChainOnlyPart[] = [];
  if (signature === "") parts.push("signature");
  if (opening === null && outcome !== "forfeited") parts.push("opening");
  return parts;
}
