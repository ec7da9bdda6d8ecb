/**
 * From settled tasks to the lines of a release, one after the other: writing hands them to files,
 * the recount holds them against files. The same input gives the same lines.
 */
import { ScrutineerError } from "../protocol/errors.ts";
import { canonicalJson, isEmpty, isIdentical } from "../protocol/item.ts";
import { buildMerkleTree, hashLeafOf } from "../protocol/merkle-tree.ts";
import { sha256Text } from "../protocol/sha256.ts";
import { toAddress, ZERO_HASH } from "../protocol/words.ts";
import { configNames } from "./columns.ts";
import type { ConfigName } from "./columns.ts";
import { ballotEvidence, itemEvidence, taskEvidence } from "./evidence.ts";
import type { EvidenceName } from "./evidence.ts";
import { findExclusions } from "./exclusions.ts";
import type { Exclusion } from "./exclusions.ts";
import { collectFigures } from "./figures.ts";
import { inRowOrder, votesByItem } from "./item-votes.ts";
import { rowsOf } from "./rows.ts";
import type { JudgedItem, ReleaseContext, Row } from "./rows.ts";
import type { ReleaseContracts, ReleaseSource } from "./source.ts";
import { RELEASE_FORMAT, summariseTask } from "./summary.ts";
import type { ReleaseOptions, ReleaseSummary } from "./summary.ts";

export interface ReleaseSink {
  /** `line`: the row's canonical JSON, without the line's end. */
  row(config: ConfigName, row: Row, line: string): Promise<void> | void;
  evidence(name: EvidenceName, line: string): Promise<void> | void;
}

export async function drawRelease(
  source: ReleaseSource,
  options: ReleaseOptions,
  sink: ReleaseSink,
): Promise<ReleaseSummary> {
  const contracts = lowerCase(source.contracts);
  const context: ReleaseContext = {
    chainId: source.chainId,
    contract: contracts.feedbackTasks,
    release: options.release,
    createdAt: options.createdAt,
  };
  const figures = collectFigures();
  const exclusions: Exclusion[] = [];
  const rows: Record<ConfigName, number> = { preference: 0, votes: 0, battles: 0 };
  const leaves: Uint8Array[] = [];

  for (const task of source.tasks) {
    await sink.evidence("tasks", canonicalJson(taskEvidence(task)));
    for (const ballot of inRowOrder(task.ballots)) {
      await sink.evidence("ballots", canonicalJson(ballotEvidence(task.taskId, ballot)));
    }
    exclusions.push(...findExclusions(task));

    const votes = votesByItem(task);
    let itemIndex = 0;
    for await (const item of task.items()) {
      const annex = task.annex.items[itemIndex];
      if (item.itemIndex !== itemIndex || !annex) {
        throw new ScrutineerError(
          "content-unknown",
          `task ${task.taskId}: item ${item.itemIndex} where item ${itemIndex} is due`,
          { taskId: task.taskId, itemIndex },
        );
      }
      await sink.evidence("items", canonicalJson(itemEvidence(task.taskId, item)));
      const judged: JudgedItem = {
        taskId: task.taskId,
        item,
        annex,
        votes: votes[itemIndex] ?? [],
      };
      const { rows: drawn, keptOut } = rowsOf(context, judged);
      for (const config of configNames) {
        for (const row of drawn[config]) {
          const line = canonicalJson(row);
          rows[config] += 1;
          leaves.push(hashLeafOf(sha256Text(line)));
          await sink.row(config, row, line);
        }
      }
      const identical = isIdentical(item.outputA.messages, item.outputB.messages);
      const empty = isEmpty(item.outputA.messages, item.outputB.messages);
      figures.add(judged, { identical, empty, keptOut });
      itemIndex += 1;
    }
    if (itemIndex !== task.terms.itemCount) {
      throw new ScrutineerError(
        "content-unknown",
        `task ${task.taskId} has ${task.terms.itemCount} items, the content of ${itemIndex} is here`,
        { taskId: task.taskId, itemIndex },
      );
    }
  }

  return {
    format: RELEASE_FORMAT,
    release: options.release,
    createdAt: options.createdAt,
    title: options.title,
    licence: options.licence,
    chainId: Number(source.chainId),
    contracts,
    tasks: source.tasks.map(summariseTask),
    figures: figures.finish(),
    exclusions,
    rows,
    root: leaves.length === 0 ? ZERO_HASH : buildMerkleTree(leaves).root,
  };
}

/** Checksummed or not, the same contracts give the same release. */
function lowerCase(contracts: ReleaseContracts): ReleaseContracts {
  const { token, stakeRegistry, feedbackTasks, provenanceRegistry } = contracts;
  return {
    token: toAddress(token),
    stakeRegistry: toAddress(stakeRegistry),
    feedbackTasks: toAddress(feedbackTasks),
    ...(provenanceRegistry === undefined
      ? {}
      : { provenanceRegistry: toAddress(provenanceRegistry) }),
  };
}
