/** What the intake benchmark posts, and the service it posts to: a replay task in a store of its own, no chain. */
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { computeAddress } from "ethers";
import { startApi } from "../api/main.ts";
import type { Opening } from "../protocol/ballot.ts";
import { encodeEntries } from "../protocol/ballot.ts";
import { commitmentOf, deriveSalt } from "../protocol/commitment.ts";
import { canonicalBytes, itemsTree } from "../protocol/item.ts";
import { admissionTree, manifestHash } from "../protocol/manifest.ts";
import type { Manifest } from "../protocol/manifest.ts";
import { drawOf } from "../protocol/pool.ts";
import type { Terms } from "../protocol/terms.ts";
import { escrowUnits } from "../protocol/terms.ts";
import { ballotDigest, signingDomain } from "../protocol/typed-data.ts";
import type { Address, Hash, Hex, Role } from "../protocol/words.ts";
import { ZERO_HASH } from "../protocol/words.ts";
import { silentLogger } from "../runtime/logger.ts";
import { signDigest } from "../runtime/signatures.ts";
import { openBlobs } from "../store/blobs.ts";
import { openDatabase } from "../store/database.ts";
import { checkpoints, seatChanges, tasks, validators } from "../store/schema/chain.ts";

export interface LoadShape {
  readonly items: number;
  readonly people: number;
  /** Judgments of each person; one AI judges every item. */
  readonly each: number;
}

export interface Posting {
  readonly ballot: { validator: Address; version: number; judgments: number; commitment: Hash };
  readonly signature: Hex;
  readonly opening: Opening;
}

export interface Load {
  readonly taskId: Hash;
  readonly terms: Terms;
  readonly manifest: Manifest;
  readonly seed: Hash;
  readonly validators: readonly LoadValidator[];
}

export interface LoadValidator {
  readonly address: Address;
  readonly role: Role;
  /** Signed beforehand: only the service's work is measured. */
  postings(): readonly Posting[];
}

const CHAIN_ID = 31337;
const contracts = {
  token: `0x${"a0".repeat(20)}`,
  stakeRegistry: `0x${"a1".repeat(20)}`,
  feedbackTasks: `0x${"a2".repeat(20)}`,
};
const domain = signingDomain(BigInt(CHAIN_ID), contracts.feedbackTasks);
const TOKEN = 10n ** 18n;
const now = BigInt(Math.floor(Date.now() / 1000));
const receiptPrivateKey = hashOf("receipt key");

export async function makeLoad(shape: LoadShape): Promise<Load> {
  const keys = Array.from({ length: shape.people + 1 }, (_, i) => hashOf(`validator ${i}`));
  const addresses = keys.map((key) => computeAddress(key).toLowerCase());
  const people = addresses.slice(1);
  const items = Array.from({ length: shape.items }, (_, i) => ({
    prompt: hashOf(`prompt ${i}`),
    outputA: hashOf(`a ${i}`),
    outputB: hashOf(`b ${i}`),
  }));
  const admission = {
    human: { rule: "list" as const, validators: people },
    ai: { rule: "list" as const, validators: addresses.slice(0, 1) },
  };
  const manifest: Manifest = {
    format: "scrutineer-manifest/1",
    title: "intake",
    itemCount: items.length,
    itemsRoot: itemsTree(items).root,
    items,
    admission,
    guideline: { version: "1", text: "" },
    replay: true,
    identical: 0,
    empty: 0,
    annexHash: ZERO_HASH,
  };
  const terms: Terms = {
    operator: computeAddress(hashOf("operator")).toLowerCase(),
    operatorBond: TOKEN,
    receiptKey: computeAddress(receiptPrivateKey).toLowerCase(),
    itemsRoot: manifest.itemsRoot,
    itemCount: items.length,
    manifestHash: manifestHash(manifest),
    goldHash: ZERO_HASH,
    humanAdmissionRoot: admissionTree(admission.human)?.root ?? ZERO_HASH,
    humanSeats: people.length,
    aiAdmissionRoot: admissionTree(admission.ai)?.root ?? ZERO_HASH,
    aiSeats: 1,
    humanVotes: 2,
    aiVotes: 1,
    humanPrice: 1_000n,
    aiPrice: 100n,
    operatorFee: 0n,
    fullPayScore: 250_000,
    breakEven: 50_000,
    maxPenalty: 500_000,
    minJudgments: 40,
    conditionOnAi: false,
    // Every ticket open.
    oversubscription: Math.max(5, shape.people) * 1_000_000,
    aiClosesAt: now + 80_000n,
    closesAt: now + 80_000n,
    commitEndsAt: now + 80_100n,
    revealEndsAt: now + 80_200n,
  };
  const taskId = hashOf(`task of ${JSON.stringify(shape)}`);
  return {
    taskId,
    terms,
    manifest,
    seed: hashOf("seed"),
    validators: addresses.map((address, i) => {
      const count = i === 0 ? shape.items : Math.min(shape.each, shape.items);
      const signed = growBallot(taskId, keys[i] as Hash, address, shape.items, count, i);
      return { address, role: i === 0 ? "Ai" : "Human", postings: () => signed };
    }),
  };
}

/** One version a judgment, items in a scattered order. */
function growBallot(
  taskId: Hash,
  privateKey: Hash,
  validator: Address,
  itemCount: number,
  count: number,
  offset: number,
): Posting[] {
  const step = 7919;
  const judged: number[] = [];
  const postings: Posting[] = [];
  for (let n = 0, item = offset % itemCount; judged.length < count; n++) {
    if (n > 0) item = (item + step) % itemCount;
    if (judged.includes(item)) item = (item + 1) % itemCount;
    if (judged.includes(item)) continue;
    judged.push(item);
    judged.sort((a, b) => a - b);
    const version = judged.length;
    const opening: Opening = {
      entries: encodeEntries(judged.map((itemIndex) => ({ itemIndex, verdict: 0 }))),
      salt: deriveSalt(privateKey, taskId, version),
      notesHash: ZERO_HASH,
    };
    const slot = {
      chainId: BigInt(CHAIN_ID),
      tasks: contracts.feedbackTasks,
      taskId,
      validator,
      version,
    };
    const ballot = {
      taskId,
      validator,
      version,
      judgments: version,
      commitment: commitmentOf(slot, opening),
    };
    const signature = signDigest(ballotDigest(domain, ballot), privateKey);
    const { commitment, judgments } = ballot;
    postings.push({ ballot: { validator, version, judgments, commitment }, signature, opening });
  }
  return postings;
}

/** The api over an embedded database that holds the load's task and seats. */
export async function openIntake(
  folder: string,
  load: Load,
  recoverAddress: (digest: Hash, signature: Hex) => Address | undefined,
): Promise<{ url: string; close(): Promise<void> }> {
  const database = await openDatabase({ dataDir: join(folder, "database") });
  const blobs = openBlobs(join(folder, "blobs"));
  await blobs.put(canonicalBytes(load.manifest));
  await seedChainTables(database.db, load);
  const api = await startApi(
    {
      db: database.db,
      blobs,
      logger: silentLogger(),
      now: () => BigInt(Math.floor(Date.now() / 1000)),
      random: (bytes) => randomBytes(bytes),
      publicConfig: {
        chainId: CHAIN_ID,
        rpcUrl: "http://127.0.0.1:8545",
        graphqlUrl: "http://127.0.0.1:4000/graphql",
        contracts,
        operator: load.terms.operator,
        receiptKey: load.terms.receiptKey,
        localChain: true,
        anchorSeconds: 30,
      },
      constants: {
        minStake: 100n * TOKEN,
        unbonding: 86_400n,
        seedDelay: 2n,
        minPool: 40,
        minCommit: 5n,
        minReveal: 10n,
        claimWindow: 60n,
      },
      signers: {
        operator: load.terms.operator,
        receiptKey: load.terms.receiptKey,
        signAcceptance: (digest) => signDigest(digest, hashOf("operator")),
        signReceipt: (digest) => signDigest(digest, receiptPrivateKey),
        recoverAddress,
      },
      releaseFolder: join(folder, "releases"),
      readCalldata: () => Promise.resolve(undefined),
    },
    "127.0.0.1",
    0,
  );
  return {
    url: api.url,
    async close() {
      await api.stop();
      await database.close();
    },
  };
}

async function seedChainTables(
  db: Awaited<ReturnType<typeof openDatabase>>["db"],
  load: Load,
): Promise<void> {
  const { taskId, terms, seed } = load;
  const fact = (logIndex: number) => ({
    blockNumber: 1n,
    blockHash: ZERO_HASH,
    blockTimestamp: now,
    txHash: ZERO_HASH,
    logIndex,
  });
  await db.insert(checkpoints).values({
    id: "chain",
    chainId: BigInt(CHAIN_ID),
    stakeRegistry: contracts.stakeRegistry,
    feedbackTasks: contracts.feedbackTasks,
    startBlock: 0n,
    blockNumber: 10n,
    blockHash: ZERO_HASH,
    blockTimestamp: now,
    chainHead: 10n,
    error: null,
  });
  await db.insert(validators).values(
    load.validators.map(({ address, role }, i) => ({
      validator: address,
      role,
      profileHash: ZERO_HASH,
      stakedUnits: 1_000n * TOKEN,
      lockedUnits: 0n,
      active: true,
      seatFromBlock: 2n,
      exitableAt: null,
      ...fact(2 * i),
    })),
  );
  await db.insert(seatChanges).values(
    load.validators.map(({ address, role }, i) => ({
      validator: address,
      role,
      active: true,
      fromBlock: 2n,
      ...fact(2 * i + 1),
    })),
  );
  const human = drawOf(terms, "Human", terms.humanSeats, 40);
  const ai = drawOf(terms, "Ai", 1, 40);
  await db.insert(tasks).values({
    taskId,
    requester: terms.operator,
    nonce: 0n,
    escrowUnits: escrowUnits(terms),
    snapshotBlock: 5n,
    seedBlock: 7n,
    ...terms,
    replay: true,
    opened: true,
    seed,
    humanDrawSeats: human.seats,
    humanDrawPool: human.pool,
    humanDrawNeed: human.need,
    humanDrawThreshold: human.threshold,
    aiDrawSeats: ai.seats,
    aiDrawPool: ai.pool,
    aiDrawNeed: ai.need,
    aiDrawThreshold: ai.threshold,
    createdAt: now,
    createdBlock: 5n,
    createdBlockHash: ZERO_HASH,
    createdLogIndex: 0,
    createdTx: ZERO_HASH,
  });
}

function hashOf(text: string): Hash {
  return `0x${createHash("sha256").update(text).digest("hex")}`;
}
