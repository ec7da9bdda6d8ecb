/** A recount's report as text. */
import type { LineageReport, TracedRecord } from "../release/lineage/report.ts";
import type { RecountReport } from "../release/recount/report.ts";

export function recountLines(report: RecountReport): string[] {
  const { checks, firstFailure, chainOnly, claims, lineage } = report;
  const contract = report.contracts?.feedbackTasks ?? "unknown";
  return [
    ...checks.map(({ name, ok, count }) => `${ok ? "holds   " : "FAILS   "}${name} (${count})`),
    ...(chainOnly.signatures + chainOnly.openings === 0
      ? []
      : [
          `seen on the chain only: ${chainOnly.signatures} signatures, ${chainOnly.openings} openings, ` +
            `of which the transactions confirm ${chainOnly.confirmed}`,
        ]),
    ...(claims.made === 0
      ? []
      : [
          `claimed from operators' bonds by now: ${claims.made} ballots left out, ${claims.paid} paid; ` +
            `of ${claims.recomputed} the transactions show what for`,
        ]),
    ...(lineage === undefined ? [] : lineageLines(lineage)),
    firstFailure === undefined
      ? `everything holds; root ${report.root ?? ""}, contract ${contract} on chain ${report.chainId}`
      : `does not hold: ${firstFailure.where}: ${firstFailure.message}`,
  ];
}

function lineageLines({ registry, receipts, records, missing }: LineageReport): string[] {
  const { outputs, receipted, models } = receipts;
  return [
    `lineage, as recorded in ${registry}`,
    `  outputs vouched for by their models' executors: ${receipted} of ${outputs}`,
    ...models.map(
      ({ name, modelId, outputs: own, isWithdrawn }) =>
        `  ${own} by ${printable(name)} (${modelId})${isWithdrawn ? ", withdrawn" : ""}`,
    ),
    ...records.flatMap(recordLines),
    ...missing.map((words) => `  ${words}`),
  ];
}

function recordLines(record: TracedRecord): string[] {
  const { kind, recordId, owner, coSigner, name, isCounted, isWithdrawn } = record;
  const notes = [
    ...(name === undefined ? [] : [printable(name)]),
    `of ${owner}`,
    ...(coSigner === null ? [] : [`co-signed by ${coSigner}`]),
    ...(isWithdrawn ? ["withdrawn"] : []),
    ...(isCounted ? [] : ["not counted: of neither a requester nor a named owner"]),
  ];
  return [
    `  ${kind} ${recordId}: ${notes.join(", ")}`,
    ...record.wrong.map((words) => `    WRONG    ${words}`),
    ...record.missing.map((words) => `    missing  ${words}`),
    ...record.withdrawnParents.map((id) => `    note     made from ${id}, which was withdrawn`),
  ];
}

/** A stranger's text on somebody's terminal: nothing that steers it. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, " ");
}
