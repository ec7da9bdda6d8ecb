/** Questions to a node: a contract that answers wrongly is not the one named; a node that does not answer is another matter. */
import { isCallException, isError } from "ethers";
import type { Log, Provider } from "ethers";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Address } from "../../protocol/words.ts";
import { doesNotHold } from "./report.ts";

export async function ask<T>(
  question: () => Promise<T>,
  wrongAnswer = "the contracts named in the manifest are not on this chain",
): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (isCallException(error) || isError(error, "BAD_DATA")) {
      throw doesNotHold("chain", wrongAnswer);
    }
    throw unreachable(error);
  }
}

export type LogTopics = (string | string[] | null)[];

/** Logs of a contract in the blocks `from` to `to`; without `to`, to the newest. */
export type LogReader = (
  address: Address,
  topics: LogTopics,
  from: number,
  to?: number,
) => Promise<Log[]>;

export function createLogReader(provider: Provider): LogReader {
  /** Blocks asked for at once: half as many whenever the node finds them too many, as public ones do. */
  let span = Number.MAX_SAFE_INTEGER;
  return async (address, topics, from, to) => {
    const until = to ?? (await ask(() => provider.getBlockNumber()));
    const found: Log[] = [];
    let start = from;
    while (start <= until) {
      const end = Math.min(until, start + span - 1);
      try {
        const range = { fromBlock: start, toBlock: end };
        found.push(...(await provider.getLogs({ address, topics, ...range })));
        start = end + 1;
      } catch (error) {
        if (end === start) throw unreachable(error);
        span = Math.floor((end - start + 1) / 2);
      }
    }
    return found;
  };
}

export function unreachable(error: unknown): unknown {
  if (error instanceof ScrutineerError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ScrutineerError(
    "chain-unreachable",
    `the chain does not answer: ${message}`,
    {},
    { cause: error },
  );
}
