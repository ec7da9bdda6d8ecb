/** Whether the process lives, whether it can serve, and what it counted. */
import { Router } from "express";
import { sql } from "drizzle-orm";
import { ScrutineerError } from "../../protocol/errors.ts";
import { findHead } from "../../store/submissions/tasks.ts";
import type { Api } from "../api.ts";

export function healthRoutes(api: Api): Router {
  const router = Router();
  router.get("/healthz", (_request, response) => {
    response.json({ ok: true });
  });
  router.get("/readyz", async (_request, response) => {
    await api.deps.db.execute(sql`select 1`).catch((cause: unknown) => {
      throw new ScrutineerError("store-unavailable", "the store does not answer", {}, { cause });
    });
    const head = await findHead(api.deps.db);
    if (head === undefined) {
      throw new ScrutineerError("not-ready", "no block has been indexed yet");
    }
    response.json({
      ok: true,
      block: Number(head.number),
      blocksBehind: Number(head.chainHead - head.number),
      indexingError: head.error,
    });
  });
  router.get("/metrics", async (_request, response) => {
    const head = await findHead(api.deps.db).catch(() => undefined);
    if (head !== undefined) api.metrics.indexedBlock.set(Number(head.number));
    const { registry } = api.metrics;
    response.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}
