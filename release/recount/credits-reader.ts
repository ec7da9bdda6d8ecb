/** What accounts earned, took out, and still have as credit, by the contract's events and its latest state. */
import { getAddress, zeroPadValue } from "ethers";
import type { Log, LogDescription, Provider } from "ethers";
import type { IFeedbackTasks } from "../../bindings/index.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { ask } from "./ask-chain.ts";
import type { LogTopics } from "./ask-chain.ts";

export interface Credit {
  readonly earnedUnits: bigint;
  readonly withdrawnUnits: bigint;
  readonly creditUnits: bigint;
}

/** Blocks by which a count of credits goes back at least. */
const LEAST_STEP = 10_000;

type TaskLogReader = (topics: LogTopics, from: number, to?: number) => Promise<Log[]>;

/** @param logs those of the task contract; `firstBlock`: it is no older */
export function readCredits(
  provider: Provider,
  tasks: IFeedbackTasks,
  logs: TaskLogReader,
  firstBlock: number,
): (accounts: readonly Address[], since: bigint) => Promise<Map<Address, Credit>> {
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

  /**
   * Every credit comes from an event and every withdrawal is one, so an account that had no credit before some block
   * must now have what it earned since, less what it took out since. The count therefore starts with the oldest of
   * the release's tasks rather than with the chain, and most accounts are done: the two sides agree. One that has
   * more than that had credit before (or a task that was older and closed later), so for it the count goes back, each
   * time as far again, until the two sides agree or the first block is reached, where they must. One that has less
   * has lost something and is never explained by what was before. What the shorter count cannot see is a contract
   * that lost something older; that would be found by the recount of the tasks it belonged to.
   */
  return async (accounts, since) => {
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
