/** The recount of a release folder, with a bar for whoever watches. */
import type { Provider } from "ethers";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Address } from "../protocol/words.ts";
import { readChain } from "../release/recount/chain-reader.ts";
import { folderReader } from "../release/recount/folder-reader.ts";
import { recount } from "../release/recount/recount.ts";
import type { RecountReport } from "../release/recount/report.ts";
import type { Output, Progress } from "./output.ts";

/**
 * @param expected the task contract to believe; without it the one the manifest names is believed, which proves nothing
 * if that contract is not ours
 */
export async function verifyRelease(
  dir: string,
  provider: Provider,
  output: Output,
  expected?: Address,
): Promise<RecountReport> {
  let bar: { check: string; progress: Progress } | undefined;
  const report = await recount(await folderReader(dir), {
    openChain: (addresses) => {
      if (expected !== undefined && addresses.feedbackTasks !== expected) {
        throw new ScrutineerError(
          "recount-failed",
          `the manifest names the contract ${addresses.feedbackTasks}, not ${expected}`,
          { where: "manifest.json" },
        );
      }
      return readChain(provider, addresses);
    },
    onProgress: ({ check, done, total }) => {
      if (bar?.check !== check) {
        bar?.progress.stop();
        bar = { check, progress: output.progress(check, Math.max(1, total)) };
      }
      bar.progress.update(done, Math.max(1, total));
    },
  });
  bar?.progress.stop();
  return report;
}
