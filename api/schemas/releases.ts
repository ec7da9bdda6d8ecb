import { z } from "zod";
import { count, freeText, hash, seconds } from "./values.ts";

export const releaseRequest = z
  .object({
    taskIds: z.array(hash).min(1).max(64),
    licence: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.+-]{0,63}$/, "not a licence as data set cards name it")
      .default("other")
      .meta({
        description:
          "of the data, as data set cards name licences (an SPDX identifier in lower case); the data is not ours, so say it",
        example: "cc-by-4.0",
      }),
    title: freeText(200)
      .trim()
      .min(1)
      .optional()
      .meta({ description: "of the data set; default: the titles of its tasks" }),
  })
  .meta({ id: "ReleaseRequest" });

export type ReleaseRequest = z.output<typeof releaseRequest>;

export const release = z
  .object({
    releaseId: z.string(),
    root: hash,
    taskIds: z.array(hash),
    rows: count,
    createdAt: seconds,
    files: z.array(
      z.object({
        name: z.string(),
        bytes: count,
        sha256: hash,
        mediaType: z.string(),
        url: z.string(),
      }),
    ),
  })
  .meta({ id: "Release" });
export type ReleaseJson = z.infer<typeof release>;
export const releaseList = z.object({ releases: z.array(release) }).meta({ id: "ReleaseList" });
export const releasePath = z.object({ releaseId: z.string().regex(/^[A-Za-z0-9._-]{1,120}$/) });
export const releaseFilePath = releasePath.extend({
  /** Within the release, with slashes. */
  name: z.string().max(300),
});
