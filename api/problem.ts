/** Refusals as application/problem+json (RFC 9457). Unknown errors are logged whole and answered blandly. */
import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import type { ErrorCode } from "../protocol/errors.ts";
import { ScrutineerError, refusalOf } from "../protocol/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import { findFailedQuery } from "../store/failed-query.ts";

export function sendProblem(response: Response, error: ScrutineerError): void {
  const status = refusalOf(error.code).http;
  response
    .status(status)
    .type("application/problem+json")
    .send(
      JSON.stringify({
        ...error.details,
        type: `/docs#problem-${error.code}`,
        title: error.code.replaceAll("-", " "),
        status,
        code: error.code,
        detail: error.message,
      }),
    );
}

export const answerUnknownRoute: RequestHandler = (request) => {
  throw new ScrutineerError("not-found", `nothing at ${request.method} ${request.path}`);
};

/** The last handler: every error of every route ends here. */
export function answerErrors(logger: Logger): ErrorRequestHandler {
  // Express tells error handlers by their four parameters.
  return (error: unknown, request, response, _next) => {
    const { refusal, log } = judgeError(error);
    if (log !== undefined) {
      logger.error({ err: log, method: request.method, path: request.path }, "request failed");
    }
    if (response.headersSent) response.destroy();
    else sendProblem(response, refusal);
  };
}

/** What to answer, and what to log where the fault is ours. */
function judgeError(error: unknown): { refusal: ScrutineerError; log?: unknown } {
  const known = error instanceof ScrutineerError ? error : knownHttpError(error);
  if (known !== undefined && known.code !== "internal") return { refusal: known };
  const failed = findFailedQuery(error);
  if (failed?.away === true) {
    const refusal = new ScrutineerError("store-unavailable", "the store is away; ask again");
    return { refusal, log: failed.error };
  }
  const refusal = new ScrutineerError("internal", "something went wrong here; it has been logged");
  return { refusal, log: failed?.error ?? error };
}

/** What Express and its parsers throw, in our words. */
function knownHttpError(error: unknown): ScrutineerError | undefined {
  if (!(error instanceof Error) || !("status" in error)) return undefined;
  const code = codeOfStatus[Number(error.status)];
  return code === undefined ? undefined : new ScrutineerError(code, error.message);
}

const codeOfStatus: Readonly<Record<number, ErrorCode | undefined>> = {
  400: "invalid-input",
  404: "not-found",
  412: "precondition-failed",
  413: "payload-too-large",
  415: "media-type-unsupported",
  416: "range-not-satisfiable",
};
