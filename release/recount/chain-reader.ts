/**
 * What the recount asks of a chain: logs, block headers and the latest state, nothing archived.
 * Any ethers Provider serves, in Node or in a browser. Values come in the protocol's own types.
 */
import { getAddress, zeroPadValue } from "ethers";
import type { Log, LogDescription, Provider, Result, TransactionResponse } from "ethers";
import { IFeedbackTasks__factory, IStakeRegistry__factory } from "../../bindings/index.ts";
import type { IFeedbackTasks, IStakeRegistry } from "../../bindings/index.ts";
import type { DrawingRule } from "../../protocol/admission.ts";
import type { Draw } from "../../protocol/pool.ts";
import type { Session } from "../../protocol/session.ts";
import type { Terms } from "../../protocol/terms.ts";
import { toAddress } from "../../protocol/words.ts";
import type { Address, Hash, Hex, Role, StakeRole } from "../../protocol/words.ts";
import { readAdmission } from "./admission-reader.ts";
import { ask, createLogReader } from "./ask-chain.ts";
import type { LogTopics } from "./ask-chain.ts";
import { doesNotHold } from "./report.ts";
import { roleNumbers } from "./role-numbers.ts";

export interface ChainReader {
  chainId(): Promise<bigint>;
  /** What the FeedbackTasks contract at this address says of itself. */
  constants(): Promise<{
    stakeRegistry: Address;
    token: Address;
    commons: Address;
    minPool: number;
    claimWindow: bigint;
  }>;
  /**
   * Every event of the task in order; undefined if the chain knows no such task. `createdIn` is the
   * transaction from whose block on the log is read; unknown: from the first block. It need not be
   * trusted: a task begins with `TaskCreated`, so whoever starts too late does not find it, and whoever
   * finds it has not missed anything.
   */
  task(taskId: Hash, createdIn?: Hash): Promise<ChainTask | undefined>;
  activeSeatsAt(role: Role, block: bigint): Promise<number>;
  roleAt(account: Address, block: bigint): Promise<StakeRole | "None">;
  /** The admission list that a rule gives, by the chain's logs up to its block. */
  drawAdmission(rule: DrawingRule, role: Role): Promise<Address[]>;
  sessionOf(validator: Address, key: Address): Promise<NumberedSession>;
  blockHash(block: bigint): Promise<Hash>;
  /** What the contract holds of a ballot now. */
  recordOf(taskId: Hash, validator: Address): Promise<ChainRecord>;
  /** The data of a transaction; undefined where this node does not keep transactions. */
  calldata(transaction: Hash): Promise<Hex | undefined>;
  /** The same, of one that was sent to the contract itself: what it says is what the contract was told. */
  directCalldata(transaction: Hash): Promise<Hex | undefined>;
  /**
   * Of each account, over all its tasks: what it earned, took out, and still has as credit. Counted
   * from the block `since` on, which must be one that the chain itself has named, and from earlier
   * ones where the account had credit before. Of the commons, to which every task gives something,
   * from `since` alone: they may have more than they earned from there on, never less.
   */
  credits(accounts: readonly Address[], since: bigint): Promise<Map<Address, Credit>>;
}

export interface ChainRecord {
  /** Of keccak256 of the effective entries, once opened and not void. */
  readonly fingerprint: Hex;
  readonly isVoid: boolean;
  /** Number of the session that signed; 0: the wallet. */
  readonly session: number;
}

export interface NumberedSession extends Session {
  /** Of the validator's sessions, from 1; 0 where the key was never authorised. */
  readonly number: number;
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
  /** Packed, as opened in time; undefined where there is none or nobody opened it. */
  readonly gold: (Place & { readonly golds: Hex }) | undefined;
  readonly goldJudged:
    (Place & { readonly valid: number; readonly void: number; readonly gate: boolean }) | undefined;
  readonly gateFailed: readonly (Place & {
    readonly validator: Address;
    readonly right: number;
    readonly wrong: number;
  })[];
  readonly committed: readonly ChainCommit[];
  /** Versions that free stake did not cover. */
  readonly unfunded: readonly (Place & {
    readonly validator: Address;
    readonly version: number;
  })[];
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
  /** Omissions; more may come as long as the claim window is open. */
  readonly claims: readonly (Place & {
    readonly validator: Address;
    readonly claimUnits: bigint;
  })[];
  /** `freedUnits` of the bond are the operator's again; `seizedUnits` were taken from its stake. */
  readonly bondReleased:
    (Place & { readonly freedUnits: bigint; readonly seizedUnits: bigint }) | undefined;
  readonly claimsPaid: readonly (Place & {
    readonly validator: Address;
    readonly paidUnits: bigint;
    readonly dustUnits: bigint;
  })[];
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
  const feedbackTasks = toAddress(addresses.feedbackTasks);
  const tasks: IFeedbackTasks = IFeedbackTasks__factory.connect(feedbackTasks, provider);
  const stakeRegistry = toAddress(addresses.stakeRegistry);
  const registry: IStakeRegistry = IStakeRegistry__factory.connect(stakeRegistry, provider);
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

  const readLogs = createLogReader(provider);
  const logs = (topics: LogTopics, from: number, to?: number): Promise<Log[]> =>
    readLogs(feedbackTasks, topics, from, to);

  /**
   * What these accounts earned and took out by events of the blocks `from` to `to`, with the refunds and fees that the
   * tasks created there gave them until `until`.
   */
  async function movements(
    accounts: readonly Address[],
    from: number,
    to: number,
    until: number,
  ): Promise<{ earned: Map<Address, bigint>; withdrawn: Map<Address, bigint> }> {
    const topics = accounts.map((account) => zeroPadValue(getAddress(account), 32));
    const byRequester = await logs([topicOf("TaskCreated"), null, topics], from, to);
    const byOperator = await logs([topicOf("TaskCreated"), null, null, topics], from, to);
    const created = [...byRequester, ...byOperator];
    const taskIds = [...new Set(created.map((log) => log.topics[1]!))];
    const closed = [topicOf("BooksClosed"), topicOf("TaskCancelled")];
    const closing = taskIds.length === 0 ? [] : await logs([closed, taskIds], from, until);
    const pay = await logs([topicOf("BallotSettled"), null, topics], from, to);
    const shares = await logs([topicOf("ClaimPaid"), null, topics], from, to);
    const taken = await logs([topicOf("Withdrawn"), topics], from, to);
    const parse = (log: Log): LogDescription => tasks.interface.parseLog(log)!;
    const earned = addUp(created.map(parse), closing.map(parse), [
      ["payUnits", pay.map(parse)],
      ["paidUnits", shares.map(parse)],
    ]);
    const commons = await commonsAddress();
    if (accounts.includes(commons)) earned.set(commons, await leftOver(from, to));
    return {
      earned,
      withdrawn: sumBy(taken.map(parse), "account", "amountUnits"),
    };
  }

  const commonsAddress = async (): Promise<Address> =>
    (await ask(() => tasks.commons())).toLowerCase();

  /** What the commons got in these blocks: what no ballot earned, and what rounding left of seized bonds. */
  async function leftOver(from: number, to: number): Promise<bigint> {
    const found = await logs([[topicOf("TaskSettled"), topicOf("ClaimPaid")]], from, to);
    return found
      .map((log) => tasks.interface.parseLog(log)!)
      .map(({ name, args }) => args[name === "TaskSettled" ? "restUnits" : "dustUnits"] as bigint)
      .reduce((sum, units) => sum + units, 0n);
  }

  /** Of the operator's stake, in the block in which its bond was released. */
  async function seizedUnits(taskId: Hash, { block }: Place): Promise<bigint> {
    const { topicHash } = registry.interface.getEvent("StakeSeized");
    const at = Number(block);
    const found = await readLogs(stakeRegistry, [topicHash, taskId], at, at);
    return found
      .map((log) => registry.interface.parseLog(log)!.args["amountUnits"] as bigint)
      .reduce((sum, units) => sum + units, 0n);
  }

  /** Undefined whatever goes wrong: logs, receipts and the latest state must do. */
  const transactionOf = (transaction: Hash): Promise<TransactionResponse | undefined> =>
    provider.getTransaction(transaction).then(
      (found) => found ?? undefined,
      () => undefined,
    );

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

  /** All of one block: asked again if a block came between, and at last of that block, which not every node can tell. */
  async function creditsNow(
    accounts: readonly Address[],
  ): Promise<{ until: number; credit: bigint[] }> {
    for (let attempt = 0; ; attempt++) {
      const until = await ask(() => provider.getBlockNumber());
      const at = attempt < 5 ? {} : { blockTag: until };
      const credit = await Promise.all(accounts.map((a) => ask(() => tasks.creditOf(a, at))));
      if (attempt >= 5 || (await ask(() => provider.getBlockNumber())) === until) {
        return { until, credit };
      }
    }
  }

  function topicOf(
    name:
      | "BallotSettled"
      | "ClaimPaid"
      | "TaskCreated"
      | "TaskSettled"
      | "BooksClosed"
      | "TaskCancelled"
      | "Withdrawn",
  ): string {
    return tasks.interface.getEvent(name).topicHash;
  }

  return {
    chainId: async () => (await ask(() => provider.getNetwork())).chainId,

    async constants() {
      const [stakeRegistry, token, commons, minPool, claimWindow] = await Promise.all([
        ask(() => tasks.registry()),
        ask(() => tasks.token()),
        ask(() => tasks.commons()),
        ask(() => tasks.MIN_POOL()),
        ask(() => tasks.CLAIM_WINDOW()),
      ]);
      return {
        stakeRegistry: stakeRegistry.toLowerCase(),
        token: token.toLowerCase(),
        commons: commons.toLowerCase(),
        minPool: Number(minPool),
        claimWindow,
      };
    },

    async task(taskId, createdIn) {
      const receipt = createdIn && (await ask(() => provider.getTransactionReceipt(createdIn)));
      const found = await logs([null, taskId], receipt ? receipt.blockNumber : firstBlock);
      const events = await Promise.all(found.map(located));
      events.sort((a, b) => order(a.place, b.place));
      if (!events.some(({ parsed }) => parsed.name === "TaskCreated")) return undefined;
      const facts = await ask(() => tasks.factsOf(taskId));
      const gathered = gather(events);
      return {
        ...gathered,
        bondReleased: gathered.bondReleased && {
          ...gathered.bondReleased,
          seizedUnits: await seizedUnits(taskId, gathered.bondReleased),
        },
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

    drawAdmission: readAdmission(provider, addresses, firstBlock),

    async sessionOf(validator, key) {
      const { authorizedAt, expiresAt, revokedAt, number } = await ask(() =>
        registry.sessionOf(validator, key),
      );
      return { authorizedAt, expiresAt, revokedAt, number: Number(number) };
    },

    blockHash: async (block) => (await header(Number(block))).hash,

    async recordOf(taskId, validator) {
      const record = await ask(() => tasks.recordOf(taskId, validator));
      return {
        fingerprint: record.fingerprint,
        isVoid: record.void_,
        session: Number(record.session),
      };
    },

    calldata: async (transaction) => (await transactionOf(transaction))?.data,

    directCalldata: async (transaction) => {
      const found = await transactionOf(transaction);
      return found?.to?.toLowerCase() === feedbackTasks ? found.data : undefined;
    },

    /*
     * Every credit comes from an event and every withdrawal is one, so an account that had no credit before some block
     * must now have what it earned since, less what it took out since. The count therefore starts with the oldest of
     * the release's tasks rather than with the chain, and most accounts are done: the two sides agree. One that has
     * more than that had credit before (or a task that was older and closed later), so for it the count goes back, each
     * time as far again, until the two sides agree or the first block is reached, where they must. One that has less
     * has lost something and is never explained by what was before. What the shorter count cannot see is a contract
     * that lost something older; that would be found by the recount of the tasks it belonged to.
     */
    async credits(accounts, since) {
      const { until, credit } = await creditsNow(accounts);
      const found = new Map<Address, Credit>(
        accounts.map((account, i) => [
          account,
          { earnedUnits: 0n, withdrawnUnits: 0n, creditUnits: credit[i]! },
        ]),
      );
      let [from, to] = [Math.max(firstBlock, Number(since)), until];
      const commons = await commonsAddress();
      let open = accounts;
      for (;;) {
        const { earned, withdrawn } = await movements(open, from, to, until);
        for (const account of open) {
          const { earnedUnits, withdrawnUnits, creditUnits } = found.get(account)!;
          found.set(account, {
            earnedUnits: earnedUnits + (earned.get(account) ?? 0n),
            withdrawnUnits: withdrawnUnits + (withdrawn.get(account) ?? 0n),
            creditUnits,
          });
        }
        open = open.filter((account) => {
          const { earnedUnits, withdrawnUnits, creditUnits } = found.get(account)!;
          return account !== commons && withdrawnUnits + creditUnits > earnedUnits;
        });
        if (open.length === 0 || from <= firstBlock) return found;
        to = from - 1;
        from = Math.max(firstBlock, from - Math.max(LEAST_STEP, until - from + 1));
      }
    },
  };
}

interface Located {
  readonly parsed: LogDescription;
  readonly place: Place;
}

/** Blocks by which a count of credits goes back at least. */
const LEAST_STEP = 10_000;

function order(a: Place, b: Place): number {
  return Number(a.block - b.block) || a.logIndex - b.logIndex;
}

function gather(events: readonly Located[]): Omit<
  ChainTask,
  "ballotsCommitted" | "ballotsSettled" | "bondReleased"
> & {
  readonly bondReleased: (Place & { readonly freedUnits: bigint }) | undefined;
} {
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
    gold: only("GoldOpened", (args) => ({ golds: args["golds"] as Hex })),
    goldJudged: only("GoldJudged", (args) => ({
      valid: Number(args["valid"]),
      void: Number(args["void_"]),
      gate: args["gate"] as boolean,
    })),
    gateFailed: all(
      (args) => ({
        validator: address(args["validator"]),
        right: Number(args["right"]),
        wrong: Number(args["wrong"]),
      }),
      "GoldGateFailed",
    ),
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
    unfunded: all(
      (args) => ({
        validator: address(args["validator"]),
        version: Number(args["version"]),
      }),
      "BallotUnfunded",
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
    claims: all(
      (args) => ({
        validator: address(args["validator"]),
        claimUnits: args["claimUnits"] as bigint,
      }),
      "OmissionClaimed",
    ),
    bondReleased: only("BondReleased", (args) => ({ freedUnits: args["bondUnits"] as bigint })),
    claimsPaid: all(
      (args) => ({
        validator: address(args["validator"]),
        paidUnits: args["paidUnits"] as bigint,
        dustUnits: args["dustUnits"] as bigint,
      }),
      "ClaimPaid",
    ),
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

/** Pay and claims to validators, refunds to requesters, fees to operators. */
function addUp(
  created: readonly LogDescription[],
  closing: readonly LogDescription[],
  toValidators: readonly (readonly [units: string, events: readonly LogDescription[]])[],
): Map<Address, bigint> {
  const earned = new Map<Address, bigint>();
  const parties = new Map(created.map(({ args }) => [args["taskId"] as Hash, args]));
  const add = (account: Address, units: bigint): void => {
    earned.set(account, (earned.get(account) ?? 0n) + units);
  };
  for (const [units, events] of toValidators) {
    for (const [validator, sum] of sumBy(events, "validator", units)) add(validator, sum);
  }
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
