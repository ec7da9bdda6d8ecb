/** The OpenAPI 3.1 document, made of the very schemas that requests are parsed with. */
import { createDocument } from "zod-openapi";
import { acceptancePaths } from "./routes/acceptances.ts";
import { ballotPaths } from "./routes/ballots.ts";
import { configPaths } from "./routes/config.ts";
import { contentPaths } from "./routes/content.ts";
import { goldPaths } from "./routes/golds.ts";
import { leasePaths } from "./routes/leases.ts";
import { openingPaths } from "./routes/openings.ts";
import { releasePaths } from "./routes/releases.ts";
import { sessionPaths } from "./routes/sessions.ts";
import { taskPaths } from "./routes/tasks.ts";
import { uploadPaths } from "./routes/uploads.ts";

export type OpenApiDocument = ReturnType<typeof createDocument>;

export function describeApi(): OpenApiDocument {
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Scrutineer",
      version: "1",
      description:
        "Preference data anyone can recount: tasks, items to judge, ballots and their receipts, releases. " +
        "Amounts are decimal strings in the token's smallest unit; counts, ppm and times (seconds) are numbers; addresses and " +
        "hashes are 0x text. Refusals are application/problem+json with a `code`.",
    },
    servers: [{ url: "/api" }],
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "from POST /sign-in" },
      },
    },
    paths: {
      ...configPaths,
      ...uploadPaths,
      ...goldPaths,
      ...acceptancePaths,
      ...taskPaths,
      ...openingPaths,
      ...leasePaths,
      ...ballotPaths,
      ...sessionPaths,
      ...contentPaths,
      ...releasePaths,
    },
  });
}
