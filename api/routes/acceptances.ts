/** The operator's signature under a task's terms. */
import { Router } from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { termsSchema } from "../../protocol/terms-json.ts";
import type { Api } from "../api.ts";
import { answers, takes } from "../describe.ts";
import { parseRequest } from "../parse-request.ts";
import { acceptance, acceptanceRequest } from "../schemas/tasks.ts";
import { acceptTerms } from "../services/accept-terms.ts";

export const acceptancePaths: ZodOpenApiPathsObject = {
  "/acceptances": {
    post: {
      summary: "Have the operator accept the terms of a task to be created",
      description:
        "The task's id follows from chain, contract, requester, nonce and terms; the same request gives the same answer. " +
        "Terms are checked as the contract would, and against what was uploaded.",
      tags: ["tasks"],
      requestBody: takes(acceptanceRequest),
      responses: answers("EIP-712 OperatorAcceptance(bytes32 taskId), for createTask", acceptance, [
        "invalid-input",
        "terms-invalid",
        "acceptance-refused",
        "gold-unknown",
        "chain-unreachable",
      ]),
    },
  },
};

export function acceptanceRoutes(api: Api): Router {
  const router = Router();
  const request = acceptanceRequest.extend({ terms: termsSchema });
  router.post("/acceptances", async ({ body }, response) => {
    const { terms, requester, nonce } = parseRequest(request, body);
    response.json(await acceptTerms(api, { terms, requester, nonce: BigInt(nonce) }));
  });
  return router;
}
