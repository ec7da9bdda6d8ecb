import type { NetworkConnection } from "hardhat/types/network";
import type { ContractTransactionReceipt, ContractTransactionResponse, Signer } from "ethers";
import { computeAddress, id, MaxUint256, Signature, SigningKey, TypedDataEncoder } from "ethers";
import { network } from "hardhat";

import type { FeedbackTasks, KeyedWallet, StakeRegistry, TestToken } from "../../bindings/index.ts";
import type { IFeedbackTasks } from "../../bindings/interfaces/IFeedbackTasks.ts";
import { profiles } from "../../deploy/profiles.ts";
import type { Entry } from "../../protocol/ballot.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import { commitmentOf } from "../../protocol/commitment.ts";
import type { Draw } from "../../protocol/pool.ts";
import { toCompact } from "../../protocol/signature.ts";
import { taskIdOf } from "../../protocol/task-id.ts";
import type { DeploymentConstants, Terms } from "../../protocol/terms.ts";
import { leastBondUnits } from "../../protocol/terms.ts";
import { eligibleItems } from "../../protocol/ticket.ts";
import {
  ballotDigest,
  operatorAcceptanceDigest,
  sessionDigest,
  signingDomain,
  type SigningDomain,
} from "../../protocol/typed-data.ts";
import type { Address, Hash, Hex, PresentedVerdict } from "../../protocol/words.ts";
import { ZERO_HASH } from "../../protocol/words.ts";

/** Role on chain, as IStakeRegistry.Role counts them. */
export const ROLE = { None: 0, Human: 1, Ai: 2, Operator: 3 } as const;

/** IFeedbackTasks.State. */
export const STATE = {
  None: 0,
  Funded: 1,
  Open: 2,
  Committing: 3,
  Revealing: 4,
  Settling: 5,
  Settled: 6,
  Cancelled: 7,
} as const;

/** IFeedbackTasks.Refusal. */
export const REFUSAL = {
  None: 0,
  NotActiveAtSnapshot: 1,
  AfterAiClose: 2,
  NotAdmitted: 3,
  AdmissionIndexTaken: 4,
  NotInPool: 5,
  JudgmentsOutOfRange: 6,
  BadSignature: 7,
  NotNewer: 8,
  Unfunded: 9,
  NoRecord: 10,
  OutsideRevealTime: 11,
  AlreadyOpened: 12,
  WrongOpening: 13,
  AlreadySettled: 14,
  WrongEntries: 15,
} as const;

export const TOKEN = 10n ** 18n;

/** Somebody with a key whose transactions the chain sends. */
export interface Person {
  readonly address: Address;
  readonly key: SigningKey;
  readonly signer: Signer;
}

export type TxPromise = Promise<ContractTransactionResponse>;

/** The contracts on a simulated chain in this process, and people who staked on it. */
export interface Stage {
  readonly connection: NetworkConnection;
  readonly chainId: bigint;
  readonly constants: DeploymentConstants;
  readonly token: TestToken;
  readonly registry: StakeRegistry;
  readonly tasks: FeedbackTasks;
  readonly tasksDomain: SigningDomain;
  readonly registryDomain: SigningDomain;
  readonly commons: Person;
  readonly deployer: Person;
  readonly requester: Person;
  readonly operator: Person;
  readonly humans: readonly Person[];
  readonly ais: readonly Person[];
  /** Has tokens and has approved both contracts, but has not joined. */
  readonly stranger: Person;
  now(): Promise<bigint>;
  blockNumber(): Promise<bigint>;
  /** The next block, mined now, has this time. */
  moveTo(time: bigint): Promise<void>;
  mine(blocks: bigint | number): Promise<void>;
  /** Remembers the chain as it is; the function returned brings it back. */
  snapshot(): Promise<() => Promise<void>>;
  /** Lets a contract send transactions of its own. */
  impersonate(address: Address): Promise<Signer>;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly humans?: number;
  readonly ais?: number;
  readonly constants?: Partial<DeploymentConstants>;
  /** Units each validator stakes; 10,000 tokens where left out. */
  readonly stakeUnits?: bigint;
  /** Name of a token contract to deploy in place of TestToken; must have `mint(address,uint256)`. */
  readonly tokenContract?: string;
  /** Hardhat's own where left out. */
  readonly chainId?: number;
  /** Blocks of the deployer's own beforehand, so that the contracts lie at other addresses. */
  readonly earlierTransactions?: number;
}

/** Tests settle their tasks in an instant: one block, a few seconds. */
const CONSTANTS: DeploymentConstants = {
  minStake: profiles.local.minStakeUnits,
  unbonding: profiles.local.unbonding,
  seedDelay: profiles.local.seedDelay,
  minPool: Number(profiles.local.minPool),
  minCommit: profiles.local.minCommit,
  minReveal: profiles.local.minReveal,
  claimWindow: profiles.local.claimWindow,
};

/** A key that is the same in every run. */
export function keyOf(name: string): SigningKey {
  return new SigningKey(id(`scrutineer test ${name}`));
}

export async function createStage(options: StageOptions = {}): Promise<Stage> {
  const { humans: humanCount = 5, ais: aiCount = 2, stakeUnits = 10_000n * TOKEN } = options;
  const constants = { ...CONSTANTS, ...options.constants };
  const names = [
    ...["deployer", "requester", "operator", "stranger", "commons"],
    ...Array.from({ length: humanCount }, (_, i) => `human ${i}`),
    ...Array.from({ length: aiCount }, (_, i) => `ai ${i}`),
  ];
  const keys = names.map(keyOf);
  const connection = await network.create({
    override: {
      accounts: keys.map((key) => ({
        privateKey: key.privateKey,
        balance: (10n ** 24n).toString(),
      })),
      // A block may hold any number of capped transactions; the cap on one transaction's gas stays.
      blockGasLimit: 1_000_000_000n,
      initialBaseFeePerGas: 0n,
      // The same blocks, seeds and draws in every run.
      initialDate: "2030-01-01T00:00:00Z",
      // As much as a transaction may have, so that nobody need estimate; contracts compiled otherwise than they are deployed
      // may need more.
      gas: BigInt(process.env["TRANSACTION_GAS"] ?? 16_777_216),
      ...(options.chainId === undefined ? {} : { chainId: options.chainId }),
    },
  });
  const { ethers } = connection;
  const people = new Map<string, Person>();
  for (const [i, name] of names.entries()) {
    const key = keys[i] as SigningKey;
    const address = computeAddress(key);
    people.set(name, {
      address: address.toLowerCase(),
      key,
      signer: await ethers.getSigner(address),
    });
  }
  const person = (name: string): Person => people.get(name) as Person;
  const deployer = person("deployer");
  const commons = person("commons");
  for (let sent = 0; sent < (options.earlierTransactions ?? 0); ++sent)
    await deployer.signer.sendTransaction({ to: deployer.address });

  const token = (await ethers.deployContract(
    options.tokenContract ?? "TestToken",
    deployer.signer,
  )) as unknown as TestToken;
  const registry = await ethers.deployContract(
    "StakeRegistry",
    [await token.getAddress(), commons.address, constants.minStake, constants.unbonding],
    deployer.signer,
  );
  const tasks = await ethers.deployContract(
    "FeedbackTasks",
    [
      await registry.getAddress(),
      {
        seedDelay: constants.seedDelay,
        minPool: constants.minPool,
        minCommit: constants.minCommit,
        minReveal: constants.minReveal,
        claimWindow: constants.claimWindow,
      },
    ],
    {
      signer: deployer.signer,
      libraries: await deployLibraries(ethers, deployer.signer),
    },
  );
  await registry.connect(deployer.signer).bindTasks(await tasks.getAddress());

  const humans = Array.from({ length: humanCount }, (_, i) => person(`human ${i}`));
  const ais = Array.from({ length: aiCount }, (_, i) => person(`ai ${i}`));
  const stage: Stage = {
    connection,
    chainId: (await ethers.provider.getNetwork()).chainId,
    constants,
    token,
    registry,
    tasks,
    tasksDomain: signingDomain(
      (await ethers.provider.getNetwork()).chainId,
      (await tasks.getAddress()).toLowerCase(),
    ),
    registryDomain: signingDomain(
      (await ethers.provider.getNetwork()).chainId,
      (await registry.getAddress()).toLowerCase(),
    ),
    commons,
    deployer,
    requester: person("requester"),
    operator: person("operator"),
    stranger: person("stranger"),
    humans,
    ais,
    async now() {
      return BigInt((await ethers.provider.getBlock("latest"))?.timestamp ?? 0);
    },
    async blockNumber() {
      return BigInt(await ethers.provider.getBlockNumber());
    },
    async moveTo(time) {
      await connection.provider.request({
        method: "evm_setNextBlockTimestamp",
        params: [`0x${time.toString(16)}`],
      });
      await connection.provider.request({ method: "evm_mine" });
    },
    async mine(blocks) {
      await connection.provider.request({
        method: "hardhat_mine",
        params: [`0x${blocks.toString(16)}`],
      });
    },
    async snapshot() {
      const { provider } = connection;
      const id: unknown = await provider.request({ method: "evm_snapshot" });
      return async () => {
        await provider.request({ method: "evm_revert", params: [id] });
      };
    },
    async impersonate(address) {
      const { provider } = connection;
      await provider.request({ method: "hardhat_impersonateAccount", params: [address] });
      await provider.request({
        method: "hardhat_setBalance",
        params: [address, `0x${(10n ** 24n).toString(16)}`],
      });
      return ethers.getSigner(address);
    },
    async close() {
      await connection.close();
    },
  };

  for (const account of [stage.requester, stage.operator, stage.stranger, ...humans, ...ais]) {
    await token.connect(deployer.signer).mint(account.address, 10n ** 12n * TOKEN);
    await token.connect(account.signer).approve(await registry.getAddress(), MaxUint256);
    await token.connect(account.signer).approve(await tasks.getAddress(), MaxUint256);
  }
  await join(stage, stage.operator, ROLE.Operator, 10n ** 10n * TOKEN);
  for (const human of humans) await join(stage, human, ROLE.Human, stakeUnits);
  for (const ai of ais) await join(stage, ai, ROLE.Ai, stakeUnits);
  await stage.mine(1);
  return stage;
}

export async function join(
  stage: Stage,
  person: Person,
  role: number,
  stakeUnits = stage.constants.minStake,
): Promise<ContractTransactionResponse> {
  return stage.registry.connect(person.signer).join(role, stakeUnits, id(person.address));
}

/** Terms that hold, closing 1,000 seconds from the last block. */
export async function termsFor(stage: Stage, changes: Partial<Terms> = {}): Promise<Terms> {
  const now = await stage.now();
  const terms: Terms = {
    operator: stage.operator.address,
    operatorBond: 0n,
    receiptKey: stage.operator.address,
    itemsRoot: id("items"),
    itemCount: 30,
    manifestHash: id("manifest"),
    goldHash: ZERO_HASH,
    humanAdmissionRoot: ZERO_HASH,
    humanSeats: 0,
    aiAdmissionRoot: ZERO_HASH,
    aiSeats: 0,
    humanVotes: 3,
    aiVotes: 0,
    humanPrice: TOKEN,
    aiPrice: 0n,
    operatorFee: TOKEN / 10n,
    fullPayScore: 250_000,
    breakEven: 50_000,
    maxPenalty: 500_000,
    minJudgments: 40,
    conditionOnAi: false,
    oversubscription: 1_000_000,
    aiClosesAt: now + 800n,
    closesAt: now + 1_000n,
    commitEndsAt: now + 1_100n,
    revealEndsAt: now + 1_300n,
    ...changes,
  };
  return changes.operatorBond === undefined
    ? { ...terms, operatorBond: leastBondUnits(terms) }
    : terms;
}

/** The operator's consent to a task. */
export function acceptanceOf(stage: Stage, taskId: Hash, by: Person = stage.operator): Hex {
  return by.key.sign(operatorAcceptanceDigest(stage.tasksDomain, taskId)).serialized;
}

export async function nextTaskId(
  stage: Stage,
  terms: Terms,
  requester: Person = stage.requester,
): Promise<Hash> {
  const nonce = await stage.tasks.nonceOf(requester.address);
  return taskIdOf(
    stage.chainId,
    stage.tasksDomain.verifyingContract,
    requester.address,
    nonce,
    terms,
  );
}

/** Sends `createTask`; resolves to its transaction, so that a test can look at errors and events. */
export async function sendCreateTask(
  stage: Stage,
  terms: Terms,
  requester: Person = stage.requester,
): Promise<ContractTransactionResponse> {
  const taskId = await nextTaskId(stage, terms, requester);
  return stage.tasks.connect(requester.signer).createTask(terms, acceptanceOf(stage, taskId));
}

export async function createTask(
  stage: Stage,
  terms: Terms,
  requester: Person = stage.requester,
): Promise<Hash> {
  const taskId = await nextTaskId(stage, terms, requester);
  await sendCreateTask(stage, terms, requester);
  return taskId;
}

/** A task that takes ballots. */
export interface OpenTask {
  readonly taskId: Hash;
  readonly terms: Terms;
  readonly seed: Hash;
  readonly human: Draw;
  readonly ai: Draw;
}

export async function openTask(stage: Stage, taskId: Hash, terms: Terms): Promise<OpenTask> {
  const seedBlock = (await stage.tasks.factsOf(taskId)).seedBlock;
  const missing = seedBlock - (await stage.blockNumber());
  if (missing > 0n) await stage.mine(missing);
  await stage.tasks.connect(stage.deployer.signer).openTask(taskId);
  const { seed } = await stage.tasks.factsOf(taskId);
  const [human, ai] = await stage.tasks.drawOf(taskId);
  return { taskId, terms, seed, human: plainDraw(human), ai: plainDraw(ai) };
}

export async function createOpenTask(
  stage: Stage,
  changes: Partial<Terms> = {},
): Promise<OpenTask> {
  const terms = await termsFor(stage, changes);
  return openTask(stage, await createTask(stage, terms), terms);
}

export function plainDraw(draw: IFeedbackTasks.DrawStructOutput): Draw {
  return {
    seats: Number(draw.seats),
    pool: Number(draw.pool),
    need: Number(draw.need),
    threshold: draw.threshold,
  };
}

/** A ballot as `commit` takes it, and what opens it. */
export interface Cast {
  readonly signed: IFeedbackTasks.SignedBallotStruct & { readonly validator: Address };
  readonly opening: IFeedbackTasks.OpeningStruct & { readonly validator: Address };
}

export interface CastOptions {
  readonly version?: number;
  /** Counted from the entries where left out. */
  readonly judgments?: number;
  /** Who signs: the validator itself where left out. */
  readonly signer?: SigningKey;
  readonly admissionIndex?: number;
  readonly admissionProof?: readonly Hash[];
  readonly commitment?: Hash;
}

export function cast(
  stage: Stage,
  taskId: Hash,
  validator: Person,
  entries: Hex | readonly Entry[],
  options: CastOptions = {},
): Cast {
  const packed = typeof entries === "string" ? entries : encodeEntries(entries);
  const version = options.version ?? 1;
  const judgments = options.judgments ?? Math.floor((packed.length - 2) / 8);
  const salt = id(`salt ${validator.address} ${taskId} ${version}`);
  const notesHash = id("notes");
  const commitment =
    options.commitment ??
    commitmentOf(
      {
        chainId: stage.chainId,
        tasks: stage.tasksDomain.verifyingContract,
        taskId,
        validator: validator.address,
        version,
      },
      { entries: packed, salt, notesHash },
    );
  const digest = ballotDigest(stage.tasksDomain, {
    taskId,
    validator: validator.address,
    version,
    judgments,
    commitment,
  });
  const { r, vs } = toCompact((options.signer ?? validator.key).sign(digest).serialized);
  return {
    signed: {
      validator: validator.address,
      version,
      judgments,
      commitment,
      admissionIndex: options.admissionIndex ?? 0,
      admissionProof: [...(options.admissionProof ?? [])],
      r,
      vs,
    },
    opening: { validator: validator.address, salt, notesHash, entries: packed },
  };
}

/** Entries on the validator's own items, verdicts as `verdictOf` says. */
export function eligibleEntries(
  task: OpenTask,
  validator: Person,
  verdictOf: (itemIndex: number) => PresentedVerdict = (i) => ((i * 7 + 3) % 3) as PresentedVerdict,
  role: "human" | "ai" = "human",
): Entry[] {
  return eligibleItems(
    task.seed,
    validator.address,
    task[role].threshold,
    task.terms.itemCount,
  ).map((itemIndex) => ({ itemIndex, verdict: verdictOf(itemIndex) }));
}

/** Lets the validator's session key sign; relayed by the deployer. */
export async function authorizeSession(
  stage: Stage,
  validator: Person,
  key: SigningKey,
  expiresAt: bigint,
  nonce = 0n,
): Promise<ContractTransactionResponse> {
  const grant = {
    validator: validator.address,
    key: computeAddress(key).toLowerCase(),
    expiresAt,
    nonce,
  };
  const signature = validator.key.sign(sessionDigest(stage.registryDomain, grant)).serialized;
  return stage.registry
    .connect(stage.deployer.signer)
    .authorizeSession(grant.validator, grant.key, expiresAt, nonce, signature);
}

/** An ERC-2612 permit of the owner's tokens, as `joinWithPermit` and `createTaskWithPermit` take it. */
export async function permitOf(
  stage: Stage,
  owner: Person,
  spender: string,
  value: bigint,
  deadline: bigint,
): Promise<[deadline: bigint, v: number, r: string, s: string]> {
  const [, name, version, chainId, verifyingContract] = await stage.token.eip712Domain();
  const digest = TypedDataEncoder.hash(
    { name, version, chainId, verifyingContract },
    {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    {
      owner: owner.address,
      spender,
      value,
      nonce: await stage.token.nonces(owner.address),
      deadline,
    },
  );
  const { v, r, s } = Signature.from(owner.key.sign(digest));
  return [deadline, v, r, s];
}

/** A wallet that is a contract, in the key's hands, with tokens and approvals. */
export async function deployWallet(stage: Stage, key: SigningKey): Promise<KeyedWallet> {
  const wallet = await stage.connection.ethers.deployContract(
    "KeyedWallet",
    [computeAddress(key)],
    stage.deployer.signer,
  );
  const address = await wallet.getAddress();
  const token = await stage.token.getAddress();
  await stage.token.connect(stage.deployer.signer).mint(address, 10n ** 12n * TOKEN);
  for (const spender of [stage.registry, stage.tasks]) {
    await wallet.send(
      token,
      stage.token.interface.encodeFunctionData("approve", [await spender.getAddress(), MaxUint256]),
    );
  }
  return wallet;
}

/** Calls `commit` as a view first, for the refusals, then sends it. */
export async function commit(
  stage: Stage,
  taskId: Hash,
  ballots: IFeedbackTasks.SignedBallotStruct[],
): Promise<number[]> {
  const tasks = stage.tasks.connect(stage.deployer.signer);
  const refusals = await tasks.commit.staticCall(taskId, ballots);
  await tasks.commit(taskId, ballots);
  return refusals.map(Number);
}

export async function reveal(
  stage: Stage,
  taskId: Hash,
  openings: IFeedbackTasks.OpeningStruct[],
): Promise<number[]> {
  const tasks = stage.tasks.connect(stage.deployer.signer);
  const refusals = await tasks.reveal.staticCall(taskId, openings);
  await tasks.reveal(taskId, openings);
  return refusals.map(Number);
}

export async function settle(
  stage: Stage,
  taskId: Hash,
  validators: Address[],
  entries: Hex[],
): Promise<number[]> {
  const tasks = stage.tasks.connect(stage.deployer.signer);
  const refusals = await tasks.settle.staticCall(taskId, validators, entries);
  await tasks.settle(taskId, validators, entries);
  return refusals.map(Number);
}

export async function receiptOf(transaction: TxPromise): Promise<ContractTransactionReceipt> {
  const receipt = await (await transaction).wait();
  if (!receipt) throw new Error("no receipt");
  return receipt;
}

async function deployLibraries(
  ethers: NetworkConnection["ethers"],
  signer: Signer,
): Promise<Record<string, string>> {
  const libraries: Record<string, string> = {};
  for (const name of ["Books", "Counting", "Draws", "Funding", "Gold", "Omissions", "Scoring"]) {
    libraries[name] = await (await ethers.deployContract(name, signer)).getAddress();
  }
  return libraries;
}
