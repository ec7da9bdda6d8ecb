/** A log as the event it is: name and arguments, by the contracts' own interfaces. */
import { AbiCoder, ParamType, type LogDescription } from "ethers";
import {
  IFeedbackTasks__factory,
  IProvenanceRegistry__factory,
  IStakeRegistry__factory,
} from "../bindings/index.ts";
import { hexToBytes } from "../protocol/hex.ts";
import type { Address } from "../protocol/words.ts";
import { toKeepable } from "../store/keepable-text.ts";
import type { ChainHeader, ChainLog } from "./chain-source.ts";
import type { FactPosition } from "./changes.ts";

export interface Contracts {
  readonly stakeRegistry: Address;
  readonly feedbackTasks: Address;
  /** Undefined: lineage is not indexed. */
  readonly provenanceRegistry?: Address | undefined;
  /** As FeedbackTasks names it: what no ballot earned is credited there. */
  readonly commons: Address;
}

export interface ChainEvent {
  readonly contract: keyof typeof interfaces;
  readonly name: string;
  /** By name. (Not ethers' own Result: an array, whose `entries` is a method and not the argument.) */
  readonly args: Readonly<Record<string, unknown>>;
  readonly at: FactPosition;
}

const interfaces = {
  stakeRegistry: IStakeRegistry__factory.createInterface(),
  feedbackTasks: IFeedbackTasks__factory.createInterface(),
  provenanceRegistry: IProvenanceRegistry__factory.createInterface(),
};

/** Undefined for a log of another contract, and for an event that the interfaces do not name. */
export function decodeLog(
  contracts: Contracts,
  header: ChainHeader,
  log: ChainLog,
): ChainEvent | undefined {
  const names = Object.keys(interfaces) as (keyof typeof interfaces)[];
  const contract = names.find((name) => contracts[name] === log.address);
  if (contract === undefined) return undefined;
  const parsed = interfaces[contract].parseLog({ topics: [...log.topics], data: log.data });
  if (parsed === null) return undefined;
  return {
    contract,
    name: parsed.name,
    args: argumentsOf(parsed, log),
    at: {
      blockNumber: header.number,
      blockHash: header.hash,
      blockTimestamp: header.timestamp,
      txHash: log.txHash,
      logIndex: log.logIndex,
    },
  };
}

/**
 * Arguments by name. What a contract calls a string is any bytes at all: what is not UTF-8 becomes U+FFFD, and so does NUL,
 * which PostgreSQL cannot keep. Nobody stops the indexer with a word.
 */
function argumentsOf({ args, fragment }: LogDescription, log: ChainLog): Record<string, unknown> {
  if (!fragment.inputs.some(({ type }) => type === "string"))
    return args.toObject() as Record<string, unknown>;
  const plain = fragment.inputs.filter(({ indexed }) => indexed !== true);
  const raw = AbiCoder.defaultAbiCoder().decode(
    plain.map((input) => (input.type === "string" ? ParamType.from("bytes") : input)),
    log.data,
  );
  const topics = fragment.inputs.filter(({ indexed }) => indexed === true);
  return Object.fromEntries([
    ...topics.map(({ name }) => [name, args.getValue(name) as unknown]),
    ...plain.map(({ name, type }, i) => [
      name,
      type === "string" ? textOf(raw[i] as string) : (raw[i] as unknown),
    ]),
  ]) as Record<string, unknown>;
}

const utf8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

function textOf(bytes: string): string {
  return toKeepable(utf8.decode(hexToBytes(bytes)));
}
