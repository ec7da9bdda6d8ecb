/**
 * A stretch of blocks with the logs of our contracts, each pinned to its block's hash and checked: the headers link from
 * parent to child, every log belongs to one of them, and no block whose bloom says so lacks its logs. What does not fit is
 * taken for an RPC that lags or wavers, and asked for again: nothing is half believed.
 */
import { ScrutineerError } from "../protocol/errors.ts";
import type { Address, Hash } from "../protocol/words.ts";
import type { ChainHeader, ChainLog, ChainSource } from "./chain-source.ts";
import { mayHaveLogged } from "./logs-bloom.ts";

export interface FetchedBlock {
  readonly header: ChainHeader;
  /** By log index. */
  readonly logs: readonly ChainLog[];
}

export interface Stretch {
  readonly from: bigint;
  readonly to: bigint;
  /** Every header, linked; else, far below the head, only those of the ends and of blocks with logs. */
  readonly everyHeader: boolean;
}

/** Thrown as `not-ready`: ask again. */
function unsteady(message: string): ScrutineerError {
  return new ScrutineerError("not-ready", message);
}

export async function fetchBlocks(
  source: ChainSource,
  addresses: readonly Address[],
  stretch: Stretch,
): Promise<FetchedBlock[]> {
  const { from, to, everyHeader } = stretch;
  const headers = new Map<bigint, ChainHeader>();
  if (everyHeader) await fetchHeaders(source, numbersOf(from, to), headers);
  const logs = await source.logsInRange(from, to, addresses);
  if (!everyHeader) {
    await fetchHeaders(source, [from, to, ...logs.map((log) => log.blockNumber)], headers);
  }
  checkLinks(headers);

  const byBlock = new Map<Hash, Map<number, ChainLog>>();
  const wanted = new Set(addresses);
  for (const log of logs) {
    if (!wanted.has(log.address)) continue;
    const header = headers.get(log.blockNumber);
    if (header?.hash !== log.blockHash) {
      throw unsteady(`a log of block ${log.blockNumber} is of another block ${log.blockHash}`);
    }
    const of = byBlock.get(log.blockHash) ?? new Map<number, ChainLog>();
    byBlock.set(log.blockHash, of.set(log.logIndex, log));
  }
  for (const header of headers.values()) {
    if (byBlock.has(header.hash)) continue;
    if (!addresses.some((address) => mayHaveLogged(header.logsBloom, address))) continue;
    // The bloom suspects logs that the range did not bring: ask for this very block.
    const late = await source.logsOfBlock(header.hash, addresses);
    const ours = late.filter((log) => wanted.has(log.address) && log.blockHash === header.hash);
    byBlock.set(header.hash, new Map(ours.map((log) => [log.logIndex, log])));
  }
  return [...headers.values()]
    .sort((a, b) => Number(a.number - b.number))
    .map((header) => ({
      header,
      logs: [...(byBlock.get(header.hash)?.values() ?? [])].sort((a, b) => a.logIndex - b.logIndex),
    }));
}

function numbersOf(from: bigint, to: bigint): bigint[] {
  return Array.from({ length: Number(to - from) + 1 }, (_, i) => from + BigInt(i));
}

async function fetchHeaders(
  source: ChainSource,
  numbers: readonly bigint[],
  into: Map<bigint, ChainHeader>,
): Promise<void> {
  const missing = [...new Set(numbers)].filter((number) => !into.has(number));
  const found = await source.headers(missing);
  found.forEach((header, i) => {
    if (header === undefined || header.number !== missing[i]) {
      throw unsteady(`block ${missing[i]} is not there yet`);
    }
    into.set(header.number, header);
  });
}

function checkLinks(headers: ReadonlyMap<bigint, ChainHeader>): void {
  for (const header of headers.values()) {
    const parent = headers.get(header.number - 1n);
    if (parent !== undefined && parent.hash !== header.parentHash) {
      throw unsteady(`block ${header.number} is no child of block ${parent.number}`);
    }
  }
}
