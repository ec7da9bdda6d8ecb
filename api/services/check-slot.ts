/** What intake asks before it takes or hands out work: is the task open, is the key good, does the stake cover it. */
import type { KnownTask } from "../known-task.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { findIntakeFault } from "../../protocol/session.ts";
import { receiptsEndAtFor } from "../../protocol/task-state.ts";
import type { DeploymentConstants } from "../../protocol/terms.ts";
import { lockUnits } from "../../protocol/terms.ts";
import type { Address, Role } from "../../protocol/words.ts";
import type { SlotFacts } from "../../store/submissions/ballots.ts";

export function checkOpen(task: KnownTask, facts: SlotFacts, now: bigint): void {
  const { taskId, terms } = task;
  if (facts.cancelled)
    throw new ScrutineerError("task-not-open", "the task was cancelled", { taskId });
  if (task.draw === undefined) {
    throw new ScrutineerError("task-not-open", "the task is not open yet", { taskId });
  }
  if (now >= terms.closesAt) {
    throw new ScrutineerError("ballot-too-late", `judging closed at ${terms.closesAt}`, {
      taskId,
      closesAt: Number(terms.closesAt),
      now: Number(now),
    });
  }
}

/** AIs whose answers others are conditioned on end earlier, so that their last ballots are on chain by `aiClosesAt`. */
export function checkInTime(
  task: KnownTask,
  role: Role,
  constants: Pick<DeploymentConstants, "minCommit">,
  now: bigint,
): bigint {
  const until = receiptsEndAtFor(task.terms, role, constants.minCommit);
  if (now < until) return until;
  throw new ScrutineerError(
    "ballot-too-late",
    `receipts for role ${role} ended at ${until}, so that ballots are on chain in time`,
    { taskId: task.taskId, role, until: Number(until), now: Number(now) },
  );
}

/** A session must be known (on chain or handed in), unrevoked, unexpired, and last until commits end. */
export function checkSession(
  task: KnownTask,
  facts: SlotFacts,
  validator: Address,
  key: Address,
  now: bigint,
): void {
  const session = facts.session ?? relayedSession(facts);
  if (session === undefined) {
    throw new ScrutineerError(
      "signer-wrong",
      `${key} is neither ${validator} nor a session key of it`,
      {
        validator,
        signer: key,
      },
    );
  }
  const fault = findIntakeFault(session, task.terms, now);
  if (fault === undefined) return;
  throw new ScrutineerError(fault, `${faultText[fault] ?? "not usable"}: session key ${key}`, {
    validator,
    key,
    expiresAt: Number(session.expiresAt),
    commitEndsAt: Number(task.terms.commitEndsAt),
  });
}

const faultText: Readonly<Record<string, string | undefined>> = {
  "session-unknown": "never authorised",
  "session-revoked": "revoked",
  "session-expired": "expired",
  "session-too-short": "ends before the task's commits do",
};

function relayedSession({ relayed }: SlotFacts): SlotFacts["session"] {
  if (relayed === undefined) return undefined;
  return { authorizedAt: relayed.receivedAt, expiresAt: relayed.expiresAt, revokedAt: 0n };
}

/** The lock of so many judgments, beside what other running tasks will still lock. */
export function checkStake(task: KnownTask, facts: SlotFacts, role: Role, judgments: number): void {
  const needed = lockUnits(task.terms, role, judgments);
  const free = facts.freeUnits - facts.promisedUnits;
  if (needed <= free) return;
  throw new ScrutineerError(
    "stake-insufficient",
    `${judgments} judgments lock ${needed} units, but only ${free} are free`,
    {
      taskId: task.taskId,
      neededUnits: needed.toString(),
      freeUnits: free.toString(),
      promisedUnits: facts.promisedUnits.toString(),
    },
  );
}
