/** One round: see what became of what was sent, look at the facts, decide, store what is wanted, send it. */
import type { Hash } from "../protocol/words.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Database } from "../store/database.ts";
import {
  findAccountsDue,
  findBallotsToCommit,
  findBallotsToSettle,
  findClaimsToPay,
  findFactsBlock,
  findLiveTasks,
  findOpenedGolds,
  findOpeningsToReveal,
  findSessionsToRelay,
  findUnanchored,
} from "../store/operator-facts.ts";
import { forgetAnchorsNotOnChain, type OpenIntent } from "../store/transactions.ts";
import { findSealedGolds } from "../store/submissions/golds.ts";
import type { Admissions } from "./admission.ts";
import { carryOut, type Means } from "./carry-out.ts";
import type { Chain } from "./chain.ts";
import type { OperatorConfig } from "./config.ts";
import type { Duty, Now, TaskView } from "./duties.ts";
import type { Patience } from "./patience.ts";
import { MAX_LEAVES, planAnchors } from "./plan-anchors.ts";
import { planCancellation } from "./plan-cancellation.ts";
import { planClaims } from "./plan-claims.ts";
import { isCommitTime, planCommits } from "./plan-commits.ts";
import {
  isGoldJudgmentTime,
  isGoldLost,
  isGoldOpeningTime,
  planGoldJudgment,
  planGoldOpening,
} from "./plan-gold.ts";
import { planOpening } from "./plan-opening.ts";
import { planPayouts, type Due } from "./plan-payouts.ts";
import { isRevealTime, planReveals } from "./plan-reveals.ts";
import { planSessions } from "./plan-sessions.ts";
import { isSettleTime, planSettlement } from "./plan-settlement.ts";
import type { TransactionQueue } from "./transaction-queue.ts";

export interface RoundDeps {
  readonly config: OperatorConfig;
  readonly db: Database;
  readonly chain: Chain;
  readonly queue: TransactionQueue;
  readonly admissions: Admissions;
  readonly patience: Patience;
  /** When each task was last anchored, by `clock`. */
  readonly lastAnchoredAt: Map<Hash, number>;
  /** Tasks whose golds were not opened in time, said once each. */
  readonly lostGolds: Set<Hash>;
  /** The facts' height when it was last asked what is due. */
  readonly seen: { dueAtBlock: bigint | undefined };
  readonly log: Logger;
  /** Seconds. */
  clock(): number;
}

export interface RoundReport {
  readonly block: bigint;
  readonly time: bigint;
  readonly factsBlock: bigint | undefined;
  readonly tasks: number;
  readonly planned: number;
  readonly open: number;
  readonly failed: number;
}

const SESSIONS_A_ROUND = 200;
const PAYOUTS_A_ROUND = 200;

export async function runRound(deps: RoundDeps): Promise<RoundReport> {
  const { db, chain, queue, log } = deps;
  const now: Now = { ...(await chain.head()), clock: deps.clock() };
  let open = await queue.pump(now.block);
  const factsBlock = await findFactsBlock(db);
  if (factsBlock === undefined) {
    return { ...now, factsBlock, tasks: 0, planned: 0, open: open.length, failed: 0 };
  }

  const { tasks, duties } = await planRound(deps, factsBlock, now);
  const means: Means = {
    db,
    chain,
    sender: queue.sender,
    patience: deps.patience,
    admissionProof: async (taskId, role, index) => {
      const task = tasks.find((candidate) => candidate.taskId === taskId);
      return task === undefined ? [] : deps.admissions.proof(task, role, index);
    },
  };
  let planned = 0;
  let failed = 0;
  for (const duty of withoutOpen(duties, open)) {
    try {
      const count = await carryOut(duty, means, now);
      if (duty.kind === "anchor" && count > 0) deps.lastAnchoredAt.set(duty.taskId, now.clock);
      planned += count;
    } catch (error) {
      // One task's trouble is not another's: the next round asks again.
      failed++;
      log.error(
        { err: error, kind: duty.kind, task: "taskId" in duty ? duty.taskId : undefined },
        "duty failed",
      );
    }
  }
  if (planned > 0) open = await queue.pump(now.block);
  return { ...now, factsBlock, tasks: tasks.length, planned, open: open.length, failed };
}

async function planRound(deps: RoundDeps, factsBlock: bigint, now: Now) {
  const { config, db, chain, lastAnchoredAt } = deps;
  const all = await findLiveTasks(db);
  const tasks =
    config.operator === undefined
      ? all
      : all.filter(({ operator }) => operator === config.operator);
  const duties: Duty[] = [
    ...planOpening(tasks, now),
    ...planCancellation(tasks, now),
    ...planSessions(await findSessionsToRelay(db, now.time, SESSIONS_A_ROUND), now),
  ];
  for (const task of tasks) {
    // Before anything else of the task: golds have half the time that openings have.
    duties.push(...(await planGold(deps, task, factsBlock, now)));
    if (isCommitTime(task, chain.minCommit, now)) {
      duties.push(
        ...planCommits(task, await findBallotsToCommit(db, task.taskId), chain.minCommit, now),
      );
    } else if (isRevealTime(task, now)) {
      duties.push(...planReveals(task, await findOpeningsToReveal(db, task.taskId), now));
    } else if (isSettleTime(task, now)) {
      duties.push(...planSettlement(task, await findBallotsToSettle(db, task.taskId), now));
    }
  }
  await forgetAnchorsNotOnChain(db, factsBlock);
  const openTasks = tasks
    .filter(({ opened, settled }) => opened && !settled)
    .map(({ taskId }) => taskId);
  const unanchored = await findUnanchored(db, openTasks, MAX_LEAVES);
  duties.push(...planAnchors(unanchored, lastAnchoredAt, config.anchorSeconds, now));
  const due = await findDue(deps, factsBlock);
  duties.push(...planPayouts(tasks, due, chain.claimWindow, now));
  duties.push(...planClaims(await findClaimsToPay(db, config.operator, PAYOUTS_A_ROUND)));
  return { tasks, duties };
}

async function planGold(
  { db, lostGolds, log }: RoundDeps,
  task: TaskView,
  factsBlock: bigint,
  now: Now,
): Promise<Duty[]> {
  if (isGoldOpeningTime(task, now)) {
    return planGoldOpening(task, await findSealedGolds(db, task.goldHash), now);
  }
  if (isGoldJudgmentTime(task, now)) {
    return planGoldJudgment(task, await findOpenedGolds(db, task.taskId), now);
  }
  if (isGoldLost(task, factsBlock, now) && !lostGolds.has(task.taskId)) {
    lostGolds.add(task.taskId);
    const held = (await findSealedGolds(db, task.goldHash)) !== undefined;
    log[held ? "error" : "warn"](
      { task: task.taskId, held },
      "gold was not opened in time: there is no gate",
    );
  }
  return [];
}

const NOTHING_DUE: Due = { accounts: [], commonsDueUnits: 0n };

/** Asked once a block: between two nothing falls due. */
async function findDue({ config, db, chain, seen }: RoundDeps, factsBlock: bigint): Promise<Due> {
  if (seen.dueAtBlock === factsBlock) return NOTHING_DUE;
  seen.dueAtBlock = factsBlock;
  const leftToOwners = new Set(config.leftToOwners);
  const credited = await findAccountsDue(db, PAYOUTS_A_ROUND + leftToOwners.size);
  return {
    accounts: credited.filter((account) => !leftToOwners.has(account)),
    commonsDueUnits: await chain.registry.commonsDueUnits(),
  };
}

/** Leaves out what an open intent does already. */
export function withoutOpen(
  duties: readonly Duty[],
  open: readonly Pick<OpenIntent, "kind" | "taskId" | "elements">[],
): Duty[] {
  const busy = new Set(
    open.flatMap(({ kind, taskId, elements }) => elements.map((key) => `${kind}:${taskId}:${key}`)),
  );
  const isBusy = (kind: Duty["kind"], taskId: Hash | null, key: string): boolean =>
    busy.has(`${kind}:${taskId}:${key}`);
  return duties.flatMap((duty): Duty[] => {
    switch (duty.kind) {
      case "authorize-session": {
        const { validator, key } = duty.request;
        return isBusy(duty.kind, null, `${validator}:${key}`) ? [] : [duty];
      }
      case "open-task":
      case "cancel-task":
      case "open-gold":
      case "judge-gold":
      case "release-bond":
        return isBusy(duty.kind, duty.taskId, duty.taskId) ? [] : [duty];
      case "pay-claim":
        return isBusy(duty.kind, duty.taskId, duty.validator) ? [] : [duty];
      case "withdraw-for":
        return isBusy(duty.kind, null, duty.account) ? [] : [duty];
      case "pay-commons":
        return isBusy(duty.kind, null, "commons") ? [] : [duty];
      case "anchor":
        // A version is in a tree or not: the database keeps that.
        return [duty];
      case "commit": {
        const ballots = duty.ballots.filter(
          ({ validator, version }) => !isBusy(duty.kind, duty.taskId, `${validator}:${version}`),
        );
        return ballots.length === 0 ? [] : [{ ...duty, ballots }];
      }
      case "reveal": {
        const openings = duty.openings.filter(
          ({ validator }) => !isBusy(duty.kind, duty.taskId, validator),
        );
        return openings.length === 0 ? [] : [{ ...duty, openings }];
      }
      case "settle": {
        if (duty.ballots.length === 0)
          return isBusy(duty.kind, duty.taskId, duty.taskId) ? [] : [duty];
        const ballots = duty.ballots.filter(
          ({ validator }) => !isBusy(duty.kind, duty.taskId, validator),
        );
        return ballots.length === 0 ? [] : [{ ...duty, ballots }];
      }
    }
  });
}
