/** One port for people: page, REST, GraphQL. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RequestHandler } from "express";
import { startApi, type RunningApi } from "../api/main.ts";
import type { PublicConfig } from "../api/schemas/config.ts";
import { createGraphql } from "../indexer/graphql/server.ts";
import type { DeploymentConstants } from "../protocol/terms.ts";
import type { Hash } from "../protocol/words.ts";
import type { Logger } from "../runtime/logger.ts";
import { recoverAddress, signDigest } from "../runtime/signatures.ts";
import type { Blobs } from "../store/blobs.ts";
import type { OpenDatabase } from "../store/database.ts";
import { openAdmission } from "./draw-admission.ts";
import { openApproval } from "./ask-approval.ts";
import { openCalldata } from "./read-calldata.ts";

export interface HttpParts {
  readonly database: OpenDatabase;
  readonly blobs: Blobs;
  readonly releaseFolder: string;
  readonly rpcUrl: string;
  readonly publicConfig: PublicConfig;
  readonly constants: DeploymentConstants;
  readonly operatorKey: Hash;
  readonly receiptKey: Hash;
  readonly logger: Logger;
  readonly acceptsUnseenGold?: boolean;
}

const PAGE = fileURLToPath(new URL("../web/dist", import.meta.url));

export async function serveHttp(parts: HttpParts, host: string, port: number): Promise<RunningApi> {
  const { database, publicConfig, logger } = parts;
  const now = (): bigint => BigInt(Math.floor(Date.now() / 1_000));
  const onError = (error: unknown): void => logger.error({ err: error }, "GraphQL failed");
  const graphql = createGraphql({ db: database.db, now, onError });
  const deps = {
    db: database.db,
    blobs: parts.blobs,
    logger,
    now,
    random: (bytes: number) => randomBytes(bytes),
    publicConfig,
    constants: parts.constants,
    signers: {
      operator: publicConfig.operator,
      receiptKey: publicConfig.receiptKey,
      signAcceptance: (digest: Hash) => signDigest(digest, parts.operatorKey),
      signReceipt: (digest: Hash) => signDigest(digest, parts.receiptKey),
      recoverAddress,
    },
    acceptsUnseenGold: parts.acceptsUnseenGold,
    releaseFolder: parts.releaseFolder,
    readCalldata: openCalldata(parts.rpcUrl),
    approves: openApproval(parts.rpcUrl),
    drawAdmission: openAdmission(parts.rpcUrl, publicConfig.chainId, publicConfig.contracts),
    webFolder: existsSync(join(PAGE, "index.html")) ? PAGE : undefined,
    mounts: [{ path: "/graphql", handler: graphql as unknown as RequestHandler }],
  };
  return startApi(deps, host, port);
}
