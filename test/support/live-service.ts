/** A whole service (indexer, operator, api) in this process on a chain of live-task.ts, to be ended at will. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../cli/anvil.ts";
import { createApiClient, type ApiClient } from "../../cli/api-client.ts";
import { serveHttp } from "../../cli/serve-http.ts";
import type { PublicConfig } from "../../api/schemas/config.ts";
import { startOperator } from "../../operator/main.ts";
import { silentLogger } from "../../runtime/logger.ts";
import { openBlobs } from "../../store/blobs.ts";
import { openDatabase } from "../../store/database.ts";
import { followChain, walletOf, type LiveChain } from "./live-task.ts";

export interface LiveService {
  readonly api: ApiClient;
  readonly config: PublicConfig;
  /** Ends operator, api and indexer as if their machine were gone. */
  end(): Promise<void>;
}

export async function startLiveService(live: LiveChain): Promise<LiveService> {
  const { chain, deployment } = live;
  const { contracts, constants } = deployment;
  const folder = await mkdtemp(join(tmpdir(), "scrutineer-live-"));
  const blobs = openBlobs(join(folder, "blobs"));
  const database = await openDatabase();
  const indexer = followChain(live, database);
  const operatorKey = walletOf("operator").privateKey;
  const address = walletOf("operator").address.toLowerCase();
  const operator = await startOperator(
    {
      rpcUrl: chain.rpcUrl,
      feedbackTasks: contracts.feedbackTasks,
      relayKey: walletOf("relay").privateKey,
      operator: undefined,
      anchorSeconds: 30,
      roundMilliseconds: 50,
      window: 8,
      stuckAfterBlocks: 5n,
    },
    { database, blobs, log: silentLogger() },
  );
  const port = await freePort();
  const config: PublicConfig = {
    chainId: Number(deployment.chainId),
    rpcUrl: chain.rpcUrl,
    graphqlUrl: `http://127.0.0.1:${port}/graphql`,
    contracts,
    operator: address,
    receiptKey: address,
    localChain: true,
    anchorSeconds: 30,
  };
  const http = await serveHttp(
    {
      ...{ database, blobs, rpcUrl: chain.rpcUrl, publicConfig: config, constants },
      ...{ operatorKey, receiptKey: operatorKey, releaseFolder: join(folder, "releases") },
      logger: silentLogger(),
    },
    "127.0.0.1",
    port,
  );
  let ended = false;
  return {
    api: createApiClient(`http://127.0.0.1:${port}/api`),
    config,
    async end() {
      if (ended) return;
      ended = true;
      await Promise.all([operator.stop(), http.stop()]);
      await indexer.stop();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
