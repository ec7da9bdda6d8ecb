import type { Provider } from "ethers";
import { readChain } from "../../release/recount/chain-reader.ts";
import type { ChainReader } from "../../release/recount/chain-reader.ts";
import type { ChainTask } from "../../release/recount/chain-task.ts";
import { folderReader } from "../../release/recount/folder-reader.ts";
import { recount } from "../../release/recount/recount.ts";
import type { RecountReport } from "../../release/recount/report.ts";

/** A chain that tells something differently from the one it is laid over. */
export type Disturbance = (reader: ChainReader) => Partial<ChainReader>;

/** Recounts the release in a folder against a chain that may be disturbed. */
export async function recountFolder(
  provider: Provider,
  path: string,
  disturb: Disturbance = () => ({}),
): Promise<RecountReport> {
  return recount(await folderReader(path), {
    openChain: (addresses) => {
      const reader = readChain(provider, addresses);
      return { ...reader, ...disturb(reader) };
    },
  });
}

/** A chain that tells one thing about its tasks differently. */
export function withTask(change: (task: ChainTask) => ChainTask): Disturbance {
  return (reader) => ({
    task: async (taskId, createdIn) => {
      const task = await reader.task(taskId, createdIn);
      return task && change(task);
    },
  });
}
