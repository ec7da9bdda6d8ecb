/** Content by its sha-256: it never changes, so caches may keep it for ever. */
import { Router } from "express";
import { z } from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import type { Api } from "../api.ts";
import { refuses } from "../describe.ts";
import { parseRequest } from "../parse-request.ts";
import { content, hash } from "../schemas/values.ts";
import { readServableBytes } from "../services/read-content.ts";

const contentPath = z.object({ sha256: hash });

export const contentPaths: ZodOpenApiPathsObject = {
  "/content/{sha256}": {
    get: {
      summary: "Prompts, outputs, manifests, and annexes of settled tasks",
      description: "The exact bytes; their sha-256 is the name.",
      tags: ["content"],
      requestParams: { path: contentPath },
      responses: {
        "200": {
          description: "canonical JSON",
          content: { "application/json": { schema: content } },
        },
        "304": { description: "the bytes you have" },
        ...refuses(["content-unknown", "task-not-settled"]),
      },
    },
  },
};

export function contentRoutes(api: Api): Router {
  const router = Router();
  router.get("/content/:sha256", async (request, response) => {
    const { sha256 } = parseRequest(contentPath, request.params);
    const bytes = await readServableBytes(api, sha256);
    response
      .set("ETag", `"${sha256.slice(2)}"`)
      .set("Cache-Control", "public, max-age=31536000, immutable")
      .type("application/json")
      .send(Buffer.from(bytes));
  });
  return router;
}
