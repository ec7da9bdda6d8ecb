/** Everything in one process on a local chain: what `up` and `replay` run on. */
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonRpcProvider } from "ethers";
import type { PublicConfig } from "../api/schemas/config.ts";
import { startIndexer } from "../indexer/main.ts";
import { startOperator } from "../operator/main.ts";
import { createLogger, type LogLevel } from "../runtime/logger.ts";
import { createShutdown, type ShutdownFailure } from "../runtime/shutdown.ts";
import { openBlobs } from "../store/blobs.ts";
import { openDatabase } from "../store/database.ts";
import { freePort, refuseTakenPort, startAnvil } from "./anvil.ts";
import { deployLocally, openProvider, readDeployment } from "./deployment.ts";
import { fund, joinAll } from "./join.ts";
import { OPERATOR, RECEIPTS, RELAY, type LocalKey } from "./local/keys.ts";
import type { Output } from "./output.ts";
import { serveHttp } from "./serve-http.ts";

export interface StackOptions {
  readonly output: Output;
  /** Of the page, REST and GraphQL; 0 takes any free one. */
  readonly port: number;
  /** Of the chain's RPC; 0 takes any free one. */
  readonly rpcPort: number;
  /** Holds everything, so that a later start goes on; without it all is gone at the end. */
  readonly dataDir?: string | undefined;
  /** Where the chain is saved at the end; default: in `dataDir`. */
  readonly chainState?: string | undefined;
  /** Accounts the page offers; their keys are no secret. */
  readonly offered?: readonly (LocalKey & { readonly role: string })[] | undefined;
  readonly logLevel?: LogLevel | undefined;
  readonly anchorSeconds?: number | undefined;
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
}

export interface Stack {
  readonly provider: JsonRpcProvider;
  readonly config: PublicConfig;
  readonly webUrl: string;
  readonly apiUrl: string;
  /** True when an earlier start's chain was found in `dataDir`. */
  readonly resumed: boolean;
  /** Resolves if the chain's process ends before it is told to. */
  readonly chainEnded: Promise<void>;
  stop(): Promise<readonly ShutdownFailure[]>;
}

const HOST = "127.0.0.1";
/** Enough for the bonds of every task a local chain will see. */
const OPERATOR_STAKE = 10n ** 9n * 10n ** 18n;

export async function startStack(options: StackOptions): Promise<Stack> {
  const { output, signal, logLevel = "warn", anchorSeconds = 30 } = options;
  const shutdown = createShutdown();
  try {
    // Before anything is started: a chain is not for nothing.
    if (options.port !== 0) await refuseTakenPort(options.port);
    const folder = await openFolder(options.dataDir);
    if (options.dataDir === undefined) {
      shutdown.add("folder", () => rm(folder, { recursive: true, force: true }));
    }
    const stateFile = options.chainState ?? join(folder, "chain.json");
    const isSaved = await exists(stateFile);
    const anvil = await startAnvil({
      port: options.rpcPort,
      blockSeconds: 1,
      ...(options.dataDir === undefined && options.chainState === undefined
        ? {}
        : { stateFile, stateSeconds: 60 }),
    });
    shutdown.add("chain", () => anvil.stop());
    signal?.throwIfAborted();
    const provider = await openProvider(anvil.rpcUrl);
    shutdown.add("provider", () => provider.destroy());
    // Opening the database takes as long as deploying: side by side. Closed whichever of the two fails.
    const opening = openDatabase(
      options.dataDir === undefined ? {} : { dataDir: join(folder, "database") },
    );
    shutdown.add("database", async () => (await opening.catch(() => undefined))?.close());

    const addressFile = join(folder, "feedback-tasks.txt");
    const provenanceFile = join(folder, "provenance-registry.txt");
    const resumed = isSaved && (await exists(addressFile));
    output.say(resumed ? "going on with the saved chain" : "deploying the contracts");
    const { feedbackTasks, provenanceRegistry } = resumed
      ? {
          feedbackTasks: (await readFile(addressFile, "utf8")).trim(),
          // A chain of before there was one goes on without.
          provenanceRegistry: (await exists(provenanceFile))
            ? (await readFile(provenanceFile, "utf8")).trim()
            : undefined,
        }
      : await deployLocally(anvil.rpcUrl, { signal });
    if (!resumed) {
      if (provenanceRegistry !== undefined) await writeFile(provenanceFile, provenanceRegistry);
      await writeFile(addressFile, feedbackTasks);
    }
    const database = await opening;
    signal?.throwIfAborted();
    const deployment = await readDeployment(provider, feedbackTasks, provenanceRegistry);
    const { contracts, constants } = deployment;

    const port = options.port === 0 ? await freePort() : options.port;
    const webUrl = `http://${HOST}:${port}`;
    const publicConfig: PublicConfig = {
      chainId: Number(deployment.chainId),
      rpcUrl: anvil.rpcUrl,
      graphqlUrl: `${webUrl}/graphql`,
      contracts,
      operator: OPERATOR.address,
      receiptKey: RECEIPTS.address,
      localChain: true,
      ...(options.offered === undefined
        ? {}
        : {
            localAccounts: options.offered.map(({ address, privateKey, role }) => ({
              address,
              privateKey,
              role,
            })),
          }),
      anchorSeconds,
    };

    const logger = createLogger({ name: "scrutineer", level: logLevel });
    const blobs = openBlobs(join(folder, "blobs"));
    const indexer = startIndexer(
      { rpcUrl: anvil.rpcUrl, ...contracts, pollMs: 100 },
      { database, blobs, logger: logger.child({ part: "indexer" }) },
    );
    shutdown.add("indexer", () => indexer.stop());
    if (!resumed) {
      await joinAll(provider, contracts, [
        { privateKey: OPERATOR.privateKey, role: "Operator", stakeUnits: OPERATOR_STAKE },
      ]);
    }
    await fund(provider, contracts, RELAY.privateKey, 0n);
    const operator = await startOperator(
      {
        rpcUrl: anvil.rpcUrl,
        feedbackTasks: contracts.feedbackTasks,
        relayKey: RELAY.privateKey,
        operator: OPERATOR.address,
        anchorSeconds,
        roundMilliseconds: 250,
        window: 16,
        stuckAfterBlocks: 5n,
        // Whoever judges on the page presses the button there.
        leftToOwners: (options.offered ?? []).map(({ address }) => address),
      },
      { database, blobs, log: logger.child({ part: "operator" }) },
    );
    shutdown.add("operator", () => operator.stop());
    const http = await serveHttp(
      {
        database,
        blobs,
        releaseFolder: join(folder, "releases"),
        rpcUrl: anvil.rpcUrl,
        publicConfig,
        constants,
        operatorKey: OPERATOR.privateKey,
        receiptKey: RECEIPTS.privateKey,
        logger: logger.child({ part: "api" }),
      },
      HOST,
      port,
    );
    shutdown.add("http", () => http.stop());
    return {
      provider,
      config: publicConfig,
      webUrl,
      apiUrl: `${webUrl}/api`,
      resumed,
      chainEnded: anvil.ended,
      stop: () => shutdown.close("told to end"),
    };
  } catch (error) {
    await shutdown.close("it did not start");
    throw error;
  }
}

async function openFolder(dataDir: string | undefined): Promise<string> {
  if (dataDir === undefined) return mkdtemp(join(tmpdir(), "scrutineer-up-"));
  await mkdir(dataDir, { recursive: true });
  return dataDir;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
