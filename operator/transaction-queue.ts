/**
 * Sends intents from one key and sees them through: stored before signed, signed attempts stored before broadcast, priced
 * up when stuck, found again after a restart. Nothing here knows what an intent is for.
 */
import { keccak256, Wallet, type JsonRpcProvider, type TransactionReceipt } from "ethers";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Database } from "../store/database.ts";
import {
  endAsConfirmed,
  endAsDropped,
  endAsReverted,
  findOpenIntents,
  saveAttempt,
  type OpenIntent,
} from "../store/transactions.ts";
import { bumpedFees, freshFees, type Fees } from "./fees.ts";
import type { Logger } from "../runtime/logger.ts";
import { planQueue, type Fate } from "./plan-queue.ts";

export interface QueueConfig {
  readonly chainId: bigint;
  readonly privateKey: string;
  readonly window: number;
  readonly stuckAfterBlocks: bigint;
}

export interface TransactionQueue {
  readonly sender: string;
  /** Drops what an earlier life planned and never signed: it is derived again from facts if still wanted. */
  recover(): Promise<void>;
  /** Looks after every open intent once; answers those still open. */
  pump(block: bigint): Promise<readonly OpenIntent[]>;
}

export function createTransactionQueue(
  db: Database,
  provider: JsonRpcProvider,
  config: QueueConfig,
  log: Logger,
): TransactionQueue {
  const wallet = new Wallet(config.privateKey);
  const sender = wallet.address.toLowerCase();

  async function fateOf(intent: OpenIntent): Promise<{ fate: Fate; receipt?: TransactionReceipt }> {
    for (const { txHash } of intent.attempts.toReversed()) {
      const receipt = await provider.getTransactionReceipt(txHash);
      if (receipt !== null) return { fate: receipt.status === 1 ? "mined" : "reverted", receipt };
    }
    const last = intent.attempts.at(-1);
    if (last === undefined) return { fate: "unknown" };
    return { fate: (await provider.getTransaction(last.txHash)) === null ? "unknown" : "pending" };
  }

  async function currentFees(): Promise<Fees> {
    const data = await provider.getFeeData();
    const priority = data.maxPriorityFeePerGas ?? 1_000_000_000n;
    const base = ((data.maxFeePerGas ?? 2_000_000_000n + priority) - priority) / 2n;
    return freshFees(base, priority);
  }

  async function broadcast(rawTransaction: string, intent: OpenIntent): Promise<void> {
    try {
      await provider.send("eth_sendRawTransaction", [rawTransaction]);
    } catch (error) {
      // Known already, nonce used meanwhile, underpriced beside a twin: the next look at the chain decides.
      log.warn(
        { intent: intent.id, kind: intent.kind, reason: (error as Error).message },
        "broadcast refused",
      );
    }
  }

  async function sign(intent: OpenIntent, nonce: number, fees: Fees, block: bigint): Promise<void> {
    const rawTransaction = await wallet.signTransaction({
      type: 2,
      chainId: config.chainId,
      to: intent.toAddress,
      data: intent.callData,
      gasLimit: intent.gasLimit,
      nonce,
      ...fees,
    });
    const txHash = keccak256(rawTransaction);
    await saveAttempt(
      db,
      { txHash, intentId: intent.id, nonce, rawTransaction, ...fees },
      sender,
      block,
    );
    await broadcast(rawTransaction, intent);
  }

  return {
    sender,
    async recover() {
      for (const intent of await findOpenIntents(db)) {
        if (intent.state === "sent" && intent.sender === sender) continue;
        const reason =
          intent.state === "planned" ? "not signed before a restart" : "signed by another key";
        await endAsDropped(db, intent.id, reason);
      }
    },

    async pump(block) {
      const intents = await findOpenIntents(db);
      if (intents.length === 0) return [];
      // The nonce first: a receipt that appears between the two readings must not look like a lost nonce.
      const nextNonce = await provider.getTransactionCount(sender, "latest");
      const fates = new Map<number, Awaited<ReturnType<typeof fateOf>>>();
      for (const intent of intents)
        if (intent.nonce !== null) fates.set(intent.id, await fateOf(intent));

      const byId = new Map(intents.map((intent) => [intent.id, intent]));
      const steps = planQueue({
        intents: intents.map(({ id, nonce, signedAtBlock }) => ({
          id,
          nonce,
          signedAtBlock,
          fate: fates.get(id)?.fate ?? "unknown",
        })),
        nextNonce,
        block,
        window: config.window,
        stuckAfterBlocks: config.stuckAfterBlocks,
      });
      const fees = steps.some(({ step }) => step === "sign" || step === "bump")
        ? await currentFees()
        : undefined;

      const open = new Map(byId);
      for (const step of steps) {
        const intent = byId.get(step.id) as OpenIntent;
        const receipt = fates.get(step.id)?.receipt;
        switch (step.step) {
          case "confirm":
            await endAsConfirmed(db, intent.id, minedIn(receipt));
            open.delete(intent.id);
            log.info(
              {
                kind: intent.kind,
                task: intent.taskId,
                tx: receipt?.hash,
                gas: Number(receipt?.gasUsed),
              },
              "mined",
            );
            break;
          case "revert":
            await endAsReverted(db, intent.id, minedIn(receipt), "reverted");
            open.delete(intent.id);
            log.warn({ kind: intent.kind, task: intent.taskId, tx: receipt?.hash }, "reverted");
            break;
          case "drop":
            await endAsDropped(db, intent.id, "its nonce went to another transaction");
            open.delete(intent.id);
            break;
          case "rebroadcast":
            await broadcast(lastAttempt(intent).rawTransaction, intent);
            break;
          case "bump":
            log.warn(
              { kind: intent.kind, task: intent.taskId, nonce: step.nonce },
              "stuck, offering more",
            );
            await sign(intent, step.nonce, bumpedFees(lastAttempt(intent), fees as Fees), block);
            break;
          case "sign":
            await sign(intent, step.nonce, fees as Fees, block);
            break;
        }
      }
      return [...open.values()];
    },
  };
}

function minedIn(receipt: TransactionReceipt | undefined): {
  txHash: string;
  blockNumber: bigint;
  gasUsed: bigint;
} {
  if (receipt === undefined)
    throw new ScrutineerError("internal", "no receipt of a mined transaction");
  return {
    txHash: receipt.hash,
    blockNumber: BigInt(receipt.blockNumber),
    gasUsed: receipt.gasUsed,
  };
}

function lastAttempt(intent: OpenIntent): OpenIntent["attempts"][number] {
  const last = intent.attempts.at(-1);
  if (last === undefined)
    throw new ScrutineerError("internal", `intent ${intent.id} has a nonce and no attempt`);
  return last;
}
