/** What services share: the dependencies, and what is kept in memory between requests. Losing it costs time alone. */
import type { MerkleTree } from "../protocol/merkle-tree.ts";
import type { SigningDomain } from "../protocol/typed-data.ts";
import { signingDomain } from "../protocol/typed-data.ts";
import { toAddress } from "../protocol/words.ts";
import type { Hash } from "../protocol/words.ts";
import { createChainClock } from "./chain-clock.ts";
import type { ChainClock } from "./chain-clock.ts";
import type { ApiDeps, Limits } from "./deps.ts";
import { defaultLimits } from "./deps.ts";
import type { KnownTask } from "./known-task.ts";
import { createMetrics } from "./metrics.ts";
import type { Metrics } from "./metrics.ts";
import { Recent } from "./recent.ts";

export interface Api {
  readonly deps: ApiDeps;
  readonly limits: Limits;
  readonly clock: ChainClock;
  readonly metrics: Metrics;
  /** Of ballots, receipts and acceptances. */
  readonly tasksDomain: SigningDomain;
  /** Of sessions. */
  readonly registryDomain: SigningDomain;
  readonly knownTasks: Recent<Hash, KnownTask>;
  /** Entries of the newest ballots by digest, so that a growing ballot is checked by what it adds. */
  readonly newestEntries: Recent<Hash, Uint8Array>;
  /** Anchors' trees by their id in the store. */
  readonly anchorTrees: Recent<number, MerkleTree>;
  /** Releases being built, by what they are made of. */
  readonly releasesUnderWay: Map<string, Promise<string>>;
}

export function createApi(given: ApiDeps): Api {
  const { chainId } = given.publicConfig;
  const { token, stakeRegistry, feedbackTasks, provenanceRegistry } = given.publicConfig.contracts;
  const contracts = {
    token: toAddress(token),
    stakeRegistry: toAddress(stakeRegistry),
    feedbackTasks: toAddress(feedbackTasks),
    ...(provenanceRegistry === undefined
      ? {}
      : { provenanceRegistry: toAddress(provenanceRegistry) }),
  };
  const deps = { ...given, publicConfig: { ...given.publicConfig, contracts } };
  return {
    deps,
    limits: { ...defaultLimits, ...deps.limits },
    clock: createChainClock(deps.now),
    metrics: createMetrics(),
    tasksDomain: signingDomain(BigInt(chainId), contracts.feedbackTasks),
    registryDomain: signingDomain(BigInt(chainId), contracts.stakeRegistry),
    knownTasks: new Recent(256),
    newestEntries: new Recent(4_096),
    anchorTrees: new Recent(64),
    releasesUnderWay: new Map(),
  };
}
