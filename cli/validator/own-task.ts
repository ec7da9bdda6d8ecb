/** What the chain itself says of one validator in one task: no service is asked. */
import type { JsonRpcProvider, Result } from "ethers";
import type { Contracts } from "../../operator/contracts.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { CopySlot } from "../../protocol/opening-copy.ts";
import type { Draw } from "../../protocol/pool.ts";
import { taskIdOf } from "../../protocol/task-id.ts";
import { termsOfStruct } from "../../protocol/terms-json.ts";
import type { Terms } from "../../protocol/terms.ts";
import type { Hash, Role } from "../../protocol/words.ts";

/** What never changes once the task is open. */
export interface OwnTask {
  readonly terms: Terms;
  readonly role: Role;
  readonly seed: Hash;
  readonly human: Draw;
  readonly ai: Draw;
  readonly snapshotBlock: number;
}

/** Undefined while the task is not open, or where the validator held no seat of a judge. */
export async function readOwnTask(
  { chainId, tasks, tasksAddress, registry }: Contracts,
  { taskId, validator }: Pick<CopySlot, "taskId" | "validator">,
): Promise<OwnTask | undefined> {
  const facts = await tasks.factsOf(taskId);
  if (!facts.opened) return undefined;
  const snapshotBlock = Number(facts.snapshotBlock);
  const [draws, [event], held] = await Promise.all([
    tasks.drawOf(taskId),
    tasks.queryFilter(tasks.filters.TaskCreated(taskId), snapshotBlock, snapshotBlock),
    registry.roleAt(validator, snapshotBlock),
  ]);
  if (event === undefined) {
    throw new ScrutineerError("task-unknown", "the node has no log of the task's creation", {
      taskId,
    });
  }
  const terms = termsOfStruct((event.args.terms as unknown as Result).toObject());
  const requester = event.args.requester.toLowerCase();
  if (taskIdOf(chainId, tasksAddress, requester, event.args.nonce, terms) !== taskId) {
    throw new ScrutineerError("task-mismatch", "the node's terms do not hash to this task", {
      taskId,
    });
  }
  const role = held === 1n ? "Human" : held === 2n ? "Ai" : undefined;
  if (role === undefined) return undefined;
  return {
    terms,
    role,
    seed: facts.seed,
    human: toDraw(draws.human),
    ai: toDraw(draws.ai),
    snapshotBlock,
  };
}

/** The chain's clock: a deadline is a matter of block time. A quiet local chain's next block may come much later. */
export async function readChainTime(provider: JsonRpcProvider): Promise<bigint> {
  const [latest, pending] = await Promise.all([
    provider.getBlock("latest"),
    provider.getBlock("pending").catch(() => null),
  ]);
  if (latest === null)
    throw new ScrutineerError("chain-unreachable", "the RPC knows no newest block");
  return BigInt(Math.max(latest.timestamp, pending?.timestamp ?? 0));
}

function toDraw(draw: {
  readonly seats: bigint;
  readonly pool: bigint;
  readonly need: bigint;
  readonly threshold: bigint;
}): Draw {
  return {
    seats: Number(draw.seats),
    pool: Number(draw.pool),
    need: Number(draw.need),
    threshold: draw.threshold,
  };
}
