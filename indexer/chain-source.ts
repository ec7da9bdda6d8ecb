/** The chain as the indexer sees it: headers by number, logs of some addresses. Tests put a chain of their own here. */
import { z } from "zod";
import { ScrutineerError } from "../protocol/errors.ts";
import { keccak256Text } from "../protocol/keccak.ts";
import { toAddress, toHash, type Address, type Hash, type Hex } from "../protocol/words.ts";
import type { Held } from "../store/chain-writes.ts";
import { createJsonRpc, type JsonRpc } from "./json-rpc.ts";

export interface ChainHeader {
  readonly number: bigint;
  readonly hash: Hash;
  readonly parentHash: Hash;
  readonly timestamp: bigint;
  /** 256 bytes: which addresses may have logged in this block. */
  readonly logsBloom: Hex;
}

export interface ChainLog {
  readonly address: Address;
  readonly topics: readonly Hash[];
  readonly data: Hex;
  readonly blockNumber: bigint;
  readonly blockHash: Hash;
  readonly txHash: Hash;
  readonly logIndex: number;
}

export interface ChainSource {
  chainId(): Promise<bigint>;
  /** The commons of a task contract: fixed at its deployment, and stated in no event. */
  commons(feedbackTasks: Address): Promise<Address>;
  /** What both contracts hold of their token at the end of this block; left out by a source that never knows. */
  held?(stakeRegistry: Address, feedbackTasks: Address, blockHash: Hash): Promise<Held>;
  head(): Promise<ChainHeader>;
  /** In the order asked for; undefined where this node has no such block (yet). */
  headers(numbers: readonly bigint[]): Promise<(ChainHeader | undefined)[]>;
  /** Of these addresses, in the blocks of `from` to `to` of whatever chain the node believes in. */
  logsInRange(from: bigint, to: bigint, addresses: readonly Address[]): Promise<ChainLog[]>;
  /** Of these addresses, in this very block. */
  logsOfBlock(hash: Hash, addresses: readonly Address[]): Promise<ChainLog[]>;
}

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]+$/i)
  .transform(BigInt);
const hash = z.string().transform((text) => toHash(text));
/** The first four bytes of a function's keccak256. commons() of FeedbackTasks: fixed at its deployment. */
const COMMONS_SELECTOR = keccak256Text("commons()").slice(0, 10);
/** token() of FeedbackTasks: fixed too. */
const TOKEN_SELECTOR = keccak256Text("token()").slice(0, 10);
/** balanceOf(address) of ERC-20. */
const BALANCE_SELECTOR = keccak256Text("balanceOf(address)").slice(0, 10);
const amountWord = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/i, "no amount")
  .transform(BigInt);
const addressWord = z
  .string()
  .regex(/^0x0{24}[0-9a-f]{40}$/i, "no address: is there a contract?")
  .transform((word) => toAddress(`0x${word.slice(-40)}`));
const header = z.object({
  number: quantity,
  hash,
  parentHash: hash,
  timestamp: quantity,
  logsBloom: z.string(),
});
const logs = z.array(
  z.object({
    address: z.string().transform((text) => toAddress(text)),
    topics: z.array(hash),
    data: z.string().transform((text) => text.toLowerCase()),
    blockNumber: quantity,
    blockHash: hash,
    transactionHash: hash,
    logIndex: quantity.transform(Number),
    removed: z.boolean().optional(),
  }),
);

export function openChainSource(rpcUrl: string): ChainSource {
  return chainSourceOf(createJsonRpc(rpcUrl));
}

export function chainSourceOf(rpc: JsonRpc): ChainSource {
  let token: Address | undefined;
  const readLogs = async (filter: Record<string, unknown>): Promise<ChainLog[]> =>
    parse(logs, await rpc.call("eth_getLogs", filter)).flatMap(
      ({ removed, transactionHash, ...log }) =>
        removed === true ? [] : [{ ...log, txHash: transactionHash }],
    );
  return {
    chainId: async () => parse(quantity, await rpc.call("eth_chainId")),
    commons: async (to) =>
      parse(addressWord, await rpc.call("eth_call", { to, data: COMMONS_SELECTOR }, "latest")),
    held: async (stakeRegistry, feedbackTasks, blockHash) => {
      token ??= parse(
        addressWord,
        await rpc.call("eth_call", { to: feedbackTasks, data: TOKEN_SELECTOR }, "latest"),
      );
      const to = token;
      const [registryUnits, tasksUnits] = await rpc.batch(
        [stakeRegistry, feedbackTasks].map((holder) => ({
          method: "eth_call",
          params: [
            { to, data: `${BALANCE_SELECTOR}${holder.slice(2).padStart(64, "0")}` },
            { blockHash },
          ],
        })),
      );
      return {
        registryUnits: parse(amountWord, registryUnits),
        tasksUnits: parse(amountWord, tasksUnits),
      };
    },
    head: async () => parse(header, await rpc.call("eth_getBlockByNumber", "latest", false)),
    headers: async (numbers) => {
      const answers = await rpc.batch(
        numbers.map((number) => ({
          method: "eth_getBlockByNumber",
          params: [toQuantity(number), false],
        })),
      );
      return answers.map((answer) => (answer === null ? undefined : parse(header, answer)));
    },
    logsInRange: (from, to, address) =>
      readLogs({ fromBlock: toQuantity(from), toBlock: toQuantity(to), address }),
    logsOfBlock: (blockHash, address) => readLogs({ blockHash, address }),
  };
}

function toQuantity(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function parse<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new ScrutineerError(
    "chain-unreachable",
    `the chain's RPC answers what is no answer: ${parsed.error.issues[0]?.message ?? "?"}`,
    {},
  );
}
