/** Pairs in, content and manifests out. */
import { createGunzip } from "node:zlib";
import { Router } from "express";
import type { Request } from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import type { Api } from "../api.ts";
import { answers } from "../describe.ts";
import { parseRequest } from "../parse-request.ts";
import { addresses, upload, uploadQuery } from "../schemas/uploads.ts";
import { importPairs } from "../services/import-pairs.ts";
import type { ImportOptions } from "../services/import-pairs.ts";
import { ScrutineerError, isScrutineerError } from "../../protocol/errors.ts";

export const uploadPaths: ZodOpenApiPathsObject = {
  "/uploads": {
    post: {
      summary: "Import pairs of answers, or arena battles, as JSONL",
      description:
        "One row a line, streamed; gzip is welcome (Content-Encoding). Nothing is kept if a row is bad, unless skipBad. " +
        'The first line may be {"options": {…}} with the same names as the query, lists with the rule they were drawn by ' +
        "(humanAdmission, aiAdmission: what `scrutineer admission draw` prints) among them. More than 4,096 rows become several parts, " +
        "each to be a task of its own.",
      tags: ["tasks"],
      requestParams: { query: uploadQuery },
      requestBody: {
        required: true,
        content: { "application/x-ndjson": { schema: { type: "string" } } },
      },
      responses: answers(
        "what was imported",
        upload,
        [
          "import-rows-bad",
          "import-interrupted",
          "invalid-input",
          "import-empty",
          "payload-too-large",
        ],
        201,
      ),
    },
  },
};

export function uploadRoutes(api: Api): Router {
  const router = Router();
  router.post("/uploads", async (request, response) => {
    const options = optionsOf(request);
    const deps = { ...api.deps, uploadBytes: api.limits.uploadBytes };
    try {
      const imported = await importPairs(deps, bodyOf(request), options);
      api.metrics.importedRows.inc({ outcome: "imported" }, imported.rows);
      api.metrics.importedRows.inc({ outcome: "bad" }, imported.skipped.length);
      response.status(201).json(imported);
    } catch (error) {
      if (isScrutineerError(error, "import-rows-bad")) {
        api.metrics.importedRows.inc({ outcome: "bad" }, Number(error.details["badRows"]));
      }
      throw error;
    }
  });
  return router;
}

function optionsOf(request: Request): ImportOptions {
  const query = parseRequest(uploadQuery, request.query);
  return {
    layout: query.layout,
    shuffle: query.shuffle === "true",
    skipBad: query.skipBad === "true",
    title: query.title,
    guideline: query.guideline,
    guidelineVersion: query.guidelineVersion,
    replay: query.replay === "true",
    humans: listOf(query.humans),
    ais: listOf(query.ais),
  };
}

function listOf(text: string | undefined): string[] | undefined {
  return text === undefined ? undefined : parseRequest(addresses, text.split(","));
}

function bodyOf(request: Request): AsyncIterable<Uint8Array> {
  const encoding = request.get("content-encoding") ?? "identity";
  if (encoding === "identity") return request;
  if (encoding !== "gzip") {
    throw new ScrutineerError(
      "media-type-unsupported",
      `content encoding ${encoding}; gzip will do`,
    );
  }
  const gunzip = createGunzip();
  // It may fail before anybody reads; whoever reads then is told.
  gunzip.on("error", () => undefined);
  // A connection that breaks ends the decoding too.
  request.on("error", (error) => gunzip.destroy(error));
  return request.pipe(gunzip);
}
