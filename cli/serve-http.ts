/** One port for people: page, REST, GraphQL. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RequestListener } from "node:http";
import { randomBytes } from "node:crypto";
import { createApp } from "../api/app.ts";
import type { PublicConfig } from "../api/schemas/config.ts";
import { createGraphql } from "../indexer/graphql/server.ts";
import { ScrutineerError } from "../protocol/errors.ts";
import type { DeploymentConstants } from "../protocol/terms.ts";
import type { Hash } from "../protocol/words.ts";
import type { Logger } from "../runtime/logger.ts";
import { recoverAddress, signDigest } from "../runtime/signatures.ts";
import type { Blobs } from "../store/blobs.ts";
import type { OpenDatabase } from "../store/database.ts";

export interface HttpParts {
  readonly database: OpenDatabase;
  readonly blobs: Blobs;
  readonly releaseFolder: string;
  /** SPDX identifier, in lower case. */
  readonly releaseLicence: string;
  readonly publicConfig: PublicConfig;
  readonly constants: DeploymentConstants;
  readonly operatorKey: Hash;
  readonly receiptKey: Hash;
  readonly logger: Logger;
}

export interface HttpService {
  readonly port: number;
  stop(): Promise<void>;
}

const PAGE = fileURLToPath(new URL("../web/dist", import.meta.url));

export async function serveHttp(
  parts: HttpParts,
  host: string,
  port: number,
): Promise<HttpService> {
  const now = (): bigint => BigInt(Math.floor(Date.now() / 1_000));
  const app = createApp({
    db: parts.database.db,
    blobs: parts.blobs,
    logger: parts.logger,
    now,
    random: (bytes) => randomBytes(bytes),
    publicConfig: parts.publicConfig,
    constants: parts.constants,
    signers: {
      operator: parts.publicConfig.operator,
      receiptKey: parts.publicConfig.receiptKey,
      signAcceptance: (digest) => signDigest(digest, parts.operatorKey),
      signReceipt: (digest) => signDigest(digest, parts.receiptKey),
      recoverAddress,
    },
    releaseFolder: parts.releaseFolder,
    releaseLicence: parts.releaseLicence,
    webFolder: existsSync(join(PAGE, "index.html")) ? PAGE : undefined,
    mounts: [
      { path: "/graphql", handler: createGraphql({ db: parts.database.db, logger: parts.logger }) },
    ],
  });
  return listen(app as RequestListener, host, port);
}

async function listen(app: RequestListener, host: string, port: number): Promise<HttpService> {
  const server: Server = createServer(app);
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new ScrutineerError("port-in-use", `port ${port} is taken`, { port }, { cause });
  }
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    async stop() {
      const closed = once(server, "close");
      server.close();
      // Answers under way may end; whoever only keeps a connection open, or listens to events, is told to go.
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 1_000).unref();
      await closed;
    },
  };
}
