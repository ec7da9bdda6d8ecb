/** Ballots in, receipts and proofs out. */
import { Router } from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { isScrutineerError } from "../../protocol/errors.ts";
import type { Api } from "../api.ts";
import { answers, signedIn, takes } from "../describe.ts";
import { parseRequest } from "../parse-request.ts";
import {
  ballotPath,
  ballotState,
  ballotSubmission,
  digestPath,
  inclusionProof,
  notesExport,
  notesErased,
  openingCopy,
  receipt,
} from "../schemas/ballots.ts";
import { taskPath } from "../schemas/tasks.ts";
import { eraseNotes, exportNotes, showOpening } from "../services/own-work.ts";
import { proveInclusion } from "../services/prove-inclusion.ts";
import { showBallot, showBallotOf } from "../services/show-ballot.ts";
import { signedInAddress } from "../services/sign-in.ts";
import { submitBallot } from "../services/submit-ballot.ts";

export const ballotPaths: ZodOpenApiPathsObject = {
  "/tasks/{taskId}/ballots": {
    post: {
      summary: "Hand in the next version of a ballot with its opening",
      description:
        "Checked in full before the receipt is signed. Idempotent: the same ballot gives the same receipt (200), a new one 201.",
      tags: ["judging"],
      requestParams: { path: taskPath },
      requestBody: takes(ballotSubmission),
      responses: {
        ...answers(
          "the receipt",
          receipt,
          [
            "invalid-input",
            "task-unknown",
            "task-not-open",
            "task-mismatch",
            "ballot-too-late",
            "signature-invalid",
            "signer-wrong",
            "session-expired",
            "session-revoked",
            "session-too-short",
            "validator-not-active",
            "role-wrong",
            "not-admitted",
            "not-in-pool",
            "version-stale",
            "version-conflict",
            "ballot-shrinks",
            "commitment-mismatch",
            "judgments-mismatch",
            "notes-mismatch",
            "entries-length-invalid",
            "entries-order-invalid",
            "entries-verdict-invalid",
            "entries-too-many",
            "entries-empty",
            "entry-out-of-range",
            "item-not-eligible",
            "quota-full",
            "lease-expired",
            "stake-insufficient",
            "conflict",
          ],
          201,
        ),
        "200": {
          description: "the receipt given before",
          content: { "application/json": { schema: receipt } },
        },
      },
    },
  },
  "/tasks/{taskId}/ballots/{validator}": {
    get: {
      summary: "How far a validator's ballot has come",
      tags: ["judging"],
      requestParams: { path: ballotPath },
      responses: answers("its newest version, step by step", ballotState, ["ballot-unknown"]),
    },
  },
  "/tasks/{taskId}/ballots/{validator}/opening": {
    get: {
      summary: "One's own opening, for a new device",
      tags: ["judging"],
      security: signedIn,
      requestParams: { path: ballotPath },
      responses: answers("the newest version's opening", openingCopy, [
        "not-signed-in",
        "not-allowed",
        "ballot-unknown",
      ]),
    },
  },
  "/ballots/{digest}": {
    get: {
      summary: "A ballot by its digest",
      tags: ["judging"],
      requestParams: { path: digestPath },
      responses: answers("step by step", ballotState, ["ballot-unknown"]),
    },
  },
  "/ballots/{digest}/proof": {
    get: {
      summary: "That a ballot was anchored",
      tags: ["judging"],
      requestParams: { path: digestPath },
      responses: answers("StandardMerkleTree proof to a root on chain", inclusionProof, [
        "ballot-unknown",
        "anchor-pending",
      ]),
    },
  },
  "/notes": {
    get: {
      summary: "One's own notes, in all tasks",
      tags: ["judging"],
      security: signedIn,
      responses: answers("as handed in", notesExport, ["not-signed-in"]),
    },
    delete: {
      summary: "Erase one's own notes",
      tags: ["judging"],
      security: signedIn,
      responses: answers("how many were erased", notesErased, ["not-signed-in"]),
    },
  },
};

export function ballotRoutes(api: Api): Router {
  const router = Router();
  router.post("/tasks/:taskId/ballots", async (request, response) => {
    try {
      const { taskId } = parseRequest(taskPath, request.params);
      const body = parseRequest(ballotSubmission, request.body);
      const submitted = await submitBallot(api, {
        ...body,
        ballot: { ...body.ballot, taskId },
      });
      api.metrics.ballots.inc({ outcome: submitted.repeated ? "repeated" : "receipted" });
      response.status(submitted.repeated ? 200 : 201).json(submitted.receipt);
    } catch (error) {
      if (isScrutineerError(error)) api.metrics.ballots.inc({ outcome: error.code });
      throw error;
    }
  });
  router.get("/tasks/:taskId/ballots/:validator", async (request, response) => {
    const { taskId, validator } = parseRequest(ballotPath, request.params);
    response.json(await showBallot(api, taskId, validator));
  });
  router.get("/tasks/:taskId/ballots/:validator/opening", async (request, response) => {
    const { taskId, validator } = parseRequest(ballotPath, request.params);
    const asking = await signedInAddress(api, request);
    response.json(await showOpening(api, taskId, validator, asking));
  });
  router.get("/ballots/:digest", async (request, response) => {
    const { digest } = parseRequest(digestPath, request.params);
    response.json(await showBallotOf(api, digest));
  });
  router.get("/ballots/:digest/proof", async (request, response) => {
    const { digest } = parseRequest(digestPath, request.params);
    response.json(await proveInclusion(api, digest));
  });
  router.get("/notes", async (request, response) => {
    response.json(await exportNotes(api, await signedInAddress(api, request)));
  });
  router.delete("/notes", async (request, response) => {
    response.json(await eraseNotes(api, await signedInAddress(api, request)));
  });
  return router;
}
