/** Everything the api is given: it opens nothing, reads no environment and no clock of its own. */
import type { RequestHandler } from "express";
import type { DrawingRule } from "../protocol/admission.ts";
import type { DeploymentConstants } from "../protocol/terms.ts";
import type { Address, Hash, Hex, Role } from "../protocol/words.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Blobs } from "../store/blobs.ts";
import type { Database } from "../store/database.ts";
import type { PublicConfig } from "./schemas/config.ts";

export interface ApiDeps {
  readonly db: Database;
  readonly blobs: Blobs;
  readonly logger: Logger;
  /** Seconds since 1970 by this machine. Chain time is derived from it and the newest block. */
  readonly now: () => bigint;
  readonly random: (bytes: number) => Uint8Array;

  /** Served as it is at /api/config; chain and contracts are taken from here too. */
  readonly publicConfig: PublicConfig;
  readonly constants: DeploymentConstants;
  readonly signers: Signers;
  /** Whether an account that is a contract stands by a signature (ERC-1271); without it only keys' own signatures count. */
  readonly approves?: (account: Address, digest: Hash, signature: Hex) => Promise<boolean>;
  /** Takes tasks whose golds the requester keeps to itself, to open them or not. */
  readonly acceptsUnseenGold?: boolean | undefined;

  /** Where releases lie, each in a folder of its id. */
  readonly releaseFolder: string;
  /** The data of a transaction; undefined where the node does not have it. */
  readonly readCalldata: (transaction: Hash) => Promise<Hex | undefined>;
  /** Draws an admission list from the chain; where there is no node to ask, lists are taken as they are given. */
  readonly drawAdmission?: (rule: DrawingRule, role: Role) => Promise<readonly Address[]>;

  /** The built page; without it only the interface is served. */
  readonly webFolder?: string | undefined;
  /** Beside the routes of this folder, for example GraphQL. */
  readonly mounts?: readonly { readonly path: string; readonly handler: RequestHandler }[];
  readonly limits?: Partial<Limits> | undefined;
}

/** Keys stay with whoever wires the process. Digests in, 65-byte signatures out. */
export interface Signers {
  readonly operator: Address;
  readonly receiptKey: Address;
  readonly signAcceptance: (digest: Hash) => Hex;
  readonly signReceipt: (digest: Hash) => Hex;
  readonly recoverAddress: (digest: Hash, signature: Hex) => Address | undefined;
}

export interface Limits {
  /** For each address of the network; 0: no limit. */
  readonly requestsPerMinute: number;
  readonly signInsPerMinute: number;
  readonly jsonBytes: number;
  readonly uploadBytes: number;
  /** How long an item is kept for who claimed it. */
  readonly leaseSeconds: number;
  readonly signInSeconds: number;
  /** What the operator wants for each judgment at least. */
  readonly leastOperatorFee: bigint;
}

export const defaultLimits: Limits = {
  requestsPerMinute: 60_000,
  signInsPerMinute: 600,
  jsonBytes: 2_000_000,
  uploadBytes: 4_000_000_000,
  leaseSeconds: 900,
  signInSeconds: 43_200,
  leastOperatorFee: 0n,
};
