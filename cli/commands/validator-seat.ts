/** `scrutineer validator join`, `revoke`, `withdraw`: a seat, its session keys, and the money that comes of it. */
import { Wallet } from "ethers";
import { InvalidArgumentError, Option, type Command } from "commander";
import type { PublicConfig } from "../../api/schemas/config.ts";
import {
  IFeedbackTasks__factory,
  IStakeRegistry__factory,
  TestToken__factory,
} from "../../bindings/index.ts";
import { sha256 } from "../../protocol/sha256.ts";
import type { Hash, StakeRole } from "../../protocol/words.ts";
import { toAddress, ZERO_HASH } from "../../protocol/words.ts";
import { roleNumbers } from "../../release/recount/role-numbers.ts";
import { createApiClient, DEFAULT_API } from "../api-client.ts";
import { action } from "../command.ts";
import { openProvider, readDeployment, type Contracts } from "../deployment.ts";
import type { Output, Result } from "../output.ts";
import { permitFrom } from "../permit.ts";
import { readBytes, readPrivateKey } from "../read-file.ts";
import { sendTransaction } from "../send-transaction.ts";

interface SeatOptions {
  readonly key: string;
  readonly api: string;
  readonly rpc?: string;
  readonly contract?: string;
}

interface JoinOptions extends SeatOptions {
  readonly role: StakeRole;
  readonly stake: bigint;
  readonly profile?: string;
}

interface WithdrawOptions extends SeatOptions {
  readonly validator?: string;
}

export function addSeatCommands(validator: Command): void {
  const seat = (name: string, says: string, key: string): Command =>
    validator
      .command(name)
      .description(says)
      .requiredOption("--key <file>", `${key}, 0x text`)
      .option("--api <url>", "a service that names chain and contracts", DEFAULT_API)
      .option("--rpc <url>", "the chain; default: the one the service names")
      .option("--contract <address>", "FeedbackTasks; with --rpc no service is needed");
  seat("join", "stake and take a seat, counted from the next block", "the private key that joins")
    .addOption(
      new Option("--role <role>", "for good")
        .choices(Object.keys(roleNumbers))
        .makeOptionMandatory(),
    )
    .requiredOption("--stake <units>", "in the token's smallest unit", wholeUnits)
    .option("--profile <file>", "public profile, of which the sha-256 goes on chain")
    .action(action(join));
  seat("revoke", "end a session key at once", "the validator's private key")
    .argument("<session>", "the session key's address")
    .action(action(revoke));
  seat("withdraw", "pay out what is due, to its owner", "private key that pays the gas")
    .option("--validator <address>", "whose money; default: the key's own")
    .action(action(withdraw));
}

async function join(output: Output, options: JoinOptions): Promise<Result> {
  return withWallet(options, async (wallet, { token, stakeRegistry }) => {
    const { role, stake, profile } = options;
    const registry = IStakeRegistry__factory.connect(stakeRegistry, wallet);
    const profileHash = profile === undefined ? ZERO_HASH : sha256(await readBytes(profile));
    const seat = [roleNumbers[role], stake, profileHash] as const;
    const permit = await permitFrom(wallet, token, stakeRegistry, stake);
    if (permit === undefined) {
      output.say("the token knows no permits: approving the stake");
      const erc20 = TestToken__factory.connect(token, wallet);
      await sendTransaction(erc20, () => erc20.approve(stakeRegistry, stake));
    }
    const transaction = await sendTransaction(registry, () =>
      permit === undefined ? registry.join(...seat) : registry.joinWithPermit(...seat, ...permit),
    );
    return {
      json: { validator: wallet.address.toLowerCase(), role, stake, transaction },
      text: `${wallet.address} has a seat as ${role} from the next block on (${transaction})`,
    };
  });
}

async function revoke(_output: Output, options: SeatOptions, session: string): Promise<Result> {
  return withWallet(options, async (wallet, { stakeRegistry }) => {
    const registry = IStakeRegistry__factory.connect(stakeRegistry, wallet);
    const key = toAddress(session);
    const transaction = await sendTransaction(registry, () => registry.revokeSession(key));
    return {
      json: { validator: wallet.address.toLowerCase(), session: key, transaction },
      text: `${key} signs for ${wallet.address} no more (${transaction})`,
    };
  });
}

/** Credit of ballots and claims, and stake that is free once the cooldown is over; the money goes to its owner. */
async function withdraw(_output: Output, options: WithdrawOptions): Promise<Result> {
  return withWallet(options, async (wallet, { feedbackTasks, stakeRegistry }) => {
    const owner = toAddress(options.validator ?? wallet.address);
    const tasks = IFeedbackTasks__factory.connect(feedbackTasks, wallet);
    const registry = IStakeRegistry__factory.connect(stakeRegistry, wallet);
    const [credit, { exitableAt }, free, head] = await Promise.all([
      tasks.creditOf(owner),
      registry.accountOf(owner),
      registry.freeStakeOf(owner),
      wallet.provider?.getBlock("latest"),
    ]);
    const isFree = exitableAt !== 0n && BigInt(head?.timestamp ?? 0) >= exitableAt && free > 0n;
    const transactions: Hash[] = [];
    if (credit > 0n)
      transactions.push(await sendTransaction(tasks, () => tasks.withdrawFor(owner)));
    if (isFree)
      transactions.push(await sendTransaction(registry, () => registry.withdrawFor(owner)));
    const stake = isFree ? free : 0n;
    return {
      json: { owner, credit, stake, transactions },
      text: `${credit} units of credit and ${stake} of stake were paid to ${owner}`,
    };
  });
}

async function withWallet(
  options: SeatOptions,
  work: (wallet: Wallet, contracts: Contracts) => Promise<Result>,
): Promise<Result> {
  const privateKey = await readPrivateKey(options.key);
  const { rpcUrl, contracts } = await findChain(options);
  const provider = await openProvider(rpcUrl);
  try {
    const known =
      contracts ?? (await readDeployment(provider, toAddress(options.contract ?? ""))).contracts;
    return await work(new Wallet(privateKey, provider), known);
  } finally {
    provider.destroy();
  }
}

/** What the service says of chain and contracts, unless both are named. */
async function findChain({
  api,
  rpc,
  contract,
}: SeatOptions): Promise<{ rpcUrl: string; contracts?: Contracts }> {
  if (rpc !== undefined && contract !== undefined) return { rpcUrl: rpc };
  const config = await createApiClient(api).get<PublicConfig>("/config");
  const { contracts } = config;
  return { rpcUrl: rpc ?? config.rpcUrl, ...(contract === undefined ? { contracts } : {}) };
}

function wholeUnits(text: string): bigint {
  if (!/^\d{1,29}$/.test(text))
    throw new InvalidArgumentError("Not an amount in the token's smallest unit.");
  return BigInt(text);
}
