/** A real chain with a task to judge, an indexer beside it, and ballots handed in as the api would. */
import { randomBytes } from "node:crypto";
import { Wallet, type JsonRpcProvider } from "ethers";
import { IFeedbackTasks__factory, TestToken__factory } from "../../bindings/index.ts";
import { openProvider, readDeployment, type Deployment } from "../../cli/deployment.ts";
import { fund, joinAll } from "../../cli/join.ts";
import { moveTimeTo } from "../../cli/replay/live-through.ts";
import { startIndexer, type Indexer } from "../../indexer/main.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import { commitmentOf } from "../../protocol/commitment.ts";
import { keccak256Text } from "../../protocol/keccak.ts";
import { toCompact } from "../../protocol/signature.ts";
import { taskIdOf } from "../../protocol/task-id.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import { escrowUnits, leastBondUnits, type Terms } from "../../protocol/terms.ts";
import {
  ballotDigest,
  openingReceiptDigest,
  operatorAcceptanceDigest,
  signingDomain,
} from "../../protocol/typed-data.ts";
import {
  ZERO_HASH,
  type CanonicalVerdict,
  type Hash,
  type Hex,
  type Role,
} from "../../protocol/words.ts";
import { signDigest } from "../../runtime/signatures.ts";
import type { OpenDatabase } from "../../store/database.ts";
import { insertBallotVersion } from "../../store/submissions/ballots.ts";
import type { Anvil } from "../../cli/anvil.ts";
import { deployLocally } from "../../cli/deployment.ts";
import { startLocalChain } from "./local-chain.ts";

export const TOKEN = 10n ** 18n;

export function walletOf(name: string): Wallet {
  return new Wallet(keccak256Text(`operator test ${name}`));
}

export interface LiveChain {
  readonly chain: Anvil;
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly humans: readonly Wallet[];
  readonly ais: readonly Wallet[];
  now(): Promise<bigint>;
  moveTo(time: bigint): Promise<void>;
  mine(blocks: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startLiveChain(humanCount: number, aiCount = 0): Promise<LiveChain> {
  const chain = await startLocalChain();
  const provider = await openProvider(chain.rpcUrl);
  const deployed = await deployLocally(chain.rpcUrl);
  const deployment = await readDeployment(provider, deployed.feedbackTasks.toLowerCase());
  const humans = Array.from({ length: humanCount }, (_, i) => walletOf(`human ${i}`));
  const ais = Array.from({ length: aiCount }, (_, i) => walletOf(`ai ${i}`));
  await joinAll(provider, deployment.contracts, [
    {
      privateKey: walletOf("operator").privateKey,
      role: "Operator",
      stakeUnits: 10_000_000n * TOKEN,
    },
    ...humans.map(({ privateKey }) => ({
      privateKey,
      role: "Human" as const,
      stakeUnits: 1_000n * TOKEN,
    })),
    ...ais.map(({ privateKey }) => ({
      privateKey,
      role: "Ai" as const,
      stakeUnits: 1_000n * TOKEN,
    })),
  ]);
  for (const relay of ["relay", "second relay"]) {
    await fund(provider, deployment.contracts, walletOf(relay).privateKey, 0n);
  }
  await fund(provider, deployment.contracts, walletOf("requester").privateKey, 1_000_000n * TOKEN);
  await provider.send("anvil_mine", ["0x1"]);
  return {
    chain,
    provider,
    deployment,
    humans,
    ais,
    now: async () => BigInt((await provider.getBlock("latest"))?.timestamp ?? 0),
    moveTo: (time) => moveTimeTo(provider, Number(time)),
    mine: async (blocks) => void (await provider.send("anvil_mine", [`0x${blocks.toString(16)}`])),
    async stop() {
      provider.destroy();
      await chain.stop();
    },
  };
}

export function followChain(live: LiveChain, database: OpenDatabase): Indexer {
  const { stakeRegistry, feedbackTasks } = live.deployment.contracts;
  return startIndexer(
    { rpcUrl: live.chain.rpcUrl, stakeRegistry, feedbackTasks, pollMs: 50 },
    { database },
  );
}

/** Every item is every seat's; closes 1,000 s from now, then 200 s to commit and 200 s to reveal. */
export async function createLiveTask(
  live: LiveChain,
  changes: Partial<Terms> = {},
): Promise<{ taskId: Hash; terms: Terms }> {
  const { provider, deployment } = live;
  const now = await live.now();
  const draft: Terms = {
    operator: walletOf("operator").address.toLowerCase(),
    operatorBond: 0n,
    receiptKey: walletOf("operator").address.toLowerCase(),
    itemsRoot: keccak256Text("items"),
    itemCount: 12,
    manifestHash: keccak256Text(`manifest ${randomBytes(8).toString("hex")}`),
    goldHash: ZERO_HASH,
    humanAdmissionRoot: ZERO_HASH,
    humanSeats: 0,
    aiAdmissionRoot: ZERO_HASH,
    aiSeats: 0,
    humanVotes: live.humans.length,
    aiVotes: live.ais.length,
    humanPrice: TOKEN,
    aiPrice: live.ais.length === 0 ? 0n : TOKEN,
    operatorFee: TOKEN / 10n,
    fullPayScore: 250_000,
    breakEven: 50_000,
    maxPenalty: 500_000,
    minJudgments: 40,
    conditionOnAi: false,
    oversubscription: 1_000_000,
    aiClosesAt: now + 900n,
    closesAt: now + 1_000n,
    commitEndsAt: now + 1_200n,
    revealEndsAt: now + 1_400n,
    ...changes,
  };
  const terms = { ...draft, operatorBond: leastBondUnits(draft) };
  const requester = walletOf("requester").connect(provider);
  const { feedbackTasks, token } = deployment.contracts;
  const tasks = IFeedbackTasks__factory.connect(feedbackTasks, requester);
  const nonce = await tasks.nonceOf(requester.address);
  const taskId = taskIdOf(
    deployment.chainId,
    feedbackTasks,
    requester.address.toLowerCase(),
    nonce,
    terms,
  );
  const domain = signingDomain(deployment.chainId, feedbackTasks);
  const acceptance = signDigest(
    operatorAcceptanceDigest(domain, taskId),
    walletOf("operator").privateKey,
  );
  await (
    await TestToken__factory.connect(token, requester).approve(feedbackTasks, escrowUnits(terms))
  ).wait();
  // More than an estimate: the contract may pay out its last token meanwhile, and then the first one in costs more.
  await (await tasks.createTask(terms, acceptance, { gasLimit: 1_000_000n })).wait();
  return { taskId, terms };
}

export interface GivenBallot {
  readonly taskId: Hash;
  readonly validator: Wallet;
  readonly role?: Role;
  readonly version: number;
  /** A, B or tie, from item 0 on; what was pressed follows from the tickets. */
  readonly verdicts: readonly CanonicalVerdict[];
}

/** Stores a version as the api does once it has checked it; answers its digest. */
export async function handIn(
  live: LiveChain,
  databases: readonly OpenDatabase[],
  given: GivenBallot,
): Promise<Hash> {
  const row = await makeVersion(live, given);
  for (const { db } of databases) await insertBallotVersion(db, row, given.version - 1, []);
  return row.digest;
}

/** The validator claims for a version that the operator, by its receipt, had. */
export async function claimOmission(
  live: LiveChain,
  { taskId, validator, version, judgments, commitment, ...given }: Version,
  recordedEntries: Hex,
): Promise<void> {
  const { deployment, provider } = live;
  const { feedbackTasks } = deployment.contracts;
  const domain = signingDomain(deployment.chainId, feedbackTasks);
  const promised = { taskId, validator, version, judgments, commitment };
  const receipt = toCompact(
    signDigest(openingReceiptDigest(domain, promised), walletOf("operator").privateKey),
  );
  const claimant = walletOf("requester").connect(provider);
  const sent = await IFeedbackTasks__factory.connect(feedbackTasks, claimant).claimOmission(
    taskId,
    {
      ...{ validator, version, judgments, commitment, admissionIndex: 0, admissionProof: [] },
      ...toCompact(given.signature),
    },
    receipt.r,
    receipt.vs,
    { validator, salt: given.salt, notesHash: given.notesHash, entries: given.entries },
    recordedEntries,
  );
  await sent.wait();
}

export type Version = Parameters<typeof insertBallotVersion>[1];

/** A signed version with its opening, handed to nobody. */
export async function makeVersion(live: LiveChain, given: GivenBallot): Promise<Version> {
  const { deployment } = live;
  const { taskId, version, role = "Human" } = given;
  const validator = given.validator.address.toLowerCase();
  const tasks = deployment.contracts.feedbackTasks;
  const contract = IFeedbackTasks__factory.connect(tasks, live.provider);
  const [{ seed }, draws] = await Promise.all([contract.factsOf(taskId), contract.drawOf(taskId)]);
  const { threshold } = role === "Human" ? draws.human : draws.ai;
  const ticket = ticketsOf(seed, validator, threshold);
  const entries = encodeEntries(
    given.verdicts.map((verdict, itemIndex) => ({
      itemIndex,
      verdict: toPresented(verdict, ticket(itemIndex).flip),
    })),
  );
  const opening = {
    entries,
    salt: keccak256Text(`${taskId} ${validator} ${version}`),
    notesHash: ZERO_HASH,
  };
  const commitment = commitmentOf(
    { chainId: deployment.chainId, tasks, taskId, validator, version },
    opening,
  );
  const ballot = { taskId, validator, version, judgments: given.verdicts.length, commitment };
  const digest = ballotDigest(signingDomain(deployment.chainId, tasks), ballot);
  return {
    ...ballot,
    ...opening,
    digest,
    role,
    signature: signDigest(digest, given.validator.privateKey),
    signer: validator,
    admissionIndex: 0,
    receiptSignature: "0x",
    receivedAt: await live.now(),
  };
}
