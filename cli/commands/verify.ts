/** `scrutineer verify`: recounts a release from the chain and its files alone. */
import { toAddress } from "../../protocol/words.ts";
import { action } from "../command.ts";
import type { AddCommand } from "../command.ts";
import { openProvider } from "../deployment.ts";
import type { Json, Output, Result } from "../output.ts";
import { verifyRelease } from "../verify-release.ts";

interface VerifyOptions {
  readonly rpc: string;
  readonly contract?: string;
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
      "the FeedbackTasks contract to believe; default: the manifest's",
    )
    .action(action(verify));
};

async function verify(output: Output, options: VerifyOptions, dir: string): Promise<Result> {
  const expected = options.contract === undefined ? undefined : toAddress(options.contract);
  const provider = openProvider(options.rpc);
  try {
    const report = await verifyRelease(dir, provider, output, expected);
    const lines = report.checks.map(
      ({ name, ok, count }) => `${ok ? "holds   " : "FAILS   "}${name} (${count})`,
    );
    const { firstFailure, chainOnly } = report;
    if (chainOnly.signatures + chainOnly.openings > 0) {
      lines.push(
        `seen on the chain only: ${chainOnly.signatures} signatures, ${chainOnly.openings} openings, ` +
          `of which the transactions confirm ${chainOnly.confirmed}`,
      );
    }
    const contract = report.contracts?.feedbackTasks ?? "unknown";
    return {
      json: report as unknown as { [key: string]: Json },
      holds: report.ok,
      text: [
        ...lines,
        firstFailure === undefined
          ? `everything holds; root ${report.root ?? ""}, contract ${contract} on chain ${report.chainId}`
          : `does not hold: ${firstFailure.where}: ${firstFailure.message}`,
      ].join("\n"),
    };
  } finally {
    provider.destroy();
  }
}
