/** A made chain behind JSON-RPC, for an indexer in a process of its own. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ChainHeader } from "../../indexer/chain-source.ts";
import { COMMONS, type MadeChain } from "./made-chain.ts";

export interface MadeRpc {
  readonly url: string;
  /** How many ranges of logs were asked for so far. */
  ranges(): number;
  stop(): Promise<void>;
}

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: readonly never[];
}

export async function serveMadeChain(chain: MadeChain): Promise<MadeRpc> {
  let ranges = 0;

  const answer = async ({ method, params }: Request): Promise<unknown> => {
    switch (method) {
      case "eth_chainId":
        return quantity(await chain.chainId());
      case "eth_call":
        return `0x${COMMONS.slice(2).padStart(64, "0")}`;
      case "eth_getBlockByNumber": {
        const [number] = params as readonly string[];
        if (number === "latest") return headerJson(await chain.head());
        const [header] = await chain.headers([BigInt(number ?? 0)]);
        return header === undefined ? null : headerJson(header);
      }
      case "eth_getLogs": {
        const [filter] = params as readonly {
          fromBlock?: string;
          toBlock?: string;
          blockHash?: string;
          address: string[];
        }[];
        if (filter === undefined) throw new Error("no filter");
        if (filter.blockHash === undefined) ranges++;
        const logs =
          filter.blockHash === undefined
            ? await chain.logsInRange(
                BigInt(filter.fromBlock ?? 0),
                BigInt(filter.toBlock ?? 0),
                filter.address,
              )
            : await chain.logsOfBlock(filter.blockHash, filter.address);
        return logs.map(({ txHash, blockNumber, logIndex, ...log }) => ({
          ...log,
          transactionHash: txHash,
          blockNumber: quantity(blockNumber),
          logIndex: quantity(BigInt(logIndex)),
          removed: false,
        }));
      }
      default:
        throw new Error(`no such method: ${method}`);
    }
  };

  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      void (async () => {
        const asked = JSON.parse(Buffer.concat(chunks).toString()) as Request | Request[];
        const answers = await Promise.all(
          [asked].flat().map(async (one) => ({
            jsonrpc: "2.0",
            id: one.id,
            result: await answer(one),
          })),
        );
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(Array.isArray(asked) ? answers : answers[0]));
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ranges: () => ranges,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function quantity(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function headerJson(header: ChainHeader): Record<string, string> {
  return {
    number: quantity(header.number),
    hash: header.hash,
    parentHash: header.parentHash,
    timestamp: quantity(header.timestamp),
    logsBloom: header.logsBloom,
  };
}
