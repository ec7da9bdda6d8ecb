/**
 * What the recount asks of a chain: logs, block headers and the latest state, nothing archived.
 * Any ethers Provider serves, in Node or in a browser. Values come in the protocol's own types.
 */
import type { Log, Provider, TransactionResponse } from "ethers";
import { IFeedbackTasks__factory, IStakeRegistry__factory } from "../../bindings/index.ts";
import type { IFeedbackTasks, IStakeRegistry } from "../../bindings/index.ts";
import type { DrawingRule } from "../../protocol/admission.ts";
import type { Session } from "../../protocol/session.ts";
import { toAddress } from "../../protocol/words.ts";
import type { Address, Hash, Hex, Role, StakeRole } from "../../protocol/words.ts";
import { readAdmission } from "./admission-reader.ts";
import { ask, createLogReader } from "./ask-chain.ts";
import type { LogTopics } from "./ask-chain.ts";
import { gatherTask, inOrder } from "./chain-task.ts";
import type { ChainTask, LocatedEvent, Place } from "./chain-task.ts";
import { readCredits } from "./credits-reader.ts";
import type { Credit } from "./credits-reader.ts";
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

  async function located(log: Log): Promise<LocatedEvent> {
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
      events.sort((a, b) => inOrder(a.place, b.place));
      if (!events.some(({ parsed }) => parsed.name === "TaskCreated")) return undefined;
      const facts = await ask(() => tasks.factsOf(taskId));
      const gathered = gatherTask(events);
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

    credits: readCredits(provider, tasks, logs, firstBlock),
  };
}
