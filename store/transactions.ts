/** The operator's own tables: intents, the signed attempts at them, and the trees of its anchors. */
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Address, Hash, Hex } from "../protocol/words.ts";
import type { Database } from "./database.ts";
import { anchors } from "./schema/chain.ts";
import {
  anchorLeaves,
  anchorTrees,
  transactionAttempts,
  transactionIntents,
  type IntentKind,
  type TransactionAttempt,
  type TransactionIntent,
} from "./schema/transactions.ts";

export interface NewIntent {
  readonly kind: IntentKind;
  readonly taskId: Hash | null;
  readonly elements: readonly string[];
  readonly toAddress: Address;
  readonly callData: Hex;
  readonly gasLimit: bigint;
  readonly createdAt: bigint;
}

/** An intent that has not ended, with its attempts, oldest first. */
export interface OpenIntent extends TransactionIntent {
  readonly attempts: readonly TransactionAttempt[];
}

export async function insertIntent(db: Database, intent: NewIntent): Promise<number> {
  const [row] = await db
    .insert(transactionIntents)
    .values({ ...intent, state: "planned" })
    .returning({ id: transactionIntents.id });
  return (row as { id: number }).id;
}

/** Stores an anchor with its leaves in one transaction, so that a version is in one tree or in none. */
export async function insertAnchor(
  db: Database,
  intent: NewIntent & { readonly taskId: Hash },
  root: Hash,
  digests: readonly Hash[],
): Promise<void> {
  await db.transaction(async (tx) => {
    const intentId = await insertIntent(tx, intent);
    const [tree] = await tx
      .insert(anchorTrees)
      .values({
        taskId: intent.taskId,
        root,
        ballots: digests.length,
        intentId,
        createdAt: intent.createdAt,
      })
      .returning({ id: anchorTrees.id });
    const treeId = (tree as { id: number }).id;
    for (let from = 0; from < digests.length; from += 4096) {
      const part = digests.slice(from, from + 4096);
      await tx
        .insert(anchorLeaves)
        .values(part.map((digest, index) => ({ treeId, position: from + index, digest })));
    }
  });
}

/** Intents that have not ended, in the order they were planned. */
export async function findOpenIntents(db: Database): Promise<OpenIntent[]> {
  const intents = await db
    .select()
    .from(transactionIntents)
    .where(inArray(transactionIntents.state, ["planned", "sent"]))
    .orderBy(asc(transactionIntents.id));
  if (intents.length === 0) return [];
  const attempts = await db
    .select()
    .from(transactionAttempts)
    .where(
      inArray(
        transactionAttempts.intentId,
        intents.map(({ id }) => id),
      ),
    )
    .orderBy(asc(transactionAttempts.maxFeePerGas));
  return intents.map((intent) => ({
    ...intent,
    attempts: attempts.filter(({ intentId }) => intentId === intent.id),
  }));
}

/** Before anything is broadcast: a process that dies after this knows what it may have sent. */
export async function saveAttempt(
  db: Database,
  attempt: TransactionAttempt,
  sender: Address,
  signedAtBlock: bigint,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.insert(transactionAttempts).values(attempt).onConflictDoNothing();
    await tx
      .update(transactionIntents)
      .set({ state: "sent", sender, nonce: attempt.nonce, signedAtBlock })
      .where(eq(transactionIntents.id, attempt.intentId));
  });
}

export interface Mined {
  readonly txHash: Hash;
  readonly blockNumber: bigint;
  readonly gasUsed: bigint;
}

export async function endAsConfirmed(db: Database, id: number, mined: Mined): Promise<void> {
  await db
    .update(transactionIntents)
    .set({ state: "confirmed", ...mined })
    .where(eq(transactionIntents.id, id));
}

export async function endAsReverted(
  db: Database,
  id: number,
  mined: Mined,
  reason: string,
): Promise<void> {
  await db.transaction(async (tx) => {
    await removeTreeOf(tx, id);
    await tx
      .update(transactionIntents)
      .set({ state: "reverted", ...mined, reason })
      .where(eq(transactionIntents.id, id));
  });
}

export async function endAsDropped(db: Database, id: number, reason: string): Promise<void> {
  await db.transaction(async (tx) => {
    await removeTreeOf(tx, id);
    await tx
      .update(transactionIntents)
      .set({ state: "dropped", reason })
      .where(eq(transactionIntents.id, id));
  });
}

/** Trees said to be mined at or below `factsBlock` whose root the chain does not hold: a reorg undid them. */
export async function forgetAnchorsNotOnChain(db: Database, factsBlock: bigint): Promise<number> {
  const lost = await db
    .select({ intentId: anchorTrees.intentId })
    .from(anchorTrees)
    .innerJoin(transactionIntents, eq(transactionIntents.id, anchorTrees.intentId))
    .where(
      and(
        eq(transactionIntents.state, "confirmed"),
        // The newest alone: what finality has covered needs no second look.
        sql`${transactionIntents.blockNumber} between ${factsBlock} - 512 and ${factsBlock}`,
        sql`not exists (select 1 from ${anchors} where ${anchors.taskId} = ${anchorTrees.taskId} and ${anchors.root} = ${anchorTrees.root})`,
      ),
    );
  for (const { intentId } of lost) {
    await db.transaction(async (tx) => {
      await removeTreeOf(tx, intentId);
      await tx
        .update(transactionIntents)
        .set({ state: "dropped", reason: "undone by a reorg" })
        .where(eq(transactionIntents.id, intentId));
    });
  }
  return lost.length;
}

/** Its versions are unanchored again. */
async function removeTreeOf(tx: Database, intentId: number): Promise<void> {
  const trees = await tx
    .select({ id: anchorTrees.id })
    .from(anchorTrees)
    .where(eq(anchorTrees.intentId, intentId));
  for (const { id } of trees) {
    await tx.delete(anchorLeaves).where(eq(anchorLeaves.treeId, id));
    await tx.delete(anchorTrees).where(eq(anchorTrees.id, id));
  }
}
