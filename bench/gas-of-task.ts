import type { ContractTransactionResponse, Signer } from "ethers";
import { computeAddress, id, MaxUint256, SigningKey } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import { profiles } from "../deploy/profiles.ts";
import { encodeEntries, type Entry } from "../protocol/ballot.ts";
import { commitmentOf } from "../protocol/commitment.ts";
import { toCompact } from "../protocol/signature.ts";
import { taskIdOf } from "../protocol/task-id.ts";
import { leastBondUnits, type Terms } from "../protocol/terms.ts";
import { eligibleItems, ticketsOf, toPresented } from "../protocol/ticket.ts";
import {
  ballotDigest,
  operatorAcceptanceDigest,
  sessionDigest,
  signingDomain,
} from "../protocol/typed-data.ts";
import type { CanonicalVerdict, Hex, Role } from "../protocol/words.ts";
import { ZERO_HASH } from "../protocol/words.ts";
import { type Account, gasOf, openBenchChain } from "./chain.ts";

export interface TaskShape {
  /** People's and AIs' together. */
  readonly judgments: number;
  /** People and AIs, each with about as much to do. */
  readonly validators: number;
  /** People wanted on each item. */
  readonly votes: number;
  /** One AI votes on each item, and people are scored by its label. Otherwise there are no AIs. */
  readonly conditionOnAi: boolean;
}

export interface StepCost {
  readonly gas: number;
  readonly gasPerJudgment: number;
  readonly transactions: number;
}

export interface TaskCost {
  readonly judgments: number;
  readonly validators: number;
  /** How many of the validators are AIs. */
  readonly ais: number;
  readonly items: number;
  readonly votes: number;
  readonly conditionOnAi: boolean;
  /** From commit to credit. */
  readonly gasPerJudgment: number;
  readonly steps: Readonly<Record<"commit" | "reveal" | "settle", StepCost>>;
  readonly anchorGas: number;
  readonly onceOnly: Readonly<
    Record<"approveAndJoin" | "authorizeSession" | "createTask" | "openTask", number>
  >;
  /** With everything above, joining and sessions included, and an anchor every 500 judgments. */
  readonly allInPerJudgment: number;
}

const TOKEN = 10n ** 18n;
/** Ballots a call: as many as stay under the cap with room to spare. */
const BATCH = 100;

interface Voter extends Account {
  readonly role: Role;
  readonly session: SigningKey;
}

/** Carries one task through all its steps on a chain of its own and counts the gas of each. */
export async function measureTask(shape: TaskShape): Promise<TaskCost> {
  const aiVotes = shape.conditionOnAi ? 1 : 0;
  const ais = Math.round((shape.validators * aiVotes) / (shape.votes + aiVotes));
  const names = [
    ...["deployer", "requester", "operator", "commons"],
    ...Array.from({ length: shape.validators }, (_, i) => `validator ${i}`),
  ];
  const { connection, ethers, accounts, now } = await openBenchChain(names);
  try {
    const [deployer, requester, operator, commons, ...others] = accounts as [
      Account,
      Account,
      Account,
      Account,
      ...Account[],
    ];
    const voters: Voter[] = others.map((account, i) => ({
      ...account,
      role: i < shape.validators - ais ? "Human" : "Ai",
      session: new SigningKey(id(`scrutineer bench session ${i}`)),
    }));

    const profile = profiles.local;
    const token = await ethers.deployContract("TestToken", deployer.signer);
    const registry = await ethers.deployContract(
      "StakeRegistry",
      [await token.getAddress(), commons.address, profile.minStakeUnits, profile.unbonding],
      deployer.signer,
    );
    const tasks = await ethers.deployContract(
      "FeedbackTasks",
      [await registry.getAddress(), profile],
      {
        signer: deployer.signer,
        libraries: await deployLibraries(ethers, deployer.signer),
      },
    );
    await registry.bindTasks(await tasks.getAddress());
    const { chainId } = await ethers.provider.getNetwork();
    const domain = signingDomain(chainId, (await tasks.getAddress()).toLowerCase());
    const registryDomain = signingDomain(chainId, (await registry.getAddress()).toLowerCase());

    // Joining: the first pays for slots of its own kind, so the mean over all is what counts.
    let joinGas = 0;
    let sessionGas = 0;
    const joinAs = async (account: Account, role: number, stakeUnits: bigint): Promise<number> => {
      await token.connect(deployer.signer).mint(account.address, 10n ** 9n * TOKEN);
      const approved = await gasOf(
        token.connect(account.signer).approve(await registry.getAddress(), stakeUnits),
      );
      return (
        approved +
        (await gasOf(registry.connect(account.signer).join(role, stakeUnits, id("profile"))))
      );
    };
    await joinAs(operator, 3, 10n ** 8n * TOKEN);
    for (const voter of voters) {
      joinGas += await joinAs(voter, voter.role === "Human" ? 1 : 2, 1_000n * TOKEN);
      const grant = {
        validator: voter.address,
        key: computeAddress(voter.session).toLowerCase(),
        expiresAt: (await now()) + 86_400n,
        nonce: 0n,
      };
      const signature = voter.key.sign(sessionDigest(registryDomain, grant)).serialized;
      sessionGas += await gasOf(
        registry
          .connect(deployer.signer)
          .authorizeSession(grant.validator, grant.key, grant.expiresAt, 0n, signature),
      );
    }

    const createdAt = await now();
    const draft: Terms = {
      operator: operator.address,
      operatorBond: 0n,
      receiptKey: operator.address,
      itemsRoot: id("items"),
      itemCount: itemsFor(shape.judgments, shape.votes + aiVotes),
      manifestHash: id("manifest"),
      goldHash: ZERO_HASH,
      humanAdmissionRoot: ZERO_HASH,
      humanSeats: 0,
      aiAdmissionRoot: ZERO_HASH,
      aiSeats: 0,
      humanVotes: shape.votes,
      aiVotes,
      humanPrice: TOKEN / 10n,
      aiPrice: aiVotes === 0 ? 0n : TOKEN / 100n,
      operatorFee: TOKEN / 100n,
      fullPayScore: 250_000,
      breakEven: 50_000,
      maxPenalty: 500_000,
      minJudgments: 40,
      conditionOnAi: shape.conditionOnAi,
      oversubscription: 1_000_000,
      aiClosesAt: createdAt + 9_000n,
      closesAt: createdAt + 10_000n,
      commitEndsAt: createdAt + 11_000n,
      revealEndsAt: createdAt + 12_000n,
    };
    const terms: Terms = { ...draft, operatorBond: leastBondUnits(draft) };
    const taskId = taskIdOf(chainId, domain.verifyingContract, requester.address, 0n, terms);
    await token.connect(deployer.signer).mint(requester.address, 10n ** 9n * TOKEN);
    await token.connect(requester.signer).approve(await tasks.getAddress(), MaxUint256);
    const acceptance = operator.key.sign(operatorAcceptanceDigest(domain, taskId)).serialized;
    const createTask = await gasOf(tasks.connect(requester.signer).createTask(terms, acceptance));
    await connection.provider.request({
      method: "hardhat_mine",
      params: [`0x${profile.seedDelay.toString(16)}`],
    });
    const openTask = await gasOf(tasks.connect(deployer.signer).openTask(taskId));
    const { seed } = await tasks.factsOf(taskId);
    const [humanDraw, aiDraw] = await tasks.drawOf(taskId);

    // People agree about seven times in ten; ties are rare.
    const opinionOf = (voter: number, itemIndex: number): CanonicalVerdict => {
      const dice = Number(BigInt(id(`${voter} ${itemIndex}`)) % 100n);
      const truth = (itemIndex * 7) % 10 < 5 ? 0 : 1;
      return dice < 70 ? truth : dice < 90 ? ((1 - truth) as CanonicalVerdict) : 2;
    };
    const thresholdOf = ({ role }: Voter): bigint =>
      (role === "Human" ? humanDraw : aiDraw).threshold;
    const work = leaveUnused(
      voters.map((voter) =>
        eligibleItems(seed, voter.address, thresholdOf(voter), terms.itemCount),
      ),
      shape.judgments,
    );
    const { judgments } = shape;
    const ballots = voters.map((voter, i) => {
      const ticket = ticketsOf(seed, voter.address, thresholdOf(voter));
      const entries: Entry[] = (work[i] ?? []).map((itemIndex) => ({
        itemIndex,
        verdict: toPresented(opinionOf(i, itemIndex), ticket(itemIndex).flip),
      }));
      const packed = encodeEntries(entries);
      const version = entries.length;
      const opening = { entries: packed, salt: id(`salt ${i}`), notesHash: id(`notes ${i}`) };
      const slot = {
        chainId,
        tasks: domain.verifyingContract,
        taskId,
        validator: voter.address,
        version,
      };
      const ballot = {
        taskId,
        validator: voter.address,
        version,
        judgments: entries.length,
        commitment: commitmentOf(slot, opening),
      };
      const { r, vs } = toCompact(voter.session.sign(ballotDigest(domain, ballot)).serialized);
      return {
        role: voter.role,
        signed: { ...ballot, admissionIndex: 0, admissionProof: [], r, vs },
        opening: { validator: voter.address, ...opening },
      };
    });

    const relayer = tasks.connect(deployer.signer);
    const anchorGas = await gasOf(relayer.anchor(taskId, id("root"), ballots.length));
    const moveTo = async (time: bigint): Promise<void> => {
      await connection.provider.request({
        method: "evm_setNextBlockTimestamp",
        params: [`0x${time.toString(16)}`],
      });
      await connection.provider.request({ method: "evm_mine" });
    };

    const commit = await stepOf(judgments, batchesOf(ballots), (batch) =>
      relayer.commit(
        taskId,
        batch.map(({ signed }) => signed),
      ),
    );
    await moveTo(terms.commitEndsAt);
    const byAis = ballots.filter(({ role }) => role === "Ai");
    const byPeople = ballots.filter(({ role }) => role === "Human");
    const revealBatch = (batch: typeof ballots): Promise<ContractTransactionResponse> =>
      relayer.reveal(
        taskId,
        batch.map(({ opening }) => opening),
      );
    const revealAis = await stepOf(judgments, batchesOf(byAis), revealBatch);
    if (terms.conditionOnAi)
      await moveTo(terms.commitEndsAt + (terms.revealEndsAt - terms.commitEndsAt) / 2n);
    const reveal = addSteps(
      judgments,
      revealAis,
      await stepOf(judgments, batchesOf(byPeople), revealBatch),
    );

    const effective = new Map<string, Hex>();
    for (const event of await tasks.queryFilter(tasks.filters.BallotRevealed(taskId))) {
      effective.set(event.args.validator.toLowerCase(), String(event.args[2]));
    }
    await moveTo(terms.revealEndsAt);
    const settle = await stepOf(judgments, batchesOf(ballots), (batch) =>
      relayer.settle(
        taskId,
        batch.map(({ opening }) => opening.validator),
        batch.map(({ opening }) => effective.get(opening.validator) ?? "0x"),
      ),
    );
    if ((await tasks.stateOf(taskId)) !== 6n) throw new Error("the task did not settle");

    const path = commit.gas + reveal.gas + settle.gas;
    const anchors = Math.ceil(judgments / 500);
    return {
      judgments,
      validators: voters.length,
      ais,
      items: terms.itemCount,
      votes: shape.votes,
      conditionOnAi: shape.conditionOnAi,
      gasPerJudgment: Math.round(path / judgments),
      steps: { commit, reveal, settle },
      anchorGas,
      onceOnly: {
        approveAndJoin: Math.round(joinGas / voters.length),
        authorizeSession: Math.round(sessionGas / voters.length),
        createTask,
        openTask,
      },
      allInPerJudgment: Math.round(
        (path + joinGas + sessionGas + createTask + openTask + anchors * anchorGas) / judgments,
      ),
    };
  } finally {
    await connection.close();
  }
}

/** Enough items that the tickets drawn suffice: their number varies by about its root, and three times that is rare. */
function itemsFor(judgments: number, votes: number): number {
  return Math.ceil((judgments + 3 * Math.sqrt(judgments)) / votes);
}

/** The surplus of tickets is what everybody leaves undone, in turn, from their last. */
function leaveUnused(work: readonly (readonly number[])[], judgments: number): number[][] {
  const kept = work.map((items) => [...items]);
  let surplus = kept.reduce((sum, items) => sum + items.length, 0) - judgments;
  if (surplus < 0) throw new Error("too few tickets were drawn");
  for (let i = 0; surplus > 0; ++i) {
    if (kept[i % kept.length]?.pop() !== undefined) surplus -= 1;
  }
  return kept;
}

async function stepOf<T>(
  judgments: number,
  batches: readonly T[][],
  send: (batch: T[]) => Promise<ContractTransactionResponse>,
): Promise<StepCost> {
  let gas = 0;
  for (const batch of batches) {
    gas += await gasOf(send(batch));
  }
  return { gas, gasPerJudgment: Math.round(gas / judgments), transactions: batches.length };
}

function addSteps(judgments: number, a: StepCost, b: StepCost): StepCost {
  const gas = a.gas + b.gas;
  return {
    gas,
    gasPerJudgment: Math.round(gas / judgments),
    transactions: a.transactions + b.transactions,
  };
}

function batchesOf<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / BATCH) }, (_, i) =>
    list.slice(i * BATCH, (i + 1) * BATCH),
  );
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
