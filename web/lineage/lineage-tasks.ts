/** The tasks in a lineage, each with the models that wrote its outputs. What is missing of one keeps nobody from the others. */
import type { Hash } from "../../protocol/words.ts";
import type { Task } from "../data/schemas.ts";
import { sentenceOf } from "../shell/notices.tsx";
import type { OutputModel } from "./lineage-graph.ts";

export interface LineageTask {
  readonly taskId: Hash;
  /** Undefined: our server does not tell. */
  readonly task: Task | undefined;
  readonly writers: readonly OutputModel[];
  /** Why the task, or who wrote its outputs, is not told. */
  readonly missing: string | undefined;
}

export interface TaskSources {
  readonly task: (taskId: Hash) => Promise<Task>;
  readonly writers: (task: Task) => Promise<readonly OutputModel[]>;
}

export function fetchLineageTasks(
  taskIds: readonly Hash[],
  sources: TaskSources,
): Promise<LineageTask[]> {
  return Promise.all(taskIds.map((taskId) => fetchLineageTask(taskId, sources)));
}

async function fetchLineageTask(taskId: Hash, sources: TaskSources): Promise<LineageTask> {
  let task: Task | undefined;
  try {
    task = await sources.task(taskId);
    return { taskId, task, writers: await sources.writers(task), missing: undefined };
  } catch (error) {
    return { taskId, task, writers: [], missing: sentenceOf(error) };
  }
}
