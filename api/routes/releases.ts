/** Data sets: drawn once, then immutable files to be had in pieces. */
import { join } from "node:path";
import { Router } from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { ScrutineerError } from "../../protocol/errors.ts";
import { findRelease, listReleases } from "../../store/submissions/releases.ts";
import type { StoredRelease } from "../../store/submissions/releases.ts";
import type { Api } from "../api.ts";
import { answers, refuses, takes } from "../describe.ts";
import { parseRequest } from "../parse-request.ts";
import {
  release,
  releaseFilePath,
  releaseList,
  releasePath,
  releaseRequest,
} from "../schemas/releases.ts";
import type { ReleaseJson } from "../schemas/releases.ts";
import { buildRelease } from "../services/build-release.ts";

export const releasePaths: ZodOpenApiPathsObject = {
  "/releases": {
    get: {
      summary: "Releases, newest first",
      tags: ["releases"],
      responses: answers("the newest 200", releaseList),
    },
    post: {
      summary: "Draw a release from settled tasks",
      description:
        "The same tasks, licence and title give the same release; asking again finds it. A ballot that its validator committed or opened for itself is read off its transaction.",
      tags: ["releases"],
      requestBody: takes(releaseRequest),
      responses: answers(
        "the release",
        release,
        [
          "invalid-input",
          "task-unknown",
          "task-not-settled",
          "content-unknown",
          "chain-unreachable",
        ],
        201,
      ),
    },
  },
  "/releases/{releaseId}": {
    get: {
      summary: "A release and its files",
      tags: ["releases"],
      requestParams: { path: releasePath },
      responses: answers("sizes and sha-256", release, ["release-unknown"]),
    },
  },
  "/releases/{releaseId}/files/{name}": {
    get: {
      summary: "A file of a release",
      description:
        "Streamed; Range and ETag let a download go on where it stopped. `name` holds slashes.",
      tags: ["releases"],
      requestParams: { path: releaseFilePath },
      responses: {
        "200": { description: "the file" },
        "206": { description: "the bytes asked for" },
        "304": { description: "the bytes you have" },
        ...refuses(["release-unknown", "release-file-unknown", "range-not-satisfiable"]),
      },
    },
  },
};

export function releaseRoutes(api: Api): Router {
  const router = Router();
  router.get("/releases", async (_request, response) => {
    const stored = await listReleases(api.deps.db, 200);
    response.json({ releases: stored.map(showRelease) });
  });
  router.post("/releases", async (request, response) => {
    const wanted = parseRequest(releaseRequest, request.body);
    response.status(201).json(showRelease(await buildRelease(api, wanted)));
  });
  router.get("/releases/:releaseId", async (request, response) => {
    const { releaseId } = parseRequest(releasePath, request.params);
    response.json(showRelease(await knownRelease(api, releaseId)));
  });
  router.get("/releases/:releaseId/files/*name", async (request, response) => {
    const params = request.params as { releaseId: string; name: string | string[] };
    const name = Array.isArray(params.name) ? params.name.join("/") : params.name;
    const { releaseId } = parseRequest(releaseFilePath, { releaseId: params.releaseId, name });
    const { files } = await knownRelease(api, releaseId);
    const file = files.find((each) => each.name === name);
    if (file === undefined) {
      throw new ScrutineerError("release-file-unknown", `the release has no file ${name}`, {
        releaseId,
        name,
      });
    }
    response
      .set("ETag", `"${file.sha256.slice(2)}"`)
      .set("Cache-Control", "public, max-age=31536000, immutable")
      .type(file.mediaType);
    await sendFile(response, join(api.deps.releaseFolder, releaseId, file.name));
  });
  return router;
}

/** Range, If-Range and If-None-Match are Express's. */
function sendFile(
  response: Parameters<Parameters<Router["get"]>[1]>[1],
  path: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    response.sendFile(path, { etag: false, cacheControl: false, dotfiles: "allow" }, (error) => {
      if (error === undefined || error === null || response.destroyed) resolve();
      else reject(error);
    });
  });
}

async function knownRelease(api: Api, releaseId: string): Promise<StoredRelease> {
  const stored = await findRelease(api.deps.db, releaseId);
  if (stored !== undefined) return stored;
  throw new ScrutineerError("release-unknown", `no release ${releaseId}`, { releaseId });
}

function showRelease({ release: row, files }: StoredRelease): ReleaseJson {
  return {
    releaseId: row.releaseId,
    root: row.root,
    taskIds: [...row.taskIds],
    rows: row.rows,
    createdAt: Number(row.createdAt),
    files: files.map(({ name, bytes, sha256, mediaType }) => ({
      name,
      bytes,
      sha256,
      mediaType,
      url: `/api/releases/${row.releaseId}/files/${name}`,
    })),
  };
}
