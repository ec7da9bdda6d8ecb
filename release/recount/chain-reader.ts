/**
 * What the recount asks of a chain: logs, block headers and the latest state, nothing archived.
 * Any ethers Provider serves, in Node or in a browser. Values come in the protocol's own types.
 */
import { getAddress, isCallException, isError, zeroPadValue } from "ethers";
import type { Log, LogDescription, Provider, Result } from "ethers";
import { IFeedbackTasks__factory, IStakeRegistry__factory } from "../../bindings/index.ts";
import type { IFeedbackTasks, IStakeRegistry } from "../../bindings/index.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Draw } from "../../protocol/pool.ts";
import type { Session } from "../../protocol/session.ts";
import type { Terms } from "../../protocol/terms.ts";
import type { Address, Hash, Hex, Role, StakeRole } from "../../protocol/words.ts";
import { doesNotHold } from "./report.ts";

export interface ChainReader {
  chainId(): Promise<bigint>;
  /** What the FeedbackTasks contract at this address says of itself. */
  constants(): Promise<{ stakeRegistry: Address; token: Address; minPool: number }>;
  /**
   * Every event of the task in order; undefined if the chain knows no such task. `createdIn` is the
   * transaction from whose block on the log is read; unknown: from the first block.
   */
  task(taskId: Hash, createdIn?: Hash): Promise<ChainTask | undefined>;
  activeSeatsAt(role: Role, block: bigint): Promise<number>;
  roleAt(account: Address, block: bigint): Promise<StakeRole | "None">;
  sessionOf(validator: Address, key: Address): Promise<Session>;
  blockHash(block: bigint): Promise<Hash>;
  /** Of each account, over all its tasks: what it earned, took out, and still has as credit. */
  credits(accounts: readonly Address[]): Promise<Map<Address, Credit>>;
}

export interface Credit {
  readonly earnedUnits: bigint;
  readonly withdrawnUnits: bigint;
  readonly creditUnits: bigint;
}

/** Where and when an event happened. */
export interface Place {
  readonly block: bigint;
  readonly logIndex: number;
  /** Of the block, in seconds. */
  readonly time: bigint;
  readonly transaction: Hash;
}

export interface ChainTask {
  readonly created: Place & {
    readonly requester: Address;
    readonly nonce: bigint;
    readonly escrowUnits: bigint;
    readonly snapshotBlock: bigint;
    readonly seedBlock: bigint;
    readonly terms: Terms;
  };
  readonly opened:
    (Place & { readonly seed: Hash; readonly human: Draw; readonly ai: Draw }) | undefined;
  readonly committed: readonly ChainCommit[];
  /** Revealed and voided, in order. */
  readonly revealed: readonly ChainReveal[];
  readonly settled: readonly ChainSettlement[];
  readonly forfeited: readonly (Place & {
    readonly validator: Address;
    readonly lossUnits: bigint;
  })[];
  readonly booksClosed:
    (Place & { readonly refundUnits: bigint; readonly feeUnits: bigint }) | undefined;
  readonly taskSettled:
    | (Place & {
        readonly paidUnits: bigint;
        readonly restUnits: bigint;
        readonly penaltyUnits: bigint;
      })
    | undefined;
  /** As the contract counts them now. */
  readonly ballotsCommitted: number;
  readonly ballotsSettled: number;
}

export interface ChainCommit extends Place {
  readonly validator: Address;
  readonly signer: Address;
  readonly version: number;
  readonly judgments: number;
  readonly admissionIndex: number;
  readonly commitment: Hash;
  readonly lockedUnits: bigint;
}

export interface ChainReveal extends Place {
  readonly validator: Address;
  /** Effective entries; undefined: the ballot was voided. */
  readonly entries: Hex | undefined;
}

export interface ChainSettlement extends Place {
  readonly validator: Address;
  readonly scorePpm: number;
  readonly scored: number;
  readonly multiplePpm: number;
  readonly payUnits: bigint;
  readonly lossUnits: bigint;
}

export interface ChainAddresses {
  readonly feedbackTasks: Address;
  readonly stakeRegistry: Address;
}

/** `firstBlock`: the contracts are no older than this block; spares a public RPC the search before. */
export function readChain(
  provider: Provider,
  addresses: ChainAddresses,
  firstBlock = 0,
): ChainReader {
  const tasks: IFeedbackTasks = IFeedbackTasks__factory.connect(addresses.feedbackTasks, provider);
  const registry: IStakeRegistry = IStakeRegistry__factory.connect(
    addresses.stakeRegistry,
    provider,
  );
  const headers = new Map<number, Promise<{ hash: Hash; time: bigint }>>();

  function header(block: number): Promise<{ hash: Hash; time: bigint }> {
    let found = headers.get(block);
    if (!found) {
      found = ask(() => provider.getBlock(block)).then((answer) => {
        if (!answer?.hash) throw doesNotHold(`block ${block}`, "the chain has no such block");
        return { hash: answer.hash, time: BigInt(answer.timestamp) };
      });
      headers.set(block, found);
    }
    return found;
  }

  /** The whole range, or its halves where the server finds it too large. */
  async function logs(topics: LogTopics, from: number, to?: number): Promise<Log[]> {
    const until = to ?? (await ask(() => provider.getBlockNumber()));
    if (until < from) return [];
    try {
      return await provider.getLogs({
        address: addresses.feedbackTasks,
        topics,
        fromBlock: from,
        toBlock: until,
      });
    } catch (error) {
      if (until === from) throw unreachable(error);
      const middle = Math.floor((from + until) / 2);
      return [...(await logs(topics, from, middle)), ...(await logs(topics, middle + 1, until))];
    }
  }

  async function located(log: Log): Promise<Located> {
    const parsed = tasks.interface.parseLog(log);
    if (!parsed) throw doesNotHold(log.transactionHash, "a log that is no event of FeedbackTasks");
    const { time } = await header(log.blockNumber);
    return {
      parsed,
      place: {
        block: BigInt(log.blockNumber),
        logIndex: log.index,
        time,
        transaction: log.transactionHash.toLowerCase(),
      },
    };
  }

  function topicOf(
    name: "BallotSettled" | "TaskCreated" | "BooksClosed" | "TaskCancelled" | "Withdrawn",
  ): string {
    return tasks.interface.getEvent(name).topicHash;
  }

  return {
    chainId: async () => (await ask(() => provider.getNetwork())).chainId,

    async constants() {
      const [stakeRegistry, token, minPool] = await Promise.all([
        ask(() => tasks.registry()),
        ask(() => tasks.token()),
        ask(() => tasks.MIN_POOL()),
      ]);
      return {
        stakeRegistry: stakeRegistry.toLowerCase(),
        token: token.toLowerCase(),
        minPool: Number(minPool),
      };
    },

    async task(taskId, createdIn) {
      const receipt = createdIn && (await ask(() => provider.getTransactionReceipt(createdIn)));
      const found = await logs([null, taskId], receipt ? receipt.blockNumber : firstBlock);
      const events = await Promise.all(found.map(located));
      events.sort((a, b) => order(a.place, b.place));
      if (!events.some(({ parsed }) => parsed.name === "TaskCreated")) return undefined;
      const facts = await ask(() => tasks.factsOf(taskId));
      return {
        ...gather(events),
        ballotsCommitted: Number(facts.ballotsCommitted),
        ballotsSettled: Number(facts.ballotsSettled),
      };
    },

    activeSeatsAt: async (role, block) =>
      Number(await ask(() => registry.activeSeatsAt(roleNumbers[role], block))),

    async roleAt(account, block) {
      const role = Number(await ask(() => registry.roleAt(account, block)));
      return (["None", "Human", "Ai", "Operator"] as const)[role] ?? "None";
    },

    async sessionOf(validator, key) {
      const { authorizedAt, expiresAt, revokedAt } = await ask(() =>
        registry.sessionOf(validator, key),
      );
      return { authorizedAt, expiresAt, revokedAt };
    },

    blockHash: async (block) => (await header(Number(block))).hash,

    async credits(accounts) {
      const topics = accounts.map((account) => zeroPadValue(getAddress(account), 32));
      // The logs and the credits must be of one moment: asked again if a block came between.
      for (let attempt = 0; ; attempt++) {
        const until = await ask(() => provider.getBlockNumber());
        const byRequester = await logs([topicOf("TaskCreated"), null, topics], firstBlock, until);
        const byOperator = await logs(
          [topicOf("TaskCreated"), null, null, topics],
          firstBlock,
          until,
        );
        const created = [...byRequester, ...byOperator];
        const taskIds = [...new Set(created.map((log) => log.topics[1]!))];
        const closing =
          taskIds.length === 0
            ? []
            : await logs(
                [[topicOf("BooksClosed"), topicOf("TaskCancelled")], taskIds],
                firstBlock,
                until,
              );
        const pay = await logs([topicOf("BallotSettled"), null, topics], firstBlock, until);
        const taken = await logs([topicOf("Withdrawn"), topics], firstBlock, until);
        const credit = await Promise.all(accounts.map((a) => ask(() => tasks.creditOf(a))));
        if ((await ask(() => provider.getBlockNumber())) !== until && attempt < 5) continue;

        const parse = (log: Log): LogDescription => tasks.interface.parseLog(log)!;
        const earned = addUp(created.map(parse), closing.map(parse), pay.map(parse));
        const withdrawn = sumBy(taken.map(parse), "account", "amountUnits");
        return new Map(
          accounts.map((account, i) => [
            account,
            {
              earnedUnits: earned.get(account) ?? 0n,
              withdrawnUnits: withdrawn.get(account) ?? 0n,
              creditUnits: credit[i]!,
            },
          ]),
        );
      }
    },
  };
}

type LogTopics = (string | string[] | null)[];

interface Located {
  readonly parsed: LogDescription;
  readonly place: Place;
}

const roleNumbers: Readonly<Record<Role, number>> = { Human: 1, Ai: 2 };

function order(a: Place, b: Place): number {
  return Number(a.block - b.block) || a.logIndex - b.logIndex;
}

function gather(
  events: readonly Located[],
): Omit<ChainTask, "ballotsCommitted" | "ballotsSettled"> {
  const named = (...names: string[]): Located[] =>
    events.filter(({ parsed }) => names.includes(parsed.name));
  const only = <T>(name: string, shape: (args: Result) => T): (Place & T) | undefined => {
    const [event] = named(name);
    return event && { ...event.place, ...shape(event.parsed.args) };
  };
  const all = <T>(shape: (args: Result, name: string) => T, ...names: string[]): (Place & T)[] =>
    named(...names).map(({ place, parsed }) => ({ ...place, ...shape(parsed.args, parsed.name) }));

  return {
    created: only("TaskCreated", (args) => ({
      requester: address(args["requester"]),
      nonce: args["nonce"] as bigint,
      escrowUnits: args["escrowUnits"] as bigint,
      snapshotBlock: args["snapshotBlock"] as bigint,
      seedBlock: args["seedBlock"] as bigint,
      terms: toTerms(args["terms"] as Result),
    }))!,
    opened: only("TaskOpened", (args) => ({
      seed: args["seed"] as Hash,
      human: toDraw(args["human"] as Result),
      ai: toDraw(args["ai"] as Result),
    })),
    committed: all(
      (args) => ({
        validator: address(args["validator"]),
        signer: address(args["signer"]),
        version: Number(args["version"]),
        judgments: Number(args["judgments"]),
        admissionIndex: Number(args["admissionIndex"]),
        commitment: args["commitment"] as Hash,
        lockedUnits: args["lockedUnits"] as bigint,
      }),
      "BallotCommitted",
    ),
    revealed: all(
      (args, name) => ({
        validator: address(args["validator"]),
        entries: name === "BallotVoided" ? undefined : (args.getValue("entries") as Hex),
      }),
      "BallotRevealed",
      "BallotVoided",
    ),
    settled: all(
      (args) => ({
        validator: address(args["validator"]),
        scorePpm: Number(args["scorePpm"]),
        scored: Number(args["scored"]),
        multiplePpm: Number(args["multiplePpm"]),
        payUnits: args["payUnits"] as bigint,
        lossUnits: args["lossUnits"] as bigint,
      }),
      "BallotSettled",
    ),
    forfeited: all(
      (args) => ({
        validator: address(args["validator"]),
        lossUnits: args["lossUnits"] as bigint,
      }),
      "BallotForfeited",
    ),
    booksClosed: only("BooksClosed", (args) => ({
      refundUnits: args["refundUnits"] as bigint,
      feeUnits: args["feeUnits"] as bigint,
    })),
    taskSettled: only("TaskSettled", (args) => ({
      paidUnits: args["paidUnits"] as bigint,
      restUnits: args["restUnits"] as bigint,
      penaltyUnits: args["penaltyUnits"] as bigint,
    })),
  };
}

function toTerms(t: Result): Terms {
  const big = (name: string): bigint => t[name] as bigint;
  const small = (name: string): number => Number(t[name]);
  const word = (name: string): Hash => (t[name] as string).toLowerCase();
  return {
    operator: word("operator"),
    operatorBond: big("operatorBond"),
    receiptKey: word("receiptKey"),
    itemsRoot: word("itemsRoot"),
    itemCount: small("itemCount"),
    manifestHash: word("manifestHash"),
    goldHash: word("goldHash"),
    humanAdmissionRoot: word("humanAdmissionRoot"),
    humanSeats: small("humanSeats"),
    aiAdmissionRoot: word("aiAdmissionRoot"),
    aiSeats: small("aiSeats"),
    humanVotes: small("humanVotes"),
    aiVotes: small("aiVotes"),
    humanPrice: big("humanPrice"),
    aiPrice: big("aiPrice"),
    operatorFee: big("operatorFee"),
    fullPayScore: small("fullPayScore"),
    breakEven: small("breakEven"),
    maxPenalty: small("maxPenalty"),
    minJudgments: small("minJudgments"),
    conditionOnAi: t["conditionOnAi"] as boolean,
    oversubscription: small("oversubscription"),
    aiClosesAt: big("aiClosesAt"),
    closesAt: big("closesAt"),
    commitEndsAt: big("commitEndsAt"),
    revealEndsAt: big("revealEndsAt"),
  };
}

function toDraw(draw: Result): Draw {
  return {
    seats: Number(draw["seats"]),
    pool: Number(draw["pool"]),
    need: Number(draw["need"]),
    threshold: draw["threshold"] as bigint,
  };
}

/** Pay to validators, refunds to requesters, fees to operators. */
function addUp(
  created: readonly LogDescription[],
  closing: readonly LogDescription[],
  pay: readonly LogDescription[],
): Map<Address, bigint> {
  const earned = sumBy(pay, "validator", "payUnits");
  const parties = new Map(created.map(({ args }) => [args["taskId"] as Hash, args]));
  const add = (account: Address, units: bigint): void => {
    earned.set(account, (earned.get(account) ?? 0n) + units);
  };
  for (const { args, name } of closing) {
    const task = parties.get(args["taskId"] as Hash);
    if (!task) continue;
    add(address(task["requester"]), args["refundUnits"] as bigint);
    if (name === "BooksClosed") add(address(task["operator"]), args["feeUnits"] as bigint);
  }
  return earned;
}

function sumBy(events: readonly LogDescription[], who: string, what: string): Map<Address, bigint> {
  const sums = new Map<Address, bigint>();
  for (const { args } of events) {
    const account = address(args[who]);
    sums.set(account, (sums.get(account) ?? 0n) + (args[what] as bigint));
  }
  return sums;
}

function address(value: unknown): Address {
  return (value as string).toLowerCase();
}

/** A contract that answers wrongly is not the one named; a server that does not answer is another matter. */
async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (isCallException(error) || isError(error, "BAD_DATA")) {
      throw doesNotHold("chain", "the contracts named in the manifest are not on this chain");
    }
    throw unreachable(error);
  }
}

function unreachable(error: unknown): unknown {
  if (error instanceof ScrutineerError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ScrutineerError(
    "chain-unreachable",
    `the chain does not answer: ${message}`,
    {},
    { cause: error },
  );
}
