/** Encrypted copies of openings, for their validator's next device. */
import { Router, type Request } from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import type { Api } from "../api.ts";
import { answers, signedIn, takes } from "../describe.ts";
import { parseRequest } from "../parse-request.ts";
import { copyPath, encryptedCopy, storedCopy } from "../schemas/openings.ts";
import { giveCopy, keepCopy, type CopyOwner } from "../services/keep-copy.ts";
import { signedInAddress } from "../services/sign-in.ts";

export const openingPaths: ZodOpenApiPathsObject = {
  "/tasks/{taskId}/openings/{validator}": {
    put: {
      summary: "Leave an encrypted copy of one's openings",
      description:
        "Replaces the copy before it, unless that holds a newer version. What is in it only its validator can read.",
      tags: ["judging"],
      security: signedIn,
      requestParams: { path: copyPath },
      requestBody: takes(encryptedCopy),
      responses: answers(
        "kept",
        undefined,
        [
          "invalid-input",
          "not-signed-in",
          "token-expired",
          "not-allowed",
          "ballot-unknown",
          "version-stale",
          "payload-too-large",
        ],
        204,
      ),
    },
    get: {
      summary: "One's encrypted copy, on a new device",
      tags: ["judging"],
      security: signedIn,
      requestParams: { path: copyPath },
      responses: answers("as it was left", storedCopy, [
        "not-signed-in",
        "token-expired",
        "not-allowed",
        "copy-unknown",
      ]),
    },
  },
};

export function openingRoutes(api: Api): Router {
  const router = Router();
  const ownerOf = async (request: Request): Promise<CopyOwner> => ({
    ...parseRequest(copyPath, request.params),
    asking: await signedInAddress(api, request),
  });
  router.put("/tasks/:taskId/openings/:validator", async (request, response) => {
    const owner = await ownerOf(request);
    await keepCopy(api, owner, parseRequest(encryptedCopy, request.body));
    response.status(204).end();
  });
  router.get("/tasks/:taskId/openings/:validator", async (request, response) => {
    response.json(await giveCopy(api, await ownerOf(request)));
  });
  return router;
}
