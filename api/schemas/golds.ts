import { z } from "zod";
import { MAX_GOLDS } from "../../protocol/gold.ts";
import { count, hash } from "./values.ts";

export const goldsRequest = z
  .strictObject({
    manifestHash: hash.meta({ description: "of the uploaded part they are of" }),
    salt: hash.meta({ description: "32 random bytes: without them golds could be guessed" }),
    golds: z
      .array(
        z.strictObject({
          itemIndex: count,
          answer: z.enum(["A", "B"]).meta({ description: "A and B of the imported item" }),
        }),
      )
      .min(1)
      .max(MAX_GOLDS),
  })
  .meta({ id: "GoldsRequest" });
export type GoldsRequestJson = z.infer<typeof goldsRequest>;

export const goldsKept = z
  .object({ goldHash: hash.meta({ description: "for the terms" }), golds: count })
  .meta({ id: "GoldsKept" });
export type GoldsKeptJson = z.infer<typeof goldsKept>;
