/** Session keys, and signing in. */
import { Router } from "express";
import { rateLimit } from "express-rate-limit";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import type { Api } from "../api.ts";
import { answers, takes } from "../describe.ts";
import { parseRequest } from "../parse-request.ts";
import { refuseTooMany } from "../rate-limits.ts";
import {
  sessionList,
  sessionRequest,
  signIn as signInAnswer,
  signInNonce,
  signInRequest,
  validatorPath,
} from "../schemas/sessions.ts";
import { relaySession, showSessions } from "../services/relay-session.ts";
import { giveNonce, signIn } from "../services/sign-in.ts";

export const sessionPaths: ZodOpenApiPathsObject = {
  "/sign-in/nonce": {
    post: {
      summary: "A nonce for Sign-In with Ethereum",
      tags: ["sessions"],
      responses: answers("good once", signInNonce),
    },
  },
  "/sign-in": {
    post: {
      summary: "Sign in with Ethereum (EIP-4361)",
      tags: ["sessions"],
      requestBody: takes(signInRequest),
      responses: answers("Authorization: Bearer token, from now on", signInAnswer, [
        "invalid-input",
        "sign-in-invalid",
        "sign-in-nonce-unknown",
        "chain-unreachable",
      ]),
    },
  },
  "/sessions": {
    post: {
      summary: "Hand in a session key, to be relayed to the chain",
      description: "By anyone who has the wallet's signature. Ballots under it are taken at once.",
      tags: ["sessions"],
      requestBody: takes(sessionRequest),
      responses: answers(
        "will be relayed",
        sessionList,
        [
          "invalid-input",
          "session-signature-invalid",
          "session-expired",
          "session-nonce-used",
          "validator-unknown",
          "chain-unreachable",
        ],
        202,
      ),
    },
  },
  "/sessions/{validator}": {
    get: {
      summary: "A validator's session keys",
      tags: ["sessions"],
      requestParams: { path: validatorPath },
      responses: answers("on chain, or to be relayed", sessionList),
    },
  },
};

export function sessionRoutes(api: Api): Router {
  const router = Router();
  const { signInsPerMinute } = api.limits;
  if (signInsPerMinute > 0) {
    router.use(
      "/sign-in",
      rateLimit({ limit: signInsPerMinute, windowMs: 60_000, ...refuseTooMany }),
    );
  }
  router.post("/sign-in/nonce", async (_request, response) => {
    response.json(await giveNonce(api));
  });
  router.post("/sign-in", async (request, response) => {
    const { message, signature } = parseRequest(signInRequest, request.body);
    response.json(await signIn(api, message, signature, request.get("host") ?? ""));
  });
  router.post("/sessions", async (request, response) => {
    const { signature, expiresAt, nonce, ...rest } = parseRequest(sessionRequest, request.body);
    const grant = { ...rest, expiresAt: BigInt(expiresAt), nonce: BigInt(nonce) };
    response.status(202).json(await relaySession(api, grant, signature));
  });
  router.get("/sessions/:validator", async (request, response) => {
    const { validator } = parseRequest(validatorPath, request.params);
    response.json(await showSessions(api, validator));
  });
  return router;
}
