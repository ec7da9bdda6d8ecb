/** The few JSON-RPC calls an indexer makes, in batches, with a deadline; every failure says `chain-unreachable`. */
import { ScrutineerError } from "../protocol/errors.ts";

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

export interface JsonRpc {
  call(method: string, ...params: readonly unknown[]): Promise<unknown>;
  /** Results in the order of the calls. */
  batch(calls: readonly RpcCall[]): Promise<unknown[]>;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

const MAX_BATCH = 100;

export function createJsonRpc(url: string, timeoutMs = 20_000): JsonRpc {
  let nextId = 1;

  const post = async (body: unknown): Promise<unknown> => {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return await response.json();
    } catch (error) {
      throw unreachable((error as Error).message, error);
    }
  };

  const batch = async (calls: readonly RpcCall[]): Promise<unknown[]> => {
    const results: unknown[] = [];
    for (let start = 0; start < calls.length; start += MAX_BATCH) {
      const requests = calls
        .slice(start, start + MAX_BATCH)
        .map((call) => ({ jsonrpc: "2.0", id: nextId++, ...call }));
      const answers = await post(requests.length === 1 ? requests[0] : requests);
      const byId = new Map([answers].flat().map((answer) => [(answer as Answer).id, answer]));
      for (const { id, method } of requests) {
        const answer = byId.get(id) as Answer | undefined;
        if (answer === undefined) throw unreachable(`${method}: no answer`);
        if (answer.error !== undefined) throw unreachable(`${method}: ${answer.error.message}`);
        results.push(answer.result ?? null);
      }
    }
    return results;
  };

  return {
    call: async (method, ...params) => (await batch([{ method, params }]))[0],
    batch,
  };
}

function unreachable(message: string, cause?: unknown): ScrutineerError {
  return new ScrutineerError("chain-unreachable", `the chain's RPC: ${message}`, {}, { cause });
}
