/** Tasks with their progress and money. */
import { Router } from "express";
import { z } from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import type { Api } from "../api.ts";
import { answers } from "../describe.ts";
import { parseRequest } from "../parse-request.ts";
import { task, taskPage, taskPath, taskQuery } from "../schemas/tasks.ts";
import { manifestHead } from "../schemas/uploads.ts";
import { hash } from "../schemas/values.ts";
import { knowTask } from "../services/know-task.ts";
import { readServableBytes } from "../services/read-content.ts";
import { showTask, showTasks } from "../services/show-task.ts";

const manifest = manifestHead
  .extend({ items: z.array(z.object({ prompt: hash, outputA: hash, outputB: hash })) })
  .meta({ id: "Manifest", description: "canonical JSON; its sha-256 is terms.manifestHash" });

export const taskPaths: ZodOpenApiPathsObject = {
  "/tasks": {
    get: {
      summary: "Tasks, newest first",
      tags: ["tasks"],
      requestParams: { query: taskQuery },
      responses: answers("one page", taskPage, ["invalid-input", "cursor-invalid"]),
    },
  },
  "/tasks/{taskId}": {
    get: {
      summary: "One task",
      tags: ["tasks"],
      requestParams: { path: taskPath },
      responses: answers("terms, state, progress, money", task, ["task-unknown"]),
    },
  },
  "/tasks/{taskId}/manifest": {
    get: {
      summary: "What the task is over",
      tags: ["tasks"],
      requestParams: { path: taskPath },
      responses: answers("items by hash, admission, guideline", manifest, [
        "task-unknown",
        "content-unknown",
      ]),
    },
  },
};

export function taskRoutes(api: Api): Router {
  const router = Router();
  router.get("/tasks", async (request, response) => {
    response.json(await showTasks(api, parseRequest(taskQuery, request.query)));
  });
  router.get("/tasks/:taskId", async (request, response) => {
    const { taskId } = parseRequest(taskPath, request.params);
    response.json(await showTask(api, taskId));
  });
  router.get("/tasks/:taskId/manifest", async (request, response) => {
    const { taskId } = parseRequest(taskPath, request.params);
    const { terms } = await knowTask(api, taskId);
    const bytes = await readServableBytes(api, terms.manifestHash);
    response.type("application/json").send(Buffer.from(bytes));
  });
  return router;
}
