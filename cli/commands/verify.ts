/** `scrutineer verify`: recounts a release from the chain and its files alone. */
import { toAddress, toHash } from "../../protocol/words.ts";
import type { Address } from "../../protocol/words.ts";
import { action } from "../command.ts";
import type { AddCommand } from "../command.ts";
import { openProvider } from "../deployment.ts";
import type { Json, Output, Result } from "../output.ts";
import { recountLines } from "../show-recount.ts";
import { verifyRelease } from "../verify-release.ts";

interface VerifyOptions {
  readonly rpc: string;
  readonly contract?: string;
  readonly registry?: string;
  readonly owner: readonly Address[];
  readonly model?: string;
}

export const addVerifyCommand: AddCommand = (program) => {
  program
    .command("verify")
    .description("recount a release from the chain and its files alone; trusts no server of ours")
    .argument("<dir>", "the release")
    .requiredOption(
      "--rpc <url>",
      "a node of the chain: logs, receipts and latest state are enough",
    )
    .option(
      "--contract <address>",
      "the FeedbackTasks contract you know; without it the manifest's is believed, which anyone can have deployed",
    )
    .option(
      "--registry <address>",
      "the registry of lineage you know; without it the manifest's is believed, if it names one",
    )
    .option(
      "--owner <address>",
      "whose records of lineage count too, beside the requesters'; again for each",
      (given: string, owners: readonly Address[]) => [...owners, toAddress(given)],
      [] as readonly Address[],
    )
    .option("--model <id>", "record of a model that must come from this release, nothing missing")
    .action(action(verify));
};

async function verify(output: Output, options: VerifyOptions, dir: string): Promise<Result> {
  const { contract, registry, owner, model } = options;
  const provider = await openProvider(options.rpc);
  try {
    const expected = {
      feedbackTasks: contract === undefined ? undefined : toAddress(contract),
      provenanceRegistry: registry === undefined ? undefined : toAddress(registry),
      owners: owner,
      model: model === undefined ? undefined : toHash(model),
    };
    const report = await verifyRelease(dir, provider, output, expected);
    return {
      json: report as unknown as { [key: string]: Json },
      holds: report.ok,
      text: recountLines(report, expected).join("\n"),
    };
  } finally {
    provider.destroy();
  }
}
