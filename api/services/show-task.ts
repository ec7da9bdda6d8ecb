/** Tasks as people see them: state, terms, progress and money. */
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Draw } from "../../protocol/pool.ts";
import { taskStateAt } from "../../protocol/task-state.ts";
import type { TaskState } from "../../protocol/task-state.ts";
import { isReplay } from "../../protocol/terms.ts";
import { termsToJson } from "../../protocol/terms-json.ts";
import type { Hash } from "../../protocol/words.ts";
import {
  findAdmissions,
  findHead,
  findProgress,
  findTask,
  findTitles,
  listTasks,
} from "../../store/submissions/tasks.ts";
import type { Progress, TaskRow } from "../../store/submissions/tasks.ts";
import type { TaskJson } from "../schemas/tasks.ts";
import { showGold } from "./show-gold.ts";
import { drawOf, termsOf, unknownTask } from "./know-task.ts";

export async function showTask(api: Api, taskId: Hash): Promise<TaskJson> {
  const row = await findTask(api.deps.db, taskId);
  if (row === undefined) throw unknownTask(taskId);
  const [shown] = await showRows(api, [row], await timeOnChain(api));
  return shown as TaskJson;
}

export async function showTasks(
  api: Api,
  query: { state?: TaskState | undefined; cursor?: string | undefined; limit: number },
): Promise<{ tasks: TaskJson[]; nextCursor: string | null }> {
  const now = await timeOnChain(api);
  const before = query.cursor === undefined ? undefined : readCursor(query.cursor);
  const rows = await listTasks(api.deps.db, {
    state: query.state,
    now,
    before,
    limit: query.limit + 1,
  });
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    tasks: await showRows(api, page, now),
    nextCursor:
      rows.length > query.limit && last !== undefined
        ? `${last.createdBlock}.${last.createdLogIndex}`
        : null,
  };
}

function readCursor(cursor: string): { block: bigint; logIndex: number } {
  const [, block, logIndex] = /^(\d{1,18})\.(\d{1,9})$/.exec(cursor) ?? [];
  if (block === undefined || logIndex === undefined) {
    throw new ScrutineerError("cursor-invalid", "not a cursor of this list", { cursor });
  }
  return { block: BigInt(block), logIndex: Number(logIndex) };
}

async function timeOnChain(api: Api): Promise<bigint> {
  const head = await findHead(api.deps.db);
  return api.clock.observe(head?.timestamp ?? 0n);
}

async function showRows(api: Api, rows: readonly TaskRow[], now: bigint): Promise<TaskJson[]> {
  const { db } = api.deps;
  const taskIds = rows.map((row) => row.taskId);
  const progress = await findProgress(db, taskIds);
  const titles = await findTitles(db, taskIds);
  const admissions = await findAdmissions(db, taskIds);
  return rows.map((row) => {
    const admission = admissions.get(row.taskId) ?? { human: null, ai: null };
    return {
      ...showRow(row, progress.get(row.taskId), titles.get(row.taskId) ?? "", now),
      admission,
    };
  });
}

function showRow(
  row: TaskRow,
  progress: Progress | undefined,
  title: string,
  now: bigint,
): Omit<TaskJson, "admission"> {
  const terms = termsOf(row);
  const draw = drawOf(row);
  return {
    taskId: row.taskId,
    requester: row.requester,
    state: taskStateAt(terms, row, now),
    terms: termsToJson(terms),
    title,
    replay: isReplay(terms),
    selfOperated: row.requester === row.operator,
    createdAt: Number(row.createdAt),
    snapshotBlock: Number(row.snapshotBlock),
    seedBlock: Number(row.seedBlock),
    seed: draw?.seed ?? null,
    human: draw === undefined ? null : showDraw(draw.human),
    ai: draw === undefined ? null : showDraw(draw.ai),
    progress: {
      humanWanted: row.itemCount * row.humanVotes,
      aiWanted: row.itemCount * row.aiVotes,
      humanReceipted: progress?.humanReceipted ?? 0,
      aiReceipted: progress?.aiReceipted ?? 0,
      itemsFull: progress?.itemsFull ?? 0,
      humanValidators: progress?.humanValidators ?? 0,
      aiValidators: progress?.aiValidators ?? 0,
      ballotsCommitted: row.ballotsCommitted,
      ballotsRevealed: row.ballotsRevealed,
      ballotsSettled: row.ballotsSettled,
    },
    gold: showGold(row),
    money: {
      escrow: row.escrowUnits.toString(),
      refund: row.refundUnits?.toString() ?? null,
      fees: row.feeUnits?.toString() ?? null,
      paid: row.booksClosed ? row.paidUnits.toString() : null,
      rest: row.restUnits?.toString() ?? null,
      penalties: row.booksClosed ? row.penaltyUnits.toString() : null,
    },
  };
}

function showDraw({ seats, pool, need, threshold }: Draw): NonNullable<TaskJson["human"]> {
  return { seats, pool, need, threshold: threshold.toString() };
}
