/**
 * Two small tasks carried to settlement on a real chain, for tests of releases: the example set's
 * texts, people (in one task those with an attestation) and AIs, session keys and wallets, a ballot
 * never opened, a malformed one, entries without a ticket, identical and empty answers. In the open
 * task most bring their ballots to the chain themselves, on one path or another.
 */
import { readFileSync } from "node:fs";
import { JsonRpcProvider, Wallet, ZeroHash, keccak256, toUtf8Bytes } from "ethers";
import {
  FeedbackTasks__factory,
  Relay__factory,
  StakeRegistry__factory,
  TestToken__factory,
} from "../../bindings/index.ts";
import type { FeedbackTasks, Relay, StakeRegistry, TestToken } from "../../bindings/index.ts";
import type { AdmissionRule } from "../../protocol/admission.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import type { Entry, Opening } from "../../protocol/ballot.ts";
import { commitmentOf, deriveSalt } from "../../protocol/commitment.ts";
import { bytesToHex } from "../../protocol/hex.ts";
import { hashItem, isEmpty, isIdentical, itemsTree } from "../../protocol/item.ts";
import type { ItemContent, Message } from "../../protocol/item.ts";
import { admissionTree, annexHash, manifestHash } from "../../protocol/manifest.ts";
import type { Annex, AnnexItem, Manifest } from "../../protocol/manifest.ts";
import { settleTask } from "../../protocol/settlement.ts";
import { toCompact } from "../../protocol/signature.ts";
import { taskIdOf } from "../../protocol/task-id.ts";
import { leastBondUnits } from "../../protocol/terms.ts";
import type { Terms } from "../../protocol/terms.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import {
  ballotDigest,
  ballotTypes,
  operatorAcceptanceTypes,
  sessionTypes,
  signingDomain,
} from "../../protocol/typed-data.ts";
import type { CanonicalVerdict, Role } from "../../protocol/words.ts";
import { readChain } from "../../release/recount/chain-reader.ts";
import type { ReleaseContracts, ReleaseSource, SourceTask } from "../../release/source.ts";
import type { Anvil } from "../../cli/anvil.ts";
import { deployLocally } from "../../cli/deployment.ts";
import { deployEas } from "../support/eas.ts";
import type { Eas } from "../support/eas.ts";
import { FUNDED_KEY, startLocalChain } from "../support/local-chain.ts";

export interface SettledChain {
  readonly chain: Anvil;
  readonly provider: JsonRpcProvider;
  readonly source: ReleaseSource;
  /** Validators by seat. */
  readonly seats: readonly string[];
  readonly eas: Eas;
  /** Whose attestations admit to the conditioned task; pays for transactions. */
  readonly attester: Wallet;
  stop(): Promise<void>;
}

/**
 * How a call reaches the contract: with others' by the operator, in a transaction of its own, through a contract that
 * forwards it as it is, or through one that had kept it, so that the transaction does not show it.
 */
export type Way = "batch" | "direct" | "forwarded" | "kept";

/** By seat, in the open task; the others' go in the batch. */
export const WAYS: Readonly<Record<number, { readonly commit: Way; readonly reveal: Way }>> = {
  1: { commit: "direct", reveal: "direct" },
  // Has entries without a ticket.
  2: { commit: "batch", reveal: "kept" },
  3: { commit: "kept", reveal: "kept" },
  4: { commit: "forwarded", reveal: "forwarded" },
  // Void when opened.
  5: { commit: "kept", reveal: "kept" },
  7: { commit: "kept", reveal: "batch" },
};

const TOKEN = 10n ** 18n;
const MODELS = ["heron", "otter", "lynx"];

interface Seat {
  readonly wallet: Wallet;
  readonly role: Role;
  /** Signs instead of the wallet. */
  readonly session: Wallet | undefined;
}

/** `stateFile`: where the chain is saved when it stops. */
export async function settleOnChain(stateFile?: string): Promise<SettledChain> {
  const chain = await startLocalChain(stateFile === undefined ? {} : { stateFile });
  const provider = new JsonRpcProvider(chain.rpcUrl, undefined, {
    cacheTimeout: -1,
    pollingInterval: 20,
    staticNetwork: true,
  });
  try {
    const deployed = await deployLocally(chain.rpcUrl);
    const contracts: ReleaseContracts = {
      token: deployed.token.toLowerCase(),
      stakeRegistry: deployed.stakeRegistry.toLowerCase(),
      feedbackTasks: deployed.feedbackTasks.toLowerCase(),
    };
    const world = await makeWorld(provider, contracts);
    const conditioned = await carryTask(world, "conditioned");
    const open = await carryTask(world, "open");
    const source: ReleaseSource = {
      chainId: world.chainId,
      contracts,
      tasks: [conditioned, open],
    };
    return {
      chain,
      provider,
      source,
      seats: world.seats.map(({ wallet }) => wallet.address.toLowerCase()),
      eas: world.eas,
      attester: world.funder,
      async stop() {
        provider.destroy();
        await chain.stop();
      },
    };
  } catch (error) {
    provider.destroy();
    await chain.stop();
    throw error;
  }
}

interface World {
  readonly provider: JsonRpcProvider;
  readonly chainId: bigint;
  readonly contracts: ReleaseContracts;
  readonly funder: Wallet;
  readonly operator: Wallet;
  readonly seats: readonly Seat[];
  readonly token: TestToken;
  readonly registry: StakeRegistry;
  readonly tasks: FeedbackTasks;
  readonly relay: Relay;
  readonly eas: Eas;
}

async function makeWorld(provider: JsonRpcProvider, contracts: ReleaseContracts): Promise<World> {
  const funder = new Wallet(FUNDED_KEY, provider);
  const token = TestToken__factory.connect(contracts.token, funder);
  const registry = StakeRegistry__factory.connect(contracts.stakeRegistry, funder);
  const tasks = FeedbackTasks__factory.connect(contracts.feedbackTasks, funder);
  const { chainId } = await provider.getNetwork();

  const join = async (wallet: Wallet, role: number): Promise<void> => {
    await provider.send("anvil_setBalance", [wallet.address, "0x56bc75e2d63100000"]);
    await (await token.mint(wallet.address, 10_000n * TOKEN)).wait();
    const own = token.connect(wallet);
    await (await own.approve(contracts.stakeRegistry, 1_000n * TOKEN)).wait();
    await (await registry.connect(wallet).join(role, 1_000n * TOKEN, ZeroHash)).wait();
  };
  const operator = madeWallet("operator", provider);
  await join(operator, 3);
  const seats: Seat[] = [];
  for (let i = 0; i < 10; i++) {
    const role: Role = i < 8 ? "Human" : "Ai";
    const wallet = madeWallet(`validator ${i}`, provider);
    await join(wallet, role === "Human" ? 1 : 2);
    const session = i % 2 === 0 ? madeWallet(`session ${i}`, provider) : undefined;
    if (session) await authorize(registry, wallet, session, chainId, contracts);
    seats.push({ wallet, role, session });
  }
  await (await token.mint(funder.address, 10_000n * TOKEN)).wait();
  await (await token.approve(contracts.feedbackTasks, 10_000n * TOKEN)).wait();
  const relay = await new Relay__factory(funder).deploy();
  await relay.waitForDeployment();
  const eas = await deployEas(funder);
  return {
    ...{ provider, chainId, contracts, funder, operator, seats, token, registry, tasks, relay },
    eas,
  };
}

/** Attests to all of them, and to somebody without a seat; one attestation is revoked after the list is drawn. */
async function drawByAttestation(
  { eas, funder, provider }: World,
  validators: readonly string[],
): Promise<AdmissionRule> {
  const idle = madeWallet("no seat", provider).address;
  const { uids, block } = await eas.attest(funder, [...validators, idle]);
  await eas.revoke(funder, uids[0]!);
  return {
    rule: "eas",
    contract: eas.contract,
    schema: eas.schema,
    attesters: [funder.address.toLowerCase()],
    block,
    validators,
  };
}

async function authorize(
  registry: StakeRegistry,
  wallet: Wallet,
  session: Wallet,
  chainId: bigint,
  contracts: ReleaseContracts,
): Promise<void> {
  const grant = {
    validator: wallet.address,
    key: session.address,
    expiresAt: 10_000_000_000n,
    nonce: 1n,
  };
  const domain = signingDomain(chainId, contracts.stakeRegistry);
  const signature = await wallet.signTypedData(domain, sessionTypes, grant);
  await (
    await registry.authorizeSession(grant.validator, grant.key, grant.expiresAt, 1n, signature)
  ).wait();
}

function madeWallet(name: string, provider: JsonRpcProvider): Wallet {
  return new Wallet(keccak256(toUtf8Bytes(`release test ${name}`)), provider);
}

interface ExamplePair {
  prompt: string | Message[];
  response_a: string;
  response_b: string;
  category: string;
  language: string;
}

function makeItems(kind: string): { items: ItemContent[]; annex: AnnexItem[] } {
  const pairs = readFileSync(new URL("../../examples/example-set.jsonl", import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .slice(0, 14)
    .map((line) => JSON.parse(line) as ExamplePair);
  pairs[12]!.response_b = pairs[12]!.response_a;
  pairs[13]!.response_b = " ";
  const salt = (part: string, i: number): string => keccak256(toUtf8Bytes(`${kind} ${part} ${i}`));
  const answer = (content: string): Message[] => [{ role: "assistant", content }];

  const items = pairs.map((pair, i) => ({
    prompt: {
      salt: salt("prompt", i),
      messages:
        typeof pair.prompt === "string" ? [{ role: "user", content: pair.prompt }] : pair.prompt,
    },
    outputA: { salt: salt("a", i), messages: answer(pair.response_a) },
    outputB: { salt: salt("b", i), messages: answer(pair.response_b) },
  }));
  const annex = pairs.map((pair, i) => ({
    modelA: MODELS[i % 3]!,
    modelB: MODELS[(i + 1) % 3]!,
    category: pair.category,
    language: pair.language,
    source: "example",
    identical: isIdentical(items[i]!.outputA.messages, items[i]!.outputB.messages),
    empty: isEmpty(items[i]!.outputA.messages, items[i]!.outputB.messages),
  }));
  return { items, annex };
}

interface MadeBallot {
  readonly seat: Seat;
  readonly opening: Opening;
  readonly judgments: number;
  readonly version: number;
  readonly commitment: string;
  readonly signature: string;
  readonly opens: boolean;
}

async function carryTask(world: World, kind: "conditioned" | "open"): Promise<SourceTask> {
  const { provider, tasks, operator, chainId, contracts, seats } = world;
  const conditioned = kind === "conditioned";
  const { items, annex: annexItems } = makeItems(kind);
  const annex: Annex = {
    format: "scrutineer-annex/1",
    salt: keccak256(toUtf8Bytes(`annex ${kind}`)),
    items: annexItems,
  };
  const humans = seats.filter(({ role }) => role === "Human");
  const list = humans.map(({ wallet }) => wallet.address.toLowerCase()).sort();
  const hashes = items.map(hashItem);
  const manifest: Manifest = {
    format: "scrutineer-manifest/1",
    title: `A ${kind} task`,
    itemCount: items.length,
    itemsRoot: itemsTree(hashes).root,
    items: hashes,
    admission: {
      human: conditioned ? await drawByAttestation(world, list) : { rule: "open" },
      ai: { rule: "open" },
    },
    guideline: { version: "1", text: "Choose the better answer." },
    replay: false,
    identical: annexItems.filter(({ identical }) => identical).length,
    empty: annexItems.filter(({ empty }) => empty).length,
    annexHash: annexHash(annex),
  };
  const admission = admissionTree(manifest.admission.human);

  const now = BigInt((await provider.getBlock("latest"))!.timestamp);
  const base: Terms = {
    operator: operator.address.toLowerCase(),
    operatorBond: 0n,
    receiptKey: operator.address.toLowerCase(),
    itemsRoot: manifest.itemsRoot,
    itemCount: items.length,
    manifestHash: manifestHash(manifest),
    goldHash: ZeroHash,
    humanAdmissionRoot: admission?.root ?? ZeroHash,
    humanSeats: conditioned ? list.length : 0,
    aiAdmissionRoot: ZeroHash,
    aiSeats: 0,
    humanVotes: 4,
    aiVotes: conditioned ? 2 : 0,
    humanPrice: TOKEN / 10n,
    aiPrice: conditioned ? TOKEN / 100n : 0n,
    operatorFee: TOKEN / 1000n,
    fullPayScore: 250_000,
    breakEven: 50_000,
    maxPenalty: 500_000,
    minJudgments: 6,
    conditionOnAi: conditioned,
    oversubscription: conditioned ? 2_000_000 : 1_000_000,
    aiClosesAt: now + 500n,
    closesAt: now + 600n,
    commitEndsAt: now + 1200n,
    revealEndsAt: now + 2400n,
  };
  const terms: Terms = { ...base, operatorBond: leastBondUnits(base) };
  const requester = world.funder.address.toLowerCase();
  const nonce = await tasks.nonceOf(requester);
  const taskId = taskIdOf(chainId, contracts.feedbackTasks, requester, nonce, terms);
  const domain = signingDomain(chainId, contracts.feedbackTasks);
  const acceptance = await operator.signTypedData(domain, operatorAcceptanceTypes, { taskId });
  await (await tasks.createTask(terms, acceptance)).wait();
  await provider.send("anvil_mine", ["0x4"]);
  await (await tasks.openTask(taskId)).wait();

  const reader = readChain(provider, contracts);
  const { opened } = (await reader.task(taskId))!;
  const judging = conditioned ? seats : humans;
  const made: MadeBallot[] = [];
  for (const [i, seat] of judging.entries()) {
    made.push(await makeBallot(world, kind, taskId, seat, i, opened!, items.length));
  }
  await provider.send("evm_setNextBlockTimestamp", [Number(now) + 400]);
  const ways = (ballot: MadeBallot): { commit: Way; reveal: Way } =>
    (conditioned ? undefined : WAYS[made.indexOf(ballot)]) ?? { commit: "batch", reveal: "batch" };
  await bring(
    world,
    made,
    (ballot) => ways(ballot).commit,
    (ballots) =>
      tasks.interface.encodeFunctionData("commit", [
        taskId,
        ballots.map((ballot) => {
          const index = list.indexOf(ballot.seat.wallet.address.toLowerCase());
          const admitted = conditioned && index >= 0;
          return {
            validator: ballot.seat.wallet.address,
            version: ballot.version,
            judgments: ballot.judgments,
            commitment: ballot.commitment,
            admissionIndex: admitted ? index : 0,
            admissionProof: admitted ? admission!.proofOf(index) : [],
            ...toCompact(ballot.signature),
          };
        }),
      ]),
  );

  const reveal = (ballots: MadeBallot[]): Promise<void> =>
    bring(
      world,
      ballots.filter(({ opens }) => opens),
      (ballot) => ways(ballot).reveal,
      (opened) =>
        tasks.interface.encodeFunctionData("reveal", [
          taskId,
          opened.map(({ seat, opening }) => ({ validator: seat.wallet.address, ...opening })),
        ]),
    );
  await provider.send("evm_setNextBlockTimestamp", [Number(now) + 1300]);
  if (conditioned) {
    await reveal(made.filter(({ seat }) => seat.role === "Ai"));
    await provider.send("evm_setNextBlockTimestamp", [Number(now) + 1900]);
  }
  await reveal(made.filter(({ seat }) => seat.role === "Human").reverse());

  await provider.send("evm_setNextBlockTimestamp", [Number(now) + 2500]);
  const { revealed } = (await reader.task(taskId))!;
  const entriesOf = new Map(revealed.map(({ validator, entries }) => [validator, entries]));
  const due = made.filter((ballot) => {
    const validator = ballot.seat.wallet.address.toLowerCase();
    return !entriesOf.has(validator) || entriesOf.get(validator) !== undefined;
  });
  await (
    await tasks.settle(
      taskId,
      due.map(({ seat }) => seat.wallet.address),
      due.map(({ seat }) => entriesOf.get(seat.wallet.address.toLowerCase()) ?? "0x"),
    )
  ).wait();
  if (conditioned) await (await tasks.withdrawFor(humans[0]!.wallet.address)).wait();

  return sourceOf(world, taskId, made, { requester, nonce, terms, manifest, annex, items });
}

/** One transaction for all that go together, one for each of the others, sent by its validator. */
async function bring(
  { contracts, funder, relay }: World,
  ballots: readonly MadeBallot[],
  wayOf: (ballot: MadeBallot) => Way,
  encode: (ballots: readonly MadeBallot[]) => string,
): Promise<void> {
  const to = contracts.feedbackTasks;
  const together = ballots.filter((ballot) => wayOf(ballot) === "batch");
  await (await funder.sendTransaction({ to, data: encode(together) })).wait();
  for (const ballot of ballots) {
    const data = encode([ballot]);
    const { wallet } = ballot.seat;
    const own = relay.connect(wallet);
    switch (wayOf(ballot)) {
      case "batch":
        break;
      case "direct":
        await (await wallet.sendTransaction({ to, data })).wait();
        break;
      case "forwarded":
        await (await own.forward(to, data)).wait();
        break;
      case "kept":
        await (await own.keep(data)).wait();
        await (await own.sendKept(to)).wait();
    }
  }
}

/** Judgments that agree more often than by chance, and a few that are wrong in a way the rules foresee. */
async function makeBallot(
  { chainId, contracts }: World,
  kind: string,
  taskId: string,
  seat: Seat,
  i: number,
  opened: { seed: string; human: { threshold: bigint }; ai: { threshold: bigint } },
  itemCount: number,
): Promise<MadeBallot> {
  const validator = seat.wallet.address.toLowerCase();
  const threshold = seat.role === "Human" ? opened.human.threshold : opened.ai.threshold;
  const ticket = ticketsOf(opened.seed, validator, threshold);
  const truth = (item: number): CanonicalVerdict => ([0, 1, 0, 1, 2, 1] as const)[item % 6]!;
  // The third seat also judges what it has no ticket for.
  const mine = Array.from({ length: itemCount }, (_, item) => item).filter(
    (item) => ticket(item).eligible || i === 2,
  );
  const entries = mine.map((itemIndex): Entry => {
    const noise = Number(BigInt(keccak256(toUtf8Bytes(`${kind} ${i} ${itemIndex}`))) % 10n);
    const canonical = noise < 3 ? ((noise % 3) as CanonicalVerdict) : truth(itemIndex);
    return { itemIndex, verdict: toPresented(canonical, ticket(itemIndex).flip) };
  });
  let packed = encodeEntries(entries);
  // The sixth seat's entries are out of order: sealed all the same, void when opened.
  if (i === 5) packed = bytesToHex(new Uint8Array([0, 0, 1, 0, 0, 0, 0, 1]));
  const version = entries.length;
  const opening: Opening = {
    entries: packed,
    salt: deriveSalt(keccak256(toUtf8Bytes(`master ${i}`)), taskId, version),
    notesHash: ZeroHash,
  };
  const slot = { chainId, tasks: contracts.feedbackTasks, taskId, validator, version };
  const commitment = commitmentOf(slot, opening);
  const judgments = i === 5 ? 2 : entries.length;
  const signature = await (seat.session ?? seat.wallet).signTypedData(
    signingDomain(chainId, contracts.feedbackTasks),
    ballotTypes,
    { taskId, validator, version, judgments, commitment },
  );
  return { seat, opening, judgments, version, commitment, signature, opens: i !== 6 };
}

async function sourceOf(
  { provider, contracts, chainId }: World,
  taskId: string,
  made: readonly MadeBallot[],
  task: Pick<SourceTask, "requester" | "nonce" | "terms" | "manifest" | "annex"> & {
    items: readonly ItemContent[];
  },
): Promise<SourceTask> {
  const onChain = (await readChain(provider, contracts).task(taskId))!;
  const { created, opened, booksClosed, taskSettled } = onChain;
  if (!opened || !booksClosed || !taskSettled) throw new Error("the task is not settled");
  const order = onChain.revealed.map(({ validator }) => validator);
  const inOrder = [...made].sort((a, b) => place(a) - place(b));
  function place({ seat }: MadeBallot): number {
    const at = order.indexOf(seat.wallet.address.toLowerCase());
    return at < 0 ? order.length : at;
  }
  const settlement = settleTask({
    terms: task.terms,
    seed: opened.seed,
    human: opened.human,
    ai: opened.ai,
    ballots: inOrder.map(({ seat, judgments, opening, opens }) => ({
      validator: seat.wallet.address.toLowerCase(),
      role: seat.role,
      judgments,
      entries: opens ? opening.entries : undefined,
    })),
  });

  return {
    taskId,
    requester: task.requester,
    nonce: task.nonce,
    terms: task.terms,
    seed: opened.seed,
    human: opened.human,
    ai: opened.ai,
    books: {
      escrowUnits: created.escrowUnits,
      refundUnits: booksClosed.refundUnits,
      feeUnits: booksClosed.feeUnits,
      paidUnits: taskSettled.paidUnits,
      restUnits: taskSettled.restUnits,
      penaltyUnits: taskSettled.penaltyUnits,
    },
    transactions: { created: created.transaction, opened: opened.transaction },
    gold: null,
    manifest: task.manifest,
    annex: task.annex,
    exclusions: [],
    ballots: inOrder.map((ballot, i) => {
      const validator = ballot.seat.wallet.address.toLowerCase();
      const outcome = settlement.ballots[i]!;
      const commit = onChain.committed.find((event) => event.validator === validator)!;
      const reveal = onChain.revealed.find((event) => event.validator === validator);
      const settle = [...onChain.settled, ...onChain.forfeited].find(
        (event) => event.validator === validator,
      );
      return {
        validator,
        role: ballot.seat.role,
        version: ballot.version,
        judgments: ballot.judgments,
        commitment: ballot.commitment,
        digest: ballotDigest(signingDomain(chainId, contracts.feedbackTasks), {
          taskId,
          validator,
          version: ballot.version,
          judgments: ballot.judgments,
          commitment: ballot.commitment,
        }),
        signature: ballot.signature,
        signer: commit.signer,
        admissionIndex: commit.admissionIndex,
        outcome: outcome.outcome,
        opening: ballot.opens ? ballot.opening : null,
        effectiveEntries: outcome.entries,
        scorePpm: outcome.scorePpm,
        scored: outcome.scored,
        multiplePpm: outcome.multiplePpm,
        payUnits: outcome.payUnits,
        lossUnits: outcome.lossUnits,
        goldRight: outcome.goldRight,
        goldWrong: outcome.goldWrong,
        goldFailed: outcome.goldFailed,
        transactions: {
          commit: commit.transaction,
          reveal: reveal?.transaction ?? "",
          settle: settle?.transaction ?? "",
        },
      };
    }),
    items: () => task.items.map((item, itemIndex) => ({ itemIndex, ...item })),
  };
}
