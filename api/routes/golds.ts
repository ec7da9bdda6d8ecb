/** Golds in; nothing of them out. */
import { Router } from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import type { Api } from "../api.ts";
import { answers, takes } from "../describe.ts";
import { parseRequest } from "../parse-request.ts";
import { goldsKept, goldsRequest } from "../schemas/golds.ts";
import { keepGolds } from "../services/keep-golds.ts";

export const goldPaths: ZodOpenApiPathsObject = {
  "/golds": {
    post: {
      summary: "Hand in items of an upload whose answer is known",
      description:
        "The answer is the hash that binds them, for the terms; the operator opens them once no ballot is taken any more. " +
        "They are shown to nobody before that. A and B are those of the items as imported: `swapped` of the upload's parts " +
        "says which answers changed places.",
      tags: ["tasks"],
      requestBody: takes(goldsRequest),
      responses: answers(
        "keccak256(abi.encode(salt, golds))",
        goldsKept,
        ["invalid-input", "manifest-unknown", "gold-invalid", "gold-too-many", "gold-mismatch"],
        201,
      ),
    },
  },
};

export function goldRoutes(api: Api): Router {
  const router = Router();
  router.post("/golds", async ({ body }, response) => {
    response.status(201).json(await keepGolds(api, parseRequest(goldsRequest, body)));
  });
  return router;
}
