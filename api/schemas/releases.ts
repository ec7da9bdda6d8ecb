import { z } from "zod";
import { count, hash, seconds } from "./values.ts";

export const releaseRequest = z
  .object({ taskIds: z.array(hash).min(1).max(64) })
  .meta({ id: "ReleaseRequest" });

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
