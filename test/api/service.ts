/** A service for tests: the real application on a port, a real database, and chain tables filled by hand. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { get } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { computeAddress } from "ethers";
import { SiweMessage } from "siwe";
import { Wallet } from "ethers";
import type { ApiDeps, Limits } from "../../api/deps.ts";
import { startApi } from "../../api/main.ts";
import type { ReceiptJson } from "../../api/schemas/ballots.ts";
import type { LeaseJson } from "../../api/schemas/leases.ts";
import type { UploadJson } from "../../api/schemas/uploads.ts";
import type { Entry, Opening } from "../../protocol/ballot.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import { commitmentOf, deriveSalt } from "../../protocol/commitment.ts";
import { drawOf } from "../../protocol/pool.ts";
import type { Terms } from "../../protocol/terms.ts";
import { escrowUnits, isReplay, leastBondUnits } from "../../protocol/terms.ts";
import { termsToJson } from "../../protocol/terms-json.ts";
import { ballotDigest, sessionDigest, signingDomain } from "../../protocol/typed-data.ts";
import type { Address, Hash, Hex, PresentedVerdict, StakeRole } from "../../protocol/words.ts";
import { PPM, ZERO_HASH } from "../../protocol/words.ts";
import { silentLogger } from "../../runtime/logger.ts";
import { recoverAddress, signDigest } from "../../runtime/signatures.ts";
import type { Blobs } from "../../store/blobs.ts";
import { openBlobs } from "../../store/blobs.ts";
import type { Database, OpenDatabase } from "../../store/database.ts";
import { openDatabase } from "../../store/database.ts";
import { emptyTables } from "../support/postgres.ts";
import { checkpoints, seatChanges, sessions, tasks, validators } from "../../store/schema/chain.ts";

export const TOKEN = 10n ** 18n;
export const START = 1_800_000_000n;

const CHAIN_ID = 31337;
const contracts = {
  token: `0x${"a0".repeat(20)}`,
  stakeRegistry: `0x${"a1".repeat(20)}`,
  feedbackTasks: `0x${"a2".repeat(20)}`,
};
const tasksDomain = signingDomain(BigInt(CHAIN_ID), contracts.feedbackTasks);
const registryDomain = signingDomain(BigInt(CHAIN_ID), contracts.stakeRegistry);

export interface Key {
  readonly privateKey: Hash;
  readonly address: Address;
}

/** The same key for the same name. */
export function keyOf(name: string): Key {
  const privateKey: Hash = `0x${createHash("sha256").update(`key of ${name}`).digest("hex")}`;
  return { privateKey, address: computeAddress(privateKey).toLowerCase() };
}

export const operator = keyOf("operator");
export const receiptKey = keyOf("receipts");
export const requester = keyOf("requester");

export interface Service {
  readonly url: string;
  readonly db: Database;
  readonly blobs: Blobs;
  readonly folder: string;
  /** This machine's clock, in seconds. */
  readonly clock: { now: bigint };
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly database?: OpenDatabase;
  readonly limits?: Partial<Limits>;
  readonly webFolder?: string;
  readonly acceptsUnseenGold?: boolean;
  readonly drawAdmission?: ApiDeps["drawAdmission"];
  readonly approves?: ApiDeps["approves"];
  /** Content kept by an earlier service. */
  readonly blobs?: Blobs;
  /** A service beside another on the same database leaves the chain tables alone. */
  readonly seed?: false;
}

let services = 0;

export async function openService(options: ServiceOptions = {}): Promise<Service> {
  const database = options.database ?? (await sharedDatabase());
  const folder = await mkdtemp(join(tmpdir(), "scrutineer-api-"));
  const blobs = options.blobs ?? openBlobs(join(folder, "blobs"));
  const clock = { now: START };
  const serviceNumber = services++;
  let random = 0;
  const deps: ApiDeps = {
    db: database.db,
    blobs,
    logger: silentLogger(),
    now: () => clock.now,
    random: (bytes) =>
      createHash("sha512").update(`${serviceNumber} ${random++}`).digest().subarray(0, bytes),
    publicConfig: {
      chainId: CHAIN_ID,
      rpcUrl: "http://127.0.0.1:8545",
      graphqlUrl: "http://127.0.0.1:4000/graphql",
      contracts,
      operator: operator.address,
      receiptKey: receiptKey.address,
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
      operator: operator.address,
      receiptKey: receiptKey.address,
      signAcceptance: (digest) => signDigest(digest, operator.privateKey),
      signReceipt: (digest) => signDigest(digest, receiptKey.privateKey),
      recoverAddress,
    },
    releaseFolder: join(folder, "releases"),
    readCalldata: () => Promise.resolve(undefined),
    webFolder: options.webFolder,
    acceptsUnseenGold: options.acceptsUnseenGold,
    ...(options.approves === undefined ? {} : { approves: options.approves }),
    ...(options.drawAdmission === undefined ? {} : { drawAdmission: options.drawAdmission }),
    limits: options.limits,
  };
  if (options.seed !== false) {
    await database.db.insert(checkpoints).values({
      id: "chain",
      chainId: BigInt(CHAIN_ID),
      stakeRegistry: contracts.stakeRegistry,
      feedbackTasks: contracts.feedbackTasks,
      startBlock: 0n,
      blockNumber: 100n,
      blockHash: hashOf("block 100"),
      blockTimestamp: START,
      chainHead: 100n,
      error: null,
    });
    await join_(database.db, operator.address, "Operator", 1_000_000n * TOKEN);
  }
  const api = await startApi(deps, "127.0.0.1", 0);
  return {
    url: api.url,
    db: database.db,
    blobs,
    folder,
    clock,
    async close() {
      await api.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

let shared: Promise<OpenDatabase> | undefined;
/** One embedded database for all tests, emptied for each: opening one takes seconds. */
async function sharedDatabase(): Promise<OpenDatabase> {
  shared ??= openDatabase();
  const database = await shared;
  await emptyTables(database);
  return database;
}

/** A GET with just these headers: fetch adds some of its own to conditional requests. */
export async function plainGet(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    }).on("error", reject);
  });
}

export function hashOf(text: string): Hash {
  return `0x${createHash("sha256").update(text).digest("hex")}`;
}

let logIndex = 0;
/** Where a fact was stated; each at a place of its own. */
export function factAt(blockNumber = 10n): {
  blockNumber: bigint;
  blockHash: Hash;
  blockTimestamp: bigint;
  txHash: Hash;
  logIndex: number;
} {
  return {
    blockNumber,
    blockHash: hashOf(`block ${blockNumber}`),
    blockTimestamp: START,
    txHash: hashOf(`transaction ${logIndex}`),
    logIndex: logIndex++,
  };
}

/** A seat from block 11 on, unless another is named. */
async function join_(
  db: Database,
  validator: Address,
  role: StakeRole,
  stakedUnits: bigint,
  fromBlock = 11n,
): Promise<void> {
  const fact = factAt();
  await db.insert(validators).values({
    validator,
    role,
    profileHash: hashOf("profile"),
    stakedUnits,
    lockedUnits: 0n,
    active: true,
    seatFromBlock: fromBlock,
    exitableAt: null,
    ...fact,
  });
  await db.insert(seatChanges).values({ validator, role, active: true, fromBlock, ...factAt() });
}
export { join_ as join };

/** `count` people with seats. */
export async function seatPeople(service: Service, count: number, name = "person"): Promise<Key[]> {
  const keys = Array.from({ length: count }, (_, i) => keyOf(`${name} ${i}`));
  for (const { address } of keys) await join_(service.db, address, "Human", 1_000n * TOKEN);
  return keys;
}

/** What a refusal says; a test reads what its refusal must have. */
export interface Refusal {
  readonly type: string;
  readonly code: string;
  readonly detail: string;
  readonly term: string;
  readonly faults: readonly { readonly term: string }[];
  readonly badRows: number;
  readonly goodRows: number;
  readonly rows: readonly UploadJson["skipped"][number][];
}

/** Good or not: which it is, the status says. */
export interface Answer<Body> {
  readonly status: number;
  readonly body: Body & Refusal;
  readonly headers: Headers;
}

export async function call<Body = unknown>(
  service: Pick<Service, "url">,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<Answer<Body>> {
  const response = await fetch(`${service.url}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return {
    status: response.status,
    body: (isJson ? JSON.parse(text) : text) as Body & Refusal,
    headers: response.headers,
  };
}

export async function upload(
  service: Pick<Service, "url">,
  body: string | Uint8Array,
  query: Record<string, string> = {},
): Promise<Answer<UploadJson>> {
  const response = await fetch(`${service.url}/api/uploads?${new URLSearchParams(query)}`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: body as never,
  });
  return {
    status: response.status,
    body: (await response.json()) as UploadJson & Refusal,
    headers: response.headers,
  };
}

export function pairRows(count: number): string {
  return Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      prompt: `Question ${i}?`,
      responses: [`Answer ${i} of one`, `Answer ${i} of the other`],
      model_a: "one",
      model_b: "other",
      category: "test",
      language: "en",
    }),
  ).join("\n");
}

export interface SeededTask {
  readonly taskId: Hash;
  readonly terms: Terms;
  readonly upload: UploadJson;
}

/** Terms that the operator accepts for an uploaded part. */
export function termsFor(part: UploadJson["parts"][number], change: Partial<Terms> = {}): Terms {
  const terms: Terms = {
    operator: operator.address,
    operatorBond: 0n,
    receiptKey: receiptKey.address,
    itemsRoot: part.itemsRoot,
    itemCount: part.itemCount,
    manifestHash: part.manifestHash,
    goldHash: ZERO_HASH,
    humanAdmissionRoot: part.humanAdmissionRoot,
    humanSeats: part.humanSeats,
    aiAdmissionRoot: part.aiAdmissionRoot,
    aiSeats: part.aiSeats,
    humanVotes: 3,
    aiVotes: 0,
    humanPrice: TOKEN,
    aiPrice: 0n,
    operatorFee: 0n,
    fullPayScore: 250_000,
    breakEven: 50_000,
    maxPenalty: 500_000,
    minJudgments: 40,
    conditionOnAi: false,
    oversubscription: PPM,
    aiClosesAt: START + 3_600n,
    closesAt: START + 3_600n,
    commitEndsAt: START + 7_200n,
    revealEndsAt: START + 10_800n,
    ...change,
  };
  return { ...terms, operatorBond: change.operatorBond ?? leastBondUnits(terms) };
}

/** Asks the operator to take a task on these terms. */
export function askAcceptance(
  service: Pick<Service, "url">,
  terms: Terms,
  nonce = 0n,
): Promise<Answer<{ taskId: Hash; signature: Hex }>> {
  return call(service, "POST", "/api/acceptances", {
    terms: termsToJson(terms),
    requester: requester.address,
    nonce: nonce.toString(),
  });
}

export interface TaskOptions {
  readonly rows?: string;
  readonly query?: Record<string, string>;
  readonly terms?: Partial<Terms>;
  /** Active human and AI seats at the snapshot. */
  readonly seats?: { readonly human: number; readonly ai?: number };
  readonly opened?: boolean;
}

/** Uploads rows, has the terms accepted, and puts the open task into the chain tables. */
export async function seedTask(service: Service, options: TaskOptions = {}): Promise<SeededTask> {
  const { status, body } = await upload(service, options.rows ?? pairRows(6), options.query);
  if (status !== 201) throw new Error(`upload refused: ${JSON.stringify(body)}`);
  const imported: UploadJson = body;
  const terms = termsFor(imported.parts[0]!, options.terms);
  const nonce = BigInt(logIndex);
  const accepted = await askAcceptance(service, terms, nonce);
  if (accepted.status !== 200) throw new Error(`not accepted: ${JSON.stringify(accepted.body)}`);
  const { taskId } = accepted.body;
  const seats = options.seats ?? { human: 3 };
  const human = drawOf(terms, "Human", seats.human, 40);
  const ai = drawOf(terms, "Ai", seats.ai ?? 0, 40);
  const opened = options.opened ?? true;
  await service.db.insert(tasks).values({
    taskId,
    requester: requester.address,
    nonce,
    escrowUnits: escrowUnits(terms),
    snapshotBlock: 50n,
    seedBlock: 52n,
    ...terms,
    replay: isReplay(terms),
    ...(opened
      ? {
          opened: true,
          seed: hashOf(`seed of ${taskId}`),
          humanDrawSeats: human.seats,
          humanDrawPool: human.pool,
          humanDrawNeed: human.need,
          humanDrawThreshold: human.threshold,
          aiDrawSeats: ai.seats,
          aiDrawPool: ai.pool,
          aiDrawNeed: ai.need,
          aiDrawThreshold: ai.threshold,
          openedAt: START,
          openedBlock: 53n,
          openedTx: hashOf(`opened ${taskId}`),
        }
      : {}),
    createdAt: START,
    createdBlock: 50n,
    createdBlockHash: hashOf("block 50"),
    createdLogIndex: logIndex++,
    createdTx: hashOf(`created ${taskId}`),
  });
  return { taskId, terms, upload: imported };
}

/** Moves the chain's newest block to a time. */
export async function setChainTime(service: Service, blockTimestamp: bigint): Promise<void> {
  await service.db.update(checkpoints).set({ blockTimestamp }).where(eq(checkpoints.id, "chain"));
}

export async function authorize(
  service: Service,
  validator: Address,
  key: Address,
  change: { expiresAt?: bigint; revokedAt?: bigint } = {},
): Promise<void> {
  await service.db.insert(sessions).values({
    validator,
    key,
    nonce: BigInt(logIndex),
    authorizedAt: START - 10n,
    expiresAt: change.expiresAt ?? START + 86_400n,
    revokedAt: change.revokedAt ?? null,
    revokedTx: null,
    ...factAt(),
  });
}

export interface SubmissionBody {
  readonly ballot: { validator: Address; version: number; judgments: number; commitment: Hash };
  readonly signature: Hex;
  readonly opening: Opening;
  readonly notes?: string;
}

export interface BallotOptions {
  readonly version?: number;
  readonly signer?: Key;
  /** Packed as they are, even if no contract would take them. */
  readonly packed?: Hex;
  readonly judgments?: number;
  readonly notesHash?: Hash;
}

/** A signed version with its opening. */
export function makeBallot(
  taskId: Hash,
  validator: Key,
  entries: readonly Entry[],
  options: BallotOptions = {},
): SubmissionBody {
  const version = options.version ?? 1;
  const opening: Opening = {
    entries: options.packed ?? encodeEntries(entries),
    salt: deriveSalt(validator.privateKey, taskId, version),
    notesHash: options.notesHash ?? ZERO_HASH,
  };
  const slot = {
    chainId: BigInt(CHAIN_ID),
    tasks: contracts.feedbackTasks,
    taskId,
    validator: validator.address,
    version,
  };
  const commitment = commitmentOf(slot, opening);
  const judgments = options.judgments ?? entries.length;
  const ballot = { taskId, validator: validator.address, version, judgments, commitment };
  const digest = ballotDigest(tasksDomain, ballot);
  const signer = options.signer ?? validator;
  return {
    ballot: { validator: validator.address, version, judgments, commitment },
    signature: signDigest(digest, signer.privateKey),
    opening,
  };
}

export function entriesOf(
  items: readonly number[],
  verdict: PresentedVerdict = 0,
): { itemIndex: number; verdict: PresentedVerdict }[] {
  return [...items].sort((a, b) => a - b).map((itemIndex) => ({ itemIndex, verdict }));
}

export function submit(
  service: Pick<Service, "url">,
  taskId: Hash,
  body: SubmissionBody,
): Promise<Answer<ReceiptJson>> {
  return call(service, "POST", `/api/tasks/${taskId}/ballots`, body);
}

export function signSession(
  validator: Key,
  key: Address,
  expiresAt: bigint,
  nonce: bigint,
  by: Key = validator,
): { validator: Address; key: Address; expiresAt: number; nonce: string; signature: Hex } {
  const grant = { validator: validator.address, key, expiresAt, nonce };
  const signature = signDigest(sessionDigest(registryDomain, grant), by.privateKey);
  return { ...grant, expiresAt: Number(expiresAt), nonce: nonce.toString(), signature };
}

/** A bearer token for a key. */
export async function signInAs(service: Service, key: Key): Promise<string> {
  const { body } = await call<{ nonce: string }>(service, "POST", "/api/sign-in/nonce", {});
  const message = siweMessage(service, key, body.nonce);
  const signature = await new Wallet(key.privateKey).signMessage(message);
  const answer = await call<{ token: string }>(service, "POST", "/api/sign-in", {
    message,
    signature,
  });
  if (answer.status !== 200) throw new Error(`no sign-in: ${JSON.stringify(answer.body)}`);
  return answer.body.token;
}

export function siweMessage(
  service: Service,
  key: Key,
  nonce: string,
  change: { domain?: string; chainId?: number; notBefore?: string; expirationTime?: string } = {},
): string {
  const url = new URL(service.url);
  return new SiweMessage({
    domain: url.host,
    address: computeAddress(key.privateKey),
    uri: url.origin,
    version: "1",
    chainId: CHAIN_ID,
    nonce,
    issuedAt: new Date(Number(service.clock.now) * 1000).toISOString(),
    ...change,
  }).prepareMessage();
}

export async function claim(
  service: Pick<Service, "url">,
  taskId: Hash,
  token: string,
  body: unknown = {},
): Promise<Answer<LeaseJson>> {
  return call(service, "POST", `/api/tasks/${taskId}/leases`, body, token);
}
