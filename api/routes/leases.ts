/** Items to judge, one at a time. */
import { Router } from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { ScrutineerError, isScrutineerError } from "../../protocol/errors.ts";
import type { Api } from "../api.ts";
import { answers, signedIn, takes } from "../describe.ts";
import { parseRequest } from "../parse-request.ts";
import { lease, leasePath, leaseRequest } from "../schemas/leases.ts";
import { taskPath } from "../schemas/tasks.ts";
import { claimNextItem, returnItem } from "../services/claim-item.ts";
import { signedInAddress } from "../services/sign-in.ts";

export const leasePaths: ZodOpenApiPathsObject = {
  "/tasks/{taskId}/leases": {
    post: {
      summary: "Claim the next item",
      description:
        "One running lease a validator and task: claiming again gives the same item. 204: nothing is left now.",
      tags: ["judging"],
      security: signedIn,
      requestParams: { path: taskPath },
      requestBody: { ...takes(leaseRequest), required: false },
      responses: {
        ...answers("the item, with its proof", lease, [
          "not-signed-in",
          "token-expired",
          "task-unknown",
          "task-not-open",
          "task-replay",
          "ballot-too-late",
          "validator-not-active",
          "not-admitted",
          "not-in-pool",
          "role-wrong",
          "signer-wrong",
          "session-expired",
          "session-revoked",
          "session-too-short",
          "stake-insufficient",
        ]),
        "204": { description: "no item is left for this validator now" },
      },
    },
  },
  "/tasks/{taskId}/leases/{itemIndex}": {
    delete: {
      summary: "Give an item back",
      tags: ["judging"],
      security: signedIn,
      requestParams: { path: leasePath },
      responses: answers("given back", undefined, ["not-signed-in", "lease-unknown"], 204),
    },
  },
};

export function leaseRoutes(api: Api): Router {
  const router = Router();
  router.post("/tasks/:taskId/leases", async (request, response) => {
    try {
      const { taskId } = parseRequest(taskPath, request.params);
      const validator = await signedInAddress(api, request);
      const wish = parseRequest(leaseRequest, request.body ?? {});
      const claimed = await claimNextItem(api, taskId, validator, wish);
      api.metrics.leases.inc({ outcome: claimed === undefined ? "none" : "leased" });
      if (claimed === undefined) response.status(204).end();
      else response.json(claimed);
    } catch (error) {
      if (isScrutineerError(error)) api.metrics.leases.inc({ outcome: error.code });
      throw error;
    }
  });
  router.delete("/tasks/:taskId/leases/:itemIndex", async (request, response) => {
    const { taskId, itemIndex } = parseRequest(leasePath, request.params);
    const validator = await signedInAddress(api, request);
    if (!(await returnItem(api, taskId, validator, itemIndex))) {
      throw new ScrutineerError(
        "lease-unknown",
        `item ${itemIndex} is not leased to ${validator}`,
        {
          taskId,
          itemIndex,
        },
      );
    }
    response.status(204).end();
  });
  return router;
}
