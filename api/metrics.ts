/** What is measured; one registry an app, so that two in a process do not mix. */
import type { RequestHandler } from "express";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics {
  readonly registry: Registry;
  readonly ballots: Counter<"outcome">;
  readonly leases: Counter<"outcome">;
  readonly importedRows: Counter<"outcome">;
  readonly indexedBlock: Gauge;
  readonly watchRequests: RequestHandler;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const seconds = new Histogram({
    name: "scrutineer_http_request_seconds",
    help: "Time to answer, by method, route and status",
    labelNames: ["method", "route", "status"],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers,
  });
  return {
    registry,
    ballots: new Counter({
      name: "scrutineer_ballot_versions_total",
      help: "Ballot versions handed in: receipted, repeated, or the code of the refusal",
      labelNames: ["outcome"],
      registers,
    }),
    leases: new Counter({
      name: "scrutineer_leases_total",
      help: "Claims of an item: leased, none, or the code of the refusal",
      labelNames: ["outcome"],
      registers,
    }),
    importedRows: new Counter({
      name: "scrutineer_imported_rows_total",
      help: "Rows of uploads: imported or bad",
      labelNames: ["outcome"],
      registers,
    }),
    indexedBlock: new Gauge({
      name: "scrutineer_indexed_block",
      help: "Newest block whose facts are in the store",
      registers,
    }),
    watchRequests: (request, response, next) => {
      const start = process.hrtime.bigint();
      response.once("finish", () => {
        // The pattern, not the path: paths are as many as tasks.
        const route = request.route as { path?: string } | undefined;
        const labels = {
          method: request.method,
          route: route?.path === undefined ? "other" : `${request.baseUrl}${route.path}`,
          status: String(response.statusCode),
        };
        seconds.observe(labels, Number(process.hrtime.bigint() - start) / 1e9);
      });
      next();
    },
  };
}
