/** The recount of a release folder, with a bar for whoever watches. */
import type { Provider } from "ethers";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Address, Hash } from "../protocol/words.ts";
import { readRegistry } from "../release/lineage/registry-reader.ts";
import { readChain } from "../release/recount/chain-reader.ts";
import { folderReader } from "../release/recount/folder-reader.ts";
import { recount } from "../release/recount/recount.ts";
import type { RecountReport } from "../release/recount/report.ts";
import { recoverAddress } from "../runtime/signatures.ts";
import type { Output, Progress } from "./output.ts";

/** What whoever verifies knows from elsewhere; without it the manifest is believed, which proves nothing if it names contracts that are not ours. */
export interface Expectations {
  /** The task contract to believe. */
  readonly feedbackTasks?: Address | undefined;
  /** The registry of lineage to believe. */
  readonly provenanceRegistry?: Address | undefined;
  /** Whose records of lineage count beside those of the tasks' requesters. */
  readonly owners?: readonly Address[] | undefined;
  /** Record of a model that must descend from the release. */
  readonly model?: Hash | undefined;
}

export async function verifyRelease(
  dir: string,
  provider: Provider,
  output: Output,
  expected: Expectations = {},
): Promise<RecountReport> {
  let bar: { check: string; progress: Progress } | undefined;
  const report = await recount(await folderReader(dir), {
    openChain: (addresses) => {
      const { feedbackTasks, provenanceRegistry = "none" } = addresses;
      holdTo(expected.feedbackTasks, feedbackTasks, "the contract");
      holdTo(expected.provenanceRegistry, provenanceRegistry, "the registry of lineage");
      return readChain(provider, addresses);
    },
    openRegistry: (address) => readRegistry(provider, address),
    recover: recoverAddress,
    owners: expected.owners ?? [],
    model: expected.model,
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

function holdTo(expected: Address | undefined, named: string, what: string): void {
  if (expected === undefined || named === expected) return;
  throw new ScrutineerError(
    "recount-failed",
    `the manifest names ${what} ${named}, not ${expected}`,
    {
      where: "manifest.json",
    },
  );
}
