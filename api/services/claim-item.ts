/** The next item for a validator, kept for it until a deadline, with its content and the proof that it is the task's. */
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { ItemHashes } from "../../protocol/item.ts";
import { findIntakeFault } from "../../protocol/session.ts";
import type { Terms } from "../../protocol/terms.ts";
import { votesOf } from "../../protocol/terms.ts";
import { ticketHasher, ticketsOf } from "../../protocol/ticket.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { findSlotFacts } from "../../store/submissions/ballots.ts";
import type { SlotFacts } from "../../store/submissions/ballots.ts";
import { claimItem, deleteLease } from "../../store/submissions/leases.ts";
import { listSessions } from "../../store/submissions/sessions.ts";
import type { LeaseJson } from "../schemas/leases.ts";
import { checkSeat } from "./check-seat.ts";
import { checkInTime, checkOpen, checkSession, checkStake } from "./check-slot.ts";
import { knowManifest, knowTask, unknownTask } from "./know-task.ts";
import type { KnownManifest, KnownTask, Seat } from "../known-task.ts";
import { readContent } from "./read-content.ts";

export interface ClaimRequest {
  /** Items not wanted now. */
  readonly skip: readonly number[];
  /** The key that will sign; absent: the wallet, or any session that lasts. */
  readonly key?: Address | undefined;
}

/** Undefined where nothing is left for this validator now. */
export async function claimNextItem(
  api: Api,
  taskId: Hash,
  validator: Address,
  request: ClaimRequest,
): Promise<LeaseJson | undefined> {
  const { db, constants } = api.deps;
  const key = request.key ?? validator;
  const facts = await findSlotFacts(db, taskId, validator, key);
  if (facts === undefined) throw unknownTask(taskId);
  const now = api.clock.observe(facts.blockTimestamp);
  const task = await knowTask(api, taskId, facts.seed);
  if (task.replay) {
    throw new ScrutineerError(
      "task-replay",
      "this task carries judgments made elsewhere and is served to nobody",
      { taskId },
    );
  }
  checkOpen(task, facts, now);
  const seat = await checkSeat(api, task, validator);
  const until = checkInTime(task, seat.role, constants, now);
  if (key === validator) await checkSomeSessionLasts(api, task.terms, validator, now);
  else checkSession(task, facts, validator, key, now);
  checkStake(task, facts, seat.role, judgmentsAfterNext(facts));

  const skipped = new Set(request.skip);
  const manifest = await knowManifest(api, task);
  const claimed = await claimItem(db, {
    taskId,
    validator,
    role: seat.role,
    eligible: preferredItems(task, seat, validator).filter((item) => !skipped.has(item)),
    votes: votesOf(task.terms, seat.role),
    now,
    deadline: least(now + BigInt(api.limits.leaseSeconds), until),
  });
  if (claimed === undefined) return undefined;
  return {
    lease: { itemIndex: claimed.itemIndex, deadline: Number(claimed.deadline) },
    item: await readItem(api, manifest, claimed.itemIndex),
    remaining: claimed.remaining,
  };
}

/** True if there was a lease to give back. */
export async function returnItem(
  api: Api,
  taskId: Hash,
  validator: Address,
  itemIndex: number,
): Promise<boolean> {
  return deleteLease(api.deps.db, taskId, validator, itemIndex);
}

function judgmentsAfterNext({ head }: SlotFacts): number {
  return (head?.judgments ?? 0) + 1;
}

/** Whoever judges under sessions needs one that lasts until commits end; without any, the wallet signs. */
async function checkSomeSessionLasts(
  api: Api,
  terms: Terms,
  validator: Address,
  now: bigint,
): Promise<void> {
  const sessions = await listSessions(api.deps.db, validator);
  const current = sessions.filter(
    (session) => session.revokedAt === null && session.expiresAt > now,
  );
  const lasts = current.some(
    ({ authorizedAt, expiresAt }) =>
      findIntakeFault(
        { authorizedAt: authorizedAt ?? now, expiresAt, revokedAt: 0n },
        terms,
        now,
      ) === undefined,
  );
  if (current.length === 0 || lasts) return;
  throw new ScrutineerError(
    "session-too-short",
    `no session of ${validator} lasts until ${terms.commitEndsAt}, when commits end`,
    { validator, commitEndsAt: Number(terms.commitEndsAt) },
  );
}

/**
 * The items a validator may judge, in an order of its own: by ticket, so that people who start together do not all start
 * with the same item.
 */
function preferredItems(task: KnownTask, seat: Seat, validator: Address): number[] {
  const seed = task.draw?.seed as Hash;
  const ticketOf = ticketsOf(seed, validator, seat.draw.threshold);
  const hash = ticketHasher(seed, validator);
  const ranked: { itemIndex: number; rank: number }[] = [];
  for (let itemIndex = 0; itemIndex < task.terms.itemCount; itemIndex++) {
    if (!ticketOf(itemIndex).eligible) continue;
    // The last bytes but the flip's: the first ones decide eligibility.
    const ticket = hash(itemIndex);
    ranked.push({ itemIndex, rank: ((ticket[29] ?? 0) << 8) | (ticket[30] ?? 0) });
  }
  return ranked
    .sort((a, b) => a.rank - b.rank || a.itemIndex - b.itemIndex)
    .map(({ itemIndex }) => itemIndex);
}

async function readItem(
  api: Api,
  { manifest, itemsTree }: KnownManifest,
  itemIndex: number,
): Promise<LeaseJson["item"]> {
  const hashes = manifest.items[itemIndex] as ItemHashes;
  const [prompt, outputA, outputB] = await Promise.all([
    readContent(api, hashes.prompt),
    readContent(api, hashes.outputA),
    readContent(api, hashes.outputB),
  ]);
  return {
    itemIndex,
    prompt,
    outputA,
    outputB,
    promptHash: hashes.prompt,
    outputAHash: hashes.outputA,
    outputBHash: hashes.outputB,
    proof: itemsTree.proofOf(itemIndex),
  };
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
