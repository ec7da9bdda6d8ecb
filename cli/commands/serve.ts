/** `scrutineer serve indexer|operator|api`: one process of the service, on an existing chain and database. */
import { createServer } from "node:http";
import { once } from "node:events";
import { computeAddress } from "ethers";
import { Argument } from "commander";
import { ScrutineerError } from "../../protocol/errors.ts";
import { createLogger, type Logger } from "../../runtime/logger.ts";
import { createShutdown, type Shutdown } from "../../runtime/shutdown.ts";
import { openBlobs } from "../../store/blobs.ts";
import { openDatabase } from "../../store/database.ts";
import { action, type AddCommand } from "../command.ts";
import { openProvider, readDeployment, type Deployment } from "../deployment.ts";
import type { Output } from "../output.ts";
import { wholeNumber } from "../parse-option.ts";
import {
  readApiEnv,
  readIndexerEnv,
  readProcessConfig,
  readStandbyEnv,
  type ProcessConfig,
} from "../process-config.ts";
import { runUntilSignal } from "../until-signal.ts";

interface ServeOptions {
  readonly rpc?: string;
  readonly port?: number;
}

const PROCESSES = ["indexer", "operator", "api"] as const;
const STANDBY_POLL_MS = 1_000;
type ProcessName = (typeof PROCESSES)[number];

export const addServeCommand: AddCommand = (program) => {
  program
    .command("serve")
    .description(
      "run one process of the service on an existing chain and database (variables: .env.example)",
    )
    .addArgument(new Argument("<process>", "which one").choices(PROCESSES))
    .option("--rpc <url>", "the chain; default: RPC_URL")
    .option(
      "--port <number>",
      "of the api, or of the others' /healthz; default: PORT, or none",
      wholeNumber,
    )
    .action(action(serve));
};

async function serve(output: Output, options: ServeOptions, name: string): Promise<void> {
  const env = { ...process.env, ...(options.rpc === undefined ? {} : { RPC_URL: options.rpc }) };
  const config = readProcessConfig(env);
  const shutdown = createShutdown();
  const ended = runUntilSignal(shutdown);
  try {
    const database = await openDatabase(
      config.databaseUrl === undefined
        ? { dataDir: config.databaseFolder }
        : { url: config.databaseUrl },
    );
    shutdown.add("database", () => database.close());
    const parts: Parts = {
      env,
      config,
      options,
      output,
      shutdown,
      database,
      blobs: openBlobs(config.blobFolder),
      deployment: await readContracts(config),
      logger: createLogger({ name, level: config.logLevel }),
    };
    await start[name as ProcessName](parts);
  } catch (error) {
    await shutdown.close("it did not start");
    throw error;
  }
  if (!(await ended)) throw new ScrutineerError("internal", "not everything ended cleanly");
}

interface Parts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: ProcessConfig;
  readonly options: ServeOptions;
  readonly output: Output;
  readonly shutdown: Shutdown;
  readonly database: Awaited<ReturnType<typeof openDatabase>>;
  readonly blobs: ReturnType<typeof openBlobs>;
  readonly deployment: Deployment;
  readonly logger: Logger;
}

/** Each loads what it runs and no more: a process that died is back sooner. */
const start: Readonly<Record<ProcessName, (parts: Parts) => Promise<void>>> = {
  async indexer(parts) {
    const { startIndexer } = await import("../../indexer/main.ts");
    const { config, deployment, database, blobs, logger } = parts;
    const { stakeRegistry, feedbackTasks, provenanceRegistry } = deployment.contracts;
    const indexer = startIndexer(
      {
        rpcUrl: config.rpcUrl,
        stakeRegistry,
        feedbackTasks,
        provenanceRegistry,
        ...readIndexerEnv(parts.env),
      },
      { database, blobs, logger },
    );
    parts.shutdown.add("indexer", () => indexer.stop());
    await serveHealth(parts, async () => {
      const health = await indexer.health();
      return { ok: health.error === null, ...health };
    });
  },

  async operator(parts) {
    const { readOperatorConfig } = await import("../../operator/config.ts");
    const { startOperator } = await import("../../operator/main.ts");
    const { database, blobs, logger } = parts;
    const operator = await startOperator(readOperatorConfig(parts.env), {
      database,
      blobs,
      log: logger,
    });
    parts.shutdown.add("operator", () => operator.stop());
    if (readStandbyEnv(parts.env)) await standByForIndexer(parts);
    await serveHealth(parts, async () => {
      const health = operator.health();
      return { ok: health.error === undefined, ...health };
    });
  },

  async api(parts) {
    const { serveHttp } = await import("../serve-http.ts");
    const { config, deployment, database, blobs, logger, shutdown } = parts;
    const read = readApiEnv(parts.env);
    const port = parts.options.port ?? read.port;
    const graphqlUrl = read.publicGraphqlUrl ?? `http://${config.host}:${port}/graphql`;
    const http = await serveHttp(
      {
        database,
        blobs,
        releaseFolder: config.releaseFolder,
        rpcUrl: config.rpcUrl,
        publicConfig: {
          chainId: Number(deployment.chainId),
          rpcUrl: read.publicRpcUrl ?? config.rpcUrl,
          graphqlUrl,
          contracts: deployment.contracts,
          operator: read.operator ?? computeAddress(read.operatorKey).toLowerCase(),
          receiptKey: computeAddress(read.receiptKey).toLowerCase(),
          localChain: read.localChain,
          anchorSeconds: read.anchorSeconds,
        },
        constants: deployment.constants,
        acceptsUnseenGold: read.acceptsUnseenGold,
        operatorKey: read.operatorKey,
        receiptKey: read.receiptKey,
        logger,
      },
      config.host,
      port,
    );
    shutdown.add("http", () => http.stop());
    say(parts, `api at http://${config.host}:${http.port}`, {
      url: `http://${config.host}:${http.port}`,
    });
  },
};

/**
 * The operator decides by what the indexer writes. So that it goes on when its indexer has died, it stands by: whoever
 * holds the indexer's lock follows the chain, and a process that dies gives the lock up at once.
 */
async function standByForIndexer({
  config,
  deployment,
  database,
  blobs,
  logger,
  shutdown,
}: Parts): Promise<void> {
  const { startIndexer } = await import("../../indexer/main.ts");
  const { stakeRegistry, feedbackTasks, provenanceRegistry } = deployment.contracts;
  const standby = startIndexer(
    {
      rpcUrl: config.rpcUrl,
      stakeRegistry,
      feedbackTasks,
      provenanceRegistry,
      pollMs: STANDBY_POLL_MS,
    },
    { database, blobs, logger: logger.child({ part: "standby indexer" }) },
  );
  shutdown.add("standby indexer", () => standby.stop());
}

async function readContracts(config: ProcessConfig): Promise<Deployment> {
  const provider = await openProvider(config.rpcUrl);
  try {
    return await readDeployment(provider, config.feedbackTasks, config.provenanceRegistry);
  } finally {
    provider.destroy();
  }
}

/** `/healthz` for whoever watches over the process, if a port was asked for. */
async function serveHealth(parts: Parts, check: () => Promise<{ ok: boolean }>): Promise<void> {
  const { options, config, shutdown } = parts;
  if (options.port === undefined) return say(parts, "running", {});
  const server = createServer((_request, response) => {
    void check().then(
      (health) => {
        const body = JSON.stringify(health, (_key, value: unknown) =>
          typeof value === "bigint" ? Number(value) : value,
        );
        response.writeHead(health.ok ? 200 : 503, { "content-type": "application/json" }).end(body);
      },
      (error: unknown) => response.writeHead(503).end(String((error as Error).message)),
    );
  });
  server.listen(options.port, config.host);
  await once(server, "listening").catch((cause: unknown) => {
    throw new ScrutineerError("port-in-use", `port ${options.port} is taken`, {}, { cause });
  });
  shutdown.add("health", () => void server.close());
  say(parts, `health at http://${config.host}:${options.port}/healthz`, {});
}

function say({ output }: Parts, text: string, json: { readonly url?: string }): void {
  output.print({ json: { ready: true, ...json }, text });
}
