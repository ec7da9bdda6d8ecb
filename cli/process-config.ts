/**
 * The environment of `serve`: where chain, contracts, database and content are. The processes of one service share these;
 * what each needs beside them stands with it.
 */
import { join } from "node:path";
import { z } from "zod";
import { readEnv } from "../runtime/env.ts";

type Env = Readonly<Record<string, string | undefined>>;

export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "an address: 0x and 40 hex digits")
  .transform((text) => text.toLowerCase());
export const privateKey = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "a private key: 0x and 64 hex digits")
  .transform((text) => text.toLowerCase());

const commonEnv = z.object({
  RPC_URL: z.url().default("http://127.0.0.1:8545"),
  FEEDBACK_TASKS: address,
  PROVENANCE_REGISTRY: address.optional(),
  DATABASE_URL: z.string().optional(),
  DATA_DIR: z.string().default(".scrutineer"),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  HOST: z.string().default("127.0.0.1"),
});

export interface ProcessConfig {
  readonly rpcUrl: string;
  readonly feedbackTasks: string;
  /** Without it lineage is not indexed. */
  readonly provenanceRegistry: string | undefined;
  /** A PostgreSQL server; without it an embedded database that belongs to one process. */
  readonly databaseUrl: string | undefined;
  readonly databaseFolder: string;
  readonly blobFolder: string;
  readonly releaseFolder: string;
  readonly logLevel: z.output<typeof commonEnv>["LOG_LEVEL"];
  readonly host: string;
}

export function readProcessConfig(env: Env): ProcessConfig {
  const read = readEnv(commonEnv, env);
  return Object.freeze({
    rpcUrl: read.RPC_URL,
    feedbackTasks: read.FEEDBACK_TASKS,
    provenanceRegistry: read.PROVENANCE_REGISTRY,
    databaseUrl: read.DATABASE_URL,
    databaseFolder: join(read.DATA_DIR, "database"),
    blobFolder: join(read.DATA_DIR, "blobs"),
    releaseFolder: join(read.DATA_DIR, "releases"),
    logLevel: read.LOG_LEVEL,
    host: read.HOST,
  });
}

const indexerEnv = z.object({
  START_BLOCK: z.coerce.bigint().nonnegative().default(0n),
  INDEXER_POLL_MS: z.coerce.number().int().positive().default(300),
  REORG_DEPTH: z.coerce.bigint().positive().default(1_000n),
});

export interface IndexerEnv {
  readonly startBlock: bigint;
  readonly pollMs: number;
  readonly reorgDepth: bigint;
}

export function readIndexerEnv(env: Env): IndexerEnv {
  const read = readEnv(indexerEnv, env);
  return {
    startBlock: read.START_BLOCK,
    pollMs: read.INDEXER_POLL_MS,
    reorgDepth: read.REORG_DEPTH,
  };
}

const standbyEnv = z.object({
  STANDBY_INDEXER: z.enum(["true", "false"]).default("true"),
});

/** Whether the operator's process follows the chain when no indexer does. */
export function readStandbyEnv(env: Env): boolean {
  return readEnv(standbyEnv, env).STANDBY_INDEXER === "true";
}

const apiEnv = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  OPERATOR_KEY: privateKey,
  OPERATOR_ADDRESS: address.optional(),
  RECEIPT_KEY: privateKey,
  PUBLIC_RPC_URL: z.url().optional(),
  PUBLIC_GRAPHQL_URL: z.url().optional(),
  ANCHOR_SECONDS: z.coerce.number().positive().default(30),
  LOCAL_CHAIN: z.enum(["true", "false"]).default("false"),
  ACCEPT_UNSEEN_GOLD: z.enum(["true", "false"]).default("false"),
});

export interface ApiEnv {
  readonly port: number;
  readonly operatorKey: string;
  /** Whose acceptances the key signs: a contract that stands by them (ERC-1271); undefined: the key's own address. */
  readonly operator: string | undefined;
  readonly receiptKey: string;
  /** As the page reaches the chain; default: as this process does. */
  readonly publicRpcUrl: string | undefined;
  readonly publicGraphqlUrl: string | undefined;
  readonly anchorSeconds: number;
  readonly localChain: boolean;
  /** Takes tasks whose golds the requester keeps to itself. */
  readonly acceptsUnseenGold: boolean;
}

export function readApiEnv(env: Env): ApiEnv {
  const read = readEnv(apiEnv, env);
  return {
    port: read.PORT,
    operatorKey: read.OPERATOR_KEY,
    operator: read.OPERATOR_ADDRESS,
    receiptKey: read.RECEIPT_KEY,
    publicRpcUrl: read.PUBLIC_RPC_URL,
    publicGraphqlUrl: read.PUBLIC_GRAPHQL_URL,
    anchorSeconds: read.ANCHOR_SECONDS,
    localChain: read.LOCAL_CHAIN === "true",
    acceptsUnseenGold: read.ACCEPT_UNSEEN_GOLD === "true",
  };
}
