/** What a client must know before anything else. */
import { Router } from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import type { Api } from "../api.ts";
import { answers } from "../describe.ts";
import { publicConfig } from "../schemas/config.ts";

export const configPaths: ZodOpenApiPathsObject = {
  "/config": {
    get: {
      summary: "Chain, contracts and keys",
      tags: ["service"],
      responses: answers("where things are", publicConfig),
    },
  },
};

export function configRoutes(api: Api): Router {
  const router = Router();
  router.get("/config", (_request, response) => {
    response.json(api.deps.publicConfig);
  });
  return router;
}
