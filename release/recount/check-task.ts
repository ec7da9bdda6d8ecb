/**
 * The task is on the chain, it is what its terms hash to, it is settled, and its seed and draws
 * follow from the chain.
 */
import { drawOf } from "../../protocol/pool.ts";
import type { Draw } from "../../protocol/pool.ts";
import { deriveSeed, seedSourceBlock } from "../../protocol/seed.ts";
import { taskIdOf } from "../../protocol/task-id.ts";
import { termsToJson } from "../../protocol/terms-json.ts";
import { escrowUnits } from "../../protocol/terms.ts";
import type { Address, Role } from "../../protocol/words.ts";
import type { EvidenceTask } from "../evidence.ts";
import type { ChainReader } from "./chain-reader.ts";
import type { ChainTask } from "./chain-task.ts";
import { findDifference, hold, holdEqual, show } from "./report.ts";

export interface CheckedChain {
  readonly chainId: bigint;
  readonly feedbackTasks: Address;
  readonly minPool: number;
}

/** Compares the file's task with `TaskCreated`, and both with the task's name. */
export function checkTerms(task: EvidenceTask, onChain: ChainTask, chain: CheckedChain): void {
  const where = `task ${task.taskId}`;
  const { created } = onChain;
  const difference = findDifference(termsToJson(task.terms), termsToJson(created.terms));
  hold(
    difference === undefined,
    `${where}, terms.${difference?.path}`,
    `the file says ${show(difference?.said)}, the chain ${show(difference?.recounted)}`,
  );
  holdEqual(where, "requester", task.requester, created.requester);
  holdEqual(where, "nonce", task.nonce, created.nonce);
  holdEqual(where, "transaction of creation", task.transactions.created, created.transaction);
  holdEqual(where, "escrow", created.escrowUnits, escrowUnits(created.terms));
  const name = taskIdOf(
    chain.chainId,
    chain.feedbackTasks,
    created.requester,
    created.nonce,
    created.terms,
  );
  holdEqual(where, "task id", task.taskId, name);

  hold(onChain.opened !== undefined, where, "the chain never opened this task");
  holdEqual(where, "transaction of opening", task.transactions.opened, onChain.opened.transaction);
  hold(onChain.taskSettled !== undefined, where, "the task is not settled on this chain");
}

export type OpenedTask = ChainTask & {
  readonly opened: NonNullable<ChainTask["opened"]>;
  readonly booksClosed: NonNullable<ChainTask["booksClosed"]>;
  readonly taskSettled: NonNullable<ChainTask["taskSettled"]>;
};

/** The seed from its block's hash, each role's draw from the seats of the snapshot. Returns how many things were compared. */
export async function checkDraws(
  taskId: string,
  task: OpenedTask,
  reader: ChainReader,
  chain: CheckedChain,
): Promise<number> {
  const where = `task ${taskId}`;
  const { seedBlock, snapshotBlock, terms } = task.created;
  const source = seedSourceBlock(seedBlock, task.opened.block);
  const seed = deriveSeed(
    await reader.blockHash(source),
    chain.chainId,
    chain.feedbackTasks,
    taskId,
  );
  holdEqual(where, "seed", task.opened.seed, seed);

  for (const role of ["Human", "Ai"] as const) {
    const seats = await reader.activeSeatsAt(role, snapshotBlock);
    const expected = drawOf(terms, role, seats, chain.minPool);
    checkDraw(where, role, role === "Human" ? task.opened.human : task.opened.ai, expected);
  }
  return 9;
}

function checkDraw(where: string, role: Role, said: Draw, expected: Draw): void {
  for (const part of ["seats", "pool", "need", "threshold"] as const) {
    holdEqual(where, `${role} ${part}`, said[part], expected[part]);
  }
}
