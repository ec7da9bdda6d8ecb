/** The Express application: page, REST, documentation, health and metrics. It never listens. */
import { join, sep } from "node:path";
import express from "express";
import type { Express, Response } from "express";
import { rateLimit } from "express-rate-limit";
import helmet from "helmet";
import { createApi } from "./api.ts";
import type { ApiDeps } from "./deps.ts";
import { renderDocsPage } from "./docs-page.ts";
import { describeApi } from "./openapi.ts";
import { answerErrors, answerUnknownRoute } from "./problem.ts";
import { refuseTooMany } from "./rate-limits.ts";
import { acceptanceRoutes } from "./routes/acceptances.ts";
import { ballotRoutes } from "./routes/ballots.ts";
import { configRoutes } from "./routes/config.ts";
import { contentRoutes } from "./routes/content.ts";
import { goldRoutes } from "./routes/golds.ts";
import { healthRoutes } from "./routes/health.ts";
import { leaseRoutes } from "./routes/leases.ts";
import { openingRoutes } from "./routes/openings.ts";
import { releaseRoutes } from "./routes/releases.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { uploadRoutes } from "./routes/uploads.ts";

export function createApp(deps: ApiDeps): Express {
  const api = createApi(deps);
  const app = express();
  app.disable("x-powered-by");
  app.use(api.metrics.watchRequests);
  app.use(healthRoutes(api));
  app.use(securityHeaders(deps.publicConfig.rpcUrl));
  for (const { path, handler } of deps.mounts ?? []) app.use(path, handler);

  const openApi = describeApi();
  const docsPage = renderDocsPage(openApi);
  app.get("/openapi.json", (_request, response) => {
    response.set("Access-Control-Allow-Origin", "*").json(openApi);
  });
  app.get("/docs", (_request, response) => {
    response.type("text/html").send(docsPage);
  });

  app.use("/api", restRoutes(api));
  if (deps.webFolder !== undefined) servePage(app, deps.webFolder);
  app.use(answerUnknownRoute);
  app.use(answerErrors(deps.logger));
  return app;
}

function restRoutes(api: ReturnType<typeof createApi>): express.Router {
  const router = express.Router();
  const { requestsPerMinute, jsonBytes } = api.limits;
  if (requestsPerMinute > 0) {
    router.use(rateLimit({ limit: requestsPerMinute, windowMs: 60_000, ...refuseTooMany }));
  }
  // Reading is free to pages of every origin; what is personal goes by bearer token, never by cookie.
  router.use((request, response, next) => {
    if (request.method === "GET") {
      response.set("Access-Control-Allow-Origin", "*");
      response.set("Cross-Origin-Resource-Policy", "cross-origin");
    }
    next();
  });
  // Uploads are read as they come; everything after them is JSON.
  router.use(uploadRoutes(api));
  router.use(express.json({ limit: jsonBytes }));
  router.use(ballotRoutes(api));
  router.use(openingRoutes(api));
  router.use(leaseRoutes(api));
  router.use(configRoutes(api));
  router.use(goldRoutes(api));
  router.use(acceptanceRoutes(api));
  router.use(taskRoutes(api));
  router.use(sessionRoutes(api));
  router.use(contentRoutes(api));
  router.use(releaseRoutes(api));
  router.use(answerUnknownRoute);
  return router;
}

/**
 * Model output is hostile input: no script but our own, nothing from elsewhere. Inline styles are Mantine's and KaTeX's;
 * WebAssembly is for hashing. The page may talk to us and to the chain.
 */
function securityHeaders(rpcUrl: string): express.RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        fontSrc: ["'self'", "data:"],
        connectSrc: ["'self'", new URL(rpcUrl).origin],
        manifestSrc: ["'self'"],
        workerSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Served over plain HTTP on 127.0.0.1; a proxy that ends TLS sets its own.
    strictTransportSecurity: false,
    referrerPolicy: { policy: "no-referrer" },
  });
}

/** The built page; every path that is no file is the page's own affair. */
function servePage(app: Express, folder: string): void {
  const setHeaders = (response: Response, path: string): void => {
    // Names of assets carry their hash; the page that names them must never be an old one.
    const isAsset = path.includes(`${sep}assets${sep}`);
    response.set("Cache-Control", isAsset ? "public, max-age=31536000, immutable" : "no-cache");
  };
  app.use(express.static(folder, { index: "index.html", setHeaders }));
  app.get("/*path", (request, response, next) => {
    if (request.accepts(["html", "json"]) !== "html") return next();
    response.set("Cache-Control", "no-cache").sendFile(join(folder, "index.html"), next);
  });
}
