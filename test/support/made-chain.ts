/**
 * A chain made by hand for tests of the indexer: blocks that hold whatever logs a test wants, that can be reorganised, and
 * an RPC that can lag, waver or leave logs out.
 */
import { keccak256, toBeHex, type EventFragment, type Interface } from "ethers";
import {
  IFeedbackTasks__factory,
  IProvenanceRegistry__factory,
  IStakeRegistry__factory,
} from "../../bindings/index.ts";
import type { ChainHeader, ChainLog, ChainSource } from "../../indexer/chain-source.ts";
import type { FollowConfig } from "../../indexer/follow-chain.ts";
import { bytesToHex, hexToBytes } from "../../protocol/hex.ts";
import { ZERO_HASH, type Address, type Hash } from "../../protocol/words.ts";

export const STAKE_REGISTRY: Address = `0x${"a1".repeat(20)}`;
export const FEEDBACK_TASKS: Address = `0x${"a2".repeat(20)}`;
export const PROVENANCE_REGISTRY: Address = `0x${"a4".repeat(20)}`;

export const COMMONS: Address = `0x${"a3".repeat(20)}`;

/** How it is followed; the registry of lineage is left to the tests that are about it. */
export const FOLLOWED: FollowConfig = {
  contracts: { stakeRegistry: STAKE_REGISTRY, feedbackTasks: FEEDBACK_TASKS, commons: COMMONS },
  startBlock: 0n,
  reorgDepth: 100n,
  maxStretch: 500n,
};

/** A log before it has a block. */
export interface MadeLog {
  readonly address: Address;
  readonly topics: readonly string[];
  readonly data: string;
}

const registry = IStakeRegistry__factory.createInterface();
const tasks = IFeedbackTasks__factory.createInterface();
const provenance = IProvenanceRegistry__factory.createInterface();

/** A log of the registry (or, to deceive, of another address). */
export function registryLog(
  name: string,
  args: readonly unknown[],
  address = STAKE_REGISTRY,
): MadeLog {
  return encode(registry, name, args, address);
}

/** A log of the task contract. */
export function tasksLog(
  name: string,
  args: readonly unknown[],
  address = FEEDBACK_TASKS,
): MadeLog {
  return encode(tasks, name, args, address);
}

/** A log of the registry of lineage. */
export function provenanceLog(name: string, args: readonly unknown[]): MadeLog {
  return encode(provenance, name, args, PROVENANCE_REGISTRY);
}

function encode(
  contract: Interface,
  name: string,
  args: readonly unknown[],
  address: Address,
): MadeLog {
  const event = contract.getEvent(name) as unknown as EventFragment;
  return { address, ...contract.encodeEventLog(event, args as never) };
}

interface MadeBlock {
  readonly header: ChainHeader;
  readonly logs: readonly ChainLog[];
}

export class MadeChain implements ChainSource {
  readonly calls: string[] = [];
  /** The RPC answers as if so many newest blocks were not there yet. */
  lag = 0;
  /** Range queries leave the logs of these blocks out, as a node does that has not indexed them yet. */
  forgetful = new Set<bigint>();
  /** The next call throws this. */
  failure: Error | undefined;
  #blocks: MadeBlock[] = [];
  #fork = 0;
  readonly #start: bigint;

  constructor(start = 1_700_000_000n) {
    this.#start = start;
    this.mine([]);
  }

  get height(): bigint {
    return BigInt(this.#blocks.length) - 1n;
  }

  hashAt(number: bigint): Hash {
    return this.#at(number).header.hash;
  }

  /** One more block with these logs; each log a transaction of its own. */
  mine(logs: readonly MadeLog[]): ChainHeader {
    const number = BigInt(this.#blocks.length);
    const parent = this.#blocks.at(-1)?.header;
    const hash = keccak256(
      bytesToHex(new TextEncoder().encode(`${number} ${this.#fork} ${parent?.hash ?? ""}`)),
    );
    const header: ChainHeader = {
      number,
      hash,
      parentHash: parent?.hash ?? ZERO_HASH,
      timestamp: this.#start + number,
      logsBloom: bloomOf(logs.map((log) => log.address)),
    };
    this.#blocks.push({
      header,
      logs: logs.map((log, logIndex) => ({
        ...log,
        blockNumber: number,
        blockHash: hash,
        txHash: keccak256(`0x${hash.slice(2)}${toBeHex(logIndex, 4).slice(2)}`),
        logIndex,
      })),
    });
    return header;
  }

  /** Forgets every block above `number`; what is mined next is another chain. */
  forkAt(number: bigint): void {
    this.#blocks = this.#blocks.slice(0, Number(number) + 1);
    this.#fork++;
  }

  /** A second node of this chain, with a lag of its own. */
  chainId(): Promise<bigint> {
    this.#called("chainId");
    return Promise.resolve(31337n);
  }

  commons(): Promise<Address> {
    return Promise.resolve(COMMONS);
  }

  head(): Promise<ChainHeader> {
    this.#called("head");
    return Promise.resolve(this.#at(this.height - BigInt(this.lag)).header);
  }

  headers(numbers: readonly bigint[]): Promise<(ChainHeader | undefined)[]> {
    this.#called(`headers ${numbers.length}`);
    const top = this.height - BigInt(this.lag);
    return Promise.resolve(
      numbers.map((number) => (number > top ? undefined : this.#blocks[Number(number)]?.header)),
    );
  }

  logsInRange(from: bigint, to: bigint, addresses: readonly Address[]): Promise<ChainLog[]> {
    this.#called(`logs ${from}..${to}`);
    return Promise.resolve(
      this.#blocks
        .filter(({ header: { number } }) => number >= from && number <= to)
        .filter(({ header: { number } }) => !this.forgetful.has(number))
        .flatMap(({ logs }) => logs.filter((log) => addresses.includes(log.address))),
    );
  }

  logsOfBlock(hash: Hash, addresses: readonly Address[]): Promise<ChainLog[]> {
    this.#called(`logs of ${hash}`);
    const block = this.#blocks.find(({ header }) => header.hash === hash);
    return Promise.resolve(block?.logs.filter((log) => addresses.includes(log.address)) ?? []);
  }

  #called(what: string): void {
    this.calls.push(what);
    const failure = this.failure;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }

  #at(number: bigint): MadeBlock {
    const block = this.#blocks[Number(number)];
    if (block === undefined) throw new Error(`no block ${number}`);
    return block;
  }
}

function bloomOf(addresses: readonly Address[]): string {
  const bloom = new Uint8Array(256);
  for (const address of addresses) {
    const digest = hexToBytes(keccak256(address));
    for (const i of [0, 2, 4]) {
      const bit = (((digest[i] as number) << 8) | (digest[i + 1] as number)) & 2047;
      bloom[255 - (bit >> 3)] = (bloom[255 - (bit >> 3)] as number) | (1 << (bit & 7));
    }
  }
  return bytesToHex(bloom);
}
