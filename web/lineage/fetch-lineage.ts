/** The graph around one record, release or task, asked of the index step by step. */
import { z } from "zod";
import { parentKinds, recordKinds } from "../../protocol/provenance.ts";
import type { Hash } from "../../protocol/words.ts";
import { lower, nodesOf, query } from "../data/graphql.ts";
import type { LineageGraph, LineageRecord, LineageStep } from "./lineage-graph.ts";

/** More would be no picture. */
const MOST_RECORDS = 300;
const PAGE = 500;

const number = z.string().transform(Number);
const recordNode = z
  .object({
    recordId: lower,
    kind: z.enum(recordKinds as [(typeof recordKinds)[number]]),
    owner: lower,
    contentHash: lower,
    manifestHash: lower,
    coSigner: lower.nullable(),
    blockTimestamp: number,
    withdrawnAt: number.nullable(),
    withdrawnReason: z.string().nullable(),
    txHash: lower,
  })
  .transform(({ blockTimestamp, ...record }) => ({ ...record, recordedAt: blockTimestamp }));
const recordFields =
  "recordId kind owner contentHash manifestHash coSigner blockTimestamp withdrawnAt withdrawnReason txHash";
const stepNode = z.object({ recordId: lower, kind: z.enum(parentKinds), parentId: lower });

/** What an address of this page may name: a record, a task, or the content of records (a release's root). */
export interface Start {
  readonly recordIds: readonly Hash[];
  readonly taskIds: readonly Hash[];
}

export async function findStart(url: string, id: Hash): Promise<Start> {
  const { named, holding, task } = await query(
    url,
    `query LineageStart($id: Hash!) {
      named: provenanceRecord(recordId: $id) { recordId }
      holding: provenanceRecords(where: { contentHash: $id }, first: 20) { edges { node { recordId } } }
      task(taskId: $id) { taskId }
    }`,
    { id },
    z.object({
      named: z.object({ recordId: lower }).nullable(),
      holding: nodesOf(z.object({ recordId: lower })),
      task: z.object({ taskId: lower }).nullable(),
    }),
  );
  const recordIds = [...(named === null ? [] : [named]), ...holding].map((one) => one.recordId);
  return { recordIds: [...new Set(recordIds)], taskIds: task === null ? [] : [task.taskId] };
}

/**
 * All that the start was made from, all that was made from it, what that was made from besides, and what was made from the
 * tasks below it.
 */
export async function fetchLineage(
  url: string,
  { recordIds, taskIds }: Start,
): Promise<LineageGraph> {
  const steps = new Map<string, LineageStep>();
  const seen = new Set<Hash>(recordIds);
  const tasks = new Set<Hash>(taskIds);
  let isCut = false;

  /** Every record reached from these, along one direction. */
  const walk = async (from: readonly Hash[], side: "parentId" | "recordId"): Promise<void> => {
    let frontier = [...new Set(from)];
    const walked = new Set<Hash>();
    while (frontier.length > 0 && !isCut) {
      for (const id of frontier) walked.add(id);
      const found = await fetchSteps(url, frontier, side);
      isCut = found.length >= PAGE || seen.size > MOST_RECORDS;
      const next = new Set<Hash>();
      for (const step of found) {
        steps.set(`${step.recordId} ${step.parentId}`, step);
        if (step.kind === "Task") tasks.add(step.parentId);
        else seen.add(step.parentId);
        seen.add(step.recordId);
        const other = side === "parentId" ? step.recordId : step.parentId;
        if (!walked.has(other) && !tasks.has(other)) next.add(other);
      }
      frontier = [...next];
    }
  };
  await walk(recordIds, "recordId");
  await walk([...recordIds, ...tasks], "parentId");
  await walk([...seen], "recordId");

  const records = await fetchRecords(url, [...seen]);
  return { records, steps: [...steps.values()], taskIds: [...tasks], isCut };
}

/** Records by their ids, in any order. */
export async function fetchRecords(url: string, ids: readonly Hash[]): Promise<LineageRecord[]> {
  if (ids.length === 0) return [];
  const { provenanceRecords } = await query(
    url,
    `query LineageRecords($ids: [Hash!]) {
      provenanceRecords(where: { recordId_in: $ids }, first: 1000) { edges { node { ${recordFields} } } }
    }`,
    { ids },
    z.object({ provenanceRecords: nodesOf(recordNode) }),
  );
  return provenanceRecords;
}

async function fetchSteps(
  url: string,
  ids: readonly Hash[],
  side: "parentId" | "recordId",
): Promise<LineageStep[]> {
  const { provenanceParents } = await query(
    url,
    `query LineageSteps($ids: [Hash!]) {
      provenanceParents(where: { ${side}_in: $ids }, first: ${PAGE}) {
        edges { node { recordId kind parentId } }
      }
    }`,
    { ids },
    z.object({ provenanceParents: nodesOf(stepNode) }),
  );
  return provenanceParents;
}
