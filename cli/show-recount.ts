/** A recount's report as text. */
import type { LineageReport, TracedRecord } from "../release/lineage/report.ts";
import type { RecountReport } from "../release/recount/report.ts";
import { printable } from "./printable.ts";
import type { Expectations } from "./verify-release.ts";

/** @param expected what the recount was held to: of the rest, the last line says that the manifest was believed */
export function recountLines(report: RecountReport, expected: Expectations): string[] {
  const { checks, firstFailure, chainOnly, claims, lineage } = report;
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
      ? conclusion(report, expected)
      : `does not hold: ${firstFailure.where}: ${firstFailure.message}`,
  ];
}

/** A release may name contracts of its maker's own, on which everything holds that the maker likes. */
function conclusion(
  { root = "", contracts, chainId }: RecountReport,
  expected: Expectations,
): string {
  const { feedbackTasks = "unknown", provenanceRegistry } = contracts ?? {};
  const believed = [
    ...(expected.feedbackTasks === undefined
      ? [`${feedbackTasks} is the contract you know (--contract ADDRESS checks it)`]
      : []),
    ...(expected.provenanceRegistry === undefined && provenanceRegistry !== undefined
      ? [`${provenanceRegistry} is the registry you know (--registry ADDRESS checks it)`]
      : []),
  ];
  const place = `root ${root}, contract ${feedbackTasks} on chain ${chainId}`;
  return believed.length === 0
    ? `everything holds; ${place}`
    : `${place}\neverything holds, if ${believed.join(" and ")}`;
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
