/** A log as the event it is: name and arguments, by the contracts' own interfaces. */
import { IFeedbackTasks__factory, IStakeRegistry__factory } from "../bindings/index.ts";
import type { Address } from "../protocol/words.ts";
import type { ChainHeader, ChainLog } from "./chain-source.ts";
import type { FactPosition } from "./changes.ts";

export interface Contracts {
  readonly stakeRegistry: Address;
  readonly feedbackTasks: Address;
  /** As FeedbackTasks names it: what no ballot earned is credited there. */
  readonly commons: Address;
}

export interface ChainEvent {
  readonly contract: "stakeRegistry" | "feedbackTasks";
  readonly name: string;
  /** By name. (Not ethers' own Result: an array, whose `entries` is a method and not the argument.) */
  readonly args: Readonly<Record<string, unknown>>;
  readonly at: FactPosition;
}

const interfaces = {
  stakeRegistry: IStakeRegistry__factory.createInterface(),
  feedbackTasks: IFeedbackTasks__factory.createInterface(),
};

/** Undefined for a log of another contract, and for an event that the interfaces do not name. */
export function decodeLog(
  contracts: Contracts,
  header: ChainHeader,
  log: ChainLog,
): ChainEvent | undefined {
  const contract =
    log.address === contracts.feedbackTasks
      ? "feedbackTasks"
      : log.address === contracts.stakeRegistry
        ? "stakeRegistry"
        : undefined;
  if (contract === undefined) return undefined;
  const parsed = interfaces[contract].parseLog({ topics: [...log.topics], data: log.data });
  if (parsed === null) return undefined;
  return {
    contract,
    name: parsed.name,
    args: parsed.args.toObject() as Record<string, unknown>,
    at: {
      blockNumber: header.number,
      blockHash: header.hash,
      blockTimestamp: header.timestamp,
      txHash: log.txHash,
      logIndex: log.logIndex,
    },
  };
}
