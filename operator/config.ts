/** The operator's environment. */
import { z } from "zod";
import type { Address } from "../protocol/words.ts";
import { readEnv } from "../runtime/env.ts";

export interface OperatorConfig {
  readonly rpcUrl: string;
  readonly feedbackTasks: Address;
  /** Sends and pays gas; need not be the operator of any task: the contracts ask nobody who sent. */
  readonly relayKey: string;
  /** Serve tasks of this operator alone; undefined: every task there is. */
  readonly operator: Address | undefined;
  readonly anchorSeconds: number;
  /** Wait between two rounds. */
  readonly roundMilliseconds: number;
  /** Transactions unmined at once, at most. */
  readonly window: number;
  /** Unmined for so many blocks: offer more. */
  readonly stuckAfterBlocks: bigint;
  /** Accounts whose credit waits until they withdraw it themselves; everybody else's is paid out. */
  readonly leftToOwners?: readonly Address[];
}

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "an address: 0x and 40 hex digits")
  .transform((text) => text.toLowerCase());

export const operatorEnv = z.object({
  RPC_URL: z.url().default("http://127.0.0.1:8545"),
  FEEDBACK_TASKS: address,
  OPERATOR_RELAY_KEY: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, "a private key: 0x and 64 hex digits"),
  OPERATOR_ADDRESS: address.optional(),
  ANCHOR_SECONDS: z.coerce.number().positive().default(30),
  OPERATOR_ROUND_MS: z.coerce.number().int().positive().default(1_000),
  OPERATOR_WINDOW: z.coerce.number().int().positive().default(16),
  OPERATOR_STUCK_BLOCKS: z.coerce.bigint().positive().default(3n),
});

export function readOperatorConfig(
  env: Readonly<Record<string, string | undefined>>,
): OperatorConfig {
  const read = readEnv(operatorEnv, env);
  return Object.freeze({
    rpcUrl: read.RPC_URL,
    feedbackTasks: read.FEEDBACK_TASKS,
    relayKey: read.OPERATOR_RELAY_KEY,
    operator: read.OPERATOR_ADDRESS,
    anchorSeconds: read.ANCHOR_SECONDS,
    roundMilliseconds: read.OPERATOR_ROUND_MS,
    window: read.OPERATOR_WINDOW,
    stuckAfterBlocks: read.OPERATOR_STUCK_BLOCKS,
  });
}
