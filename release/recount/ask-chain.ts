/** Questions to a node: a contract that answers wrongly is not the one named; a node that does not answer is another matter. */
import { isCallException, isError } from "ethers";
import type { Log, Provider } from "ethers";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Address, Hex } from "../../protocol/words.ts";
import { doesNotHold } from "./report.ts";

export async function ask<T>(
  question: () => Promise<T>,
  wrongAnswer = "the contracts named in the manifest are not on this chain",
): Promise<T> {
  return question().catch((error: unknown) => {
    throw refusalData(error) === undefined ? unreachable(error) : doesNotHold("chain", wrongAnswer);
  });
}

/** @param nothing the revert that says that there is none: undefined then */
export async function askIfAny<T>(
  question: () => Promise<T>,
  nothing: Hex,
  wrongAnswer: string,
): Promise<T | undefined> {
  return ask<T | undefined>(
    () =>
      question().catch((error: unknown) => {
        if (refusalData(error) === nothing) return undefined;
        throw error;
      }),
    wrongAnswer,
  );
}

/** What a call was answered with in place of a value, if it was; some providers hand their node's own error on. */
function refusalData(error: unknown): Hex | undefined {
  if (isCallException(error)) return error.data ?? "0x";
  if (isError(error, "BAD_DATA")) return "0x";
  if (!(error instanceof Error) || !("data" in error)) return undefined;
  return typeof error.data === "string" ? error.data : undefined;
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
