/**
 * From the checkpoint to the head, one step after another; backfill and live are the same code.
 *
 *     lagging     the RPC's head is behind ours, on the same chain: wait
 *     idle        its head is our checkpoint
 *     advanced    it goes on from our checkpoint: a stretch of blocks was indexed
 *     rolledBack  a block of ours is not on its chain: undone to the last one that is
 *
 * A missing or unlinked block is an RPC that lags or wavers, never a reorg; only a different hash at a height of ours is.
 */
import { ScrutineerError } from "../protocol/errors.ts";
import { ZERO_HASH, type Address, type Hash } from "../protocol/words.ts";
import {
  findBlockHash,
  findCheckpoint,
  findHeadersDown,
  insertCheckpoint,
  lockCheckpoint,
  noteChainHead,
  noteHeld,
  rollBackTo,
  type Held,
} from "../store/chain-writes.ts";
import type { Database } from "../store/database.ts";
import type { Checkpoint } from "../store/schema/chain.ts";
import type { ChainHeader, ChainSource } from "./chain-source.ts";
import type { Contracts } from "./decode-log.ts";
import { fetchBlocks } from "./fetch-blocks.ts";
import { indexBlocks, withoutBloom } from "./index-blocks.ts";

export interface FollowConfig {
  readonly contracts: Contracts;
  /** First block to look at: the deployment's, or 0. */
  readonly startBlock: bigint;
  /** Blocks below `head - reorgDepth` are taken for final. */
  readonly reorgDepth: bigint;
  /** Blocks a step at most. */
  readonly maxStretch: bigint;
}

export type Step =
  | { readonly kind: "lagging" | "idle" }
  | {
      readonly kind: "advanced";
      readonly from: bigint;
      readonly to: bigint;
      readonly events: number;
      readonly behind: bigint;
    }
  | { readonly kind: "rolledBack"; readonly to: bigint; readonly blocks: bigint };

/** Finds the checkpoint, or sets it to just before the first block; refuses another chain or other contracts. */
export async function findOrStartCheckpoint(
  db: Database,
  source: ChainSource,
  config: FollowConfig,
): Promise<Checkpoint> {
  const chainId = await source.chainId();
  const found = await findCheckpoint(db);
  if (found !== undefined) {
    refuseForeign(found, chainId, config.contracts);
    return found;
  }
  const before = config.startBlock - 1n;
  const [header] = before < 0n ? [] : await source.headers([before]);
  if (before >= 0n && header === undefined) {
    throw new ScrutineerError("not-ready", `the chain has not reached block ${before} yet`, {});
  }
  await insertCheckpoint(
    db,
    {
      chainId,
      stakeRegistry: config.contracts.stakeRegistry,
      feedbackTasks: config.contracts.feedbackTasks,
      provenanceRegistry: config.contracts.provenanceRegistry ?? null,
      startBlock: config.startBlock,
      blockNumber: before,
      blockHash: header?.hash ?? ZERO_HASH,
      blockTimestamp: header?.timestamp ?? 0n,
      chainHead: before,
    },
    header && withoutBloom(header),
  );
  const started = await findCheckpoint(db);
  if (started === undefined) throw new ScrutineerError("internal", "the checkpoint did not stay");
  return started;
}

function refuseForeign(found: Checkpoint, chainId: bigint, contracts: Contracts): void {
  if (
    found.chainId === chainId &&
    found.stakeRegistry === contracts.stakeRegistry &&
    found.feedbackTasks === contracts.feedbackTasks &&
    found.provenanceRegistry === (contracts.provenanceRegistry ?? null)
  ) {
    return;
  }
  throw new ScrutineerError(
    "chain-mismatch",
    `this database is the index of ${namesOf(found)} on chain ${found.chainId}, ` +
      `not of ${namesOf(contracts)} on chain ${chainId}; start with an empty one`,
    { chainId: found.chainId.toString(), feedbackTasks: found.feedbackTasks },
  );
}

function namesOf(contracts: {
  readonly feedbackTasks: Address;
  readonly provenanceRegistry?: Address | null | undefined;
}): string {
  const { feedbackTasks, provenanceRegistry } = contracts;
  return provenanceRegistry ? `${feedbackTasks} with ${provenanceRegistry}` : feedbackTasks;
}

/** One step. Throws `not-ready` and `chain-unreachable` for what may be better in a moment. */
export async function followOnce(
  db: Database,
  source: ChainSource,
  config: FollowConfig,
): Promise<Step> {
  const checkpoint = await findOrStartCheckpoint(db, source, config);
  const head = await source.head();
  if (head.number !== checkpoint.chainHead && head.number <= checkpoint.blockNumber) {
    await noteChainHead(db, head.number, null);
  }
  if (head.number < checkpoint.blockNumber) {
    const ours = await findBlockHash(db, head.number);
    if (ours === undefined || ours === head.hash) return { kind: "lagging" };
    return rollBack(db, source, checkpoint, head);
  }
  if (head.number === checkpoint.blockNumber) {
    if (head.hash === checkpoint.blockHash) {
      if (checkpoint.tasksHeldUnits === null) {
        const held = await heldAt(source, config.contracts, head.hash);
        if (held !== undefined) await noteHeld(db, head.hash, held);
      }
      return { kind: "idle" };
    }
    return rollBack(db, source, checkpoint, head);
  }
  if (!(await stillOurs(source, checkpoint))) return rollBack(db, source, checkpoint, head);
  return advance(db, source, config, checkpoint, head);
}

/** Whether the checkpoint's block is (still) the chain's at its height. */
async function stillOurs(source: ChainSource, checkpoint: Checkpoint): Promise<boolean> {
  if (checkpoint.blockNumber < 0n) return true;
  const [there] = await source.headers([checkpoint.blockNumber]);
  if (there === undefined) {
    throw new ScrutineerError("not-ready", `block ${checkpoint.blockNumber} is not there`, {});
  }
  return there.hash === checkpoint.blockHash;
}

async function advance(
  db: Database,
  source: ChainSource,
  config: FollowConfig,
  checkpoint: Checkpoint,
  head: ChainHeader,
): Promise<Step> {
  const from = checkpoint.blockNumber + 1n;
  const finalBelow = head.number - config.reorgDepth;
  // A stretch lies wholly below or wholly within what a reorg may reach.
  const everyHeader = from >= finalBelow;
  const end = everyHeader ? head.number : finalBelow - 1n;
  const to = min(end, from + config.maxStretch - 1n);
  const { stakeRegistry, feedbackTasks, provenanceRegistry } = config.contracts;
  const addresses = [stakeRegistry, feedbackTasks, provenanceRegistry ?? []].flat();
  const blocks = await fetchBlocks(source, addresses, { from, to, everyHeader });
  const first = blocks[0]?.header;
  if (first === undefined || (from > 0n && first.parentHash !== checkpoint.blockHash)) {
    throw new ScrutineerError("not-ready", `block ${from} is no child of our block ${from - 1n}`);
  }
  const last = blocks.at(-1)?.header;
  const held =
    last?.number === head.number ? await heldAt(source, config.contracts, last.hash) : undefined;
  const events = await indexBlocks(db, config.contracts, {
    blocks,
    held,
    after: checkpoint.blockHash,
    chainHead: head.number,
    finalBelow,
  });
  return { kind: "advanced", from, to, events, behind: head.number - to };
}

/** Asked of the head alone, whose state every node has; a node that cannot tell stops nothing, and is asked again. */
async function heldAt(
  source: ChainSource,
  { stakeRegistry, feedbackTasks }: Contracts,
  blockHash: Hash,
): Promise<Held | undefined> {
  return source.held?.(stakeRegistry, feedbackTasks, blockHash).catch(() => undefined);
}

const HEADERS_A_LOOK = 64;

/** Back to the newest block of ours that the chain still has. */
async function rollBack(
  db: Database,
  source: ChainSource,
  checkpoint: Checkpoint,
  head: ChainHeader,
): Promise<Step> {
  let below = min(checkpoint.blockNumber, head.number);
  for (;;) {
    const ours = await findHeadersDown(db, below, HEADERS_A_LOOK);
    if (ours.length === 0) {
      throw new ScrutineerError(
        "reorg-too-deep",
        "no block that this database knows is on this chain: another chain, or a reorg beyond " +
          "what is kept; start with an empty database",
        { blockNumber: checkpoint.blockNumber.toString(), blockHash: checkpoint.blockHash },
      );
    }
    const theirs = await source.headers(ours.map(({ number }) => number));
    if (theirs.includes(undefined)) {
      throw new ScrutineerError("not-ready", "the chain's RPC has lost blocks it had", {});
    }
    const common = ours.find(({ hash }, i) => theirs[i]?.hash === hash);
    if (common !== undefined) {
      await db.transaction(async (tx) => {
        const locked = await lockCheckpoint(tx);
        if (locked?.blockHash !== checkpoint.blockHash) {
          throw new ScrutineerError("not-leader", "another indexer has moved the checkpoint", {});
        }
        await rollBackTo(tx, common, head.number);
      });
      return {
        kind: "rolledBack",
        to: common.number,
        blocks: checkpoint.blockNumber - common.number,
      };
    }
    below = (ours.at(-1)?.number ?? 0n) - 1n;
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
