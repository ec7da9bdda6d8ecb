/**
 * Lineage as the page shows it: stages in the order in which things are made, from the models that wrote outputs to the
 * evaluation of a model that was trained on what people said of them.
 */
import type { ParentKind, RecordKind } from "../../protocol/provenance.ts";
import type { Address, Hash } from "../../protocol/words.ts";

export interface LineageRecord {
  readonly recordId: Hash;
  readonly kind: RecordKind;
  readonly owner: Address;
  readonly contentHash: Hash;
  readonly manifestHash: Hash;
  readonly coSigner: Address | null;
  /** Seconds. */
  readonly recordedAt: number;
  readonly withdrawnAt: number | null;
  readonly withdrawnReason: string | null;
  readonly txHash: Hash;
}

/** `recordId` was made from `parentId`. */
export interface LineageStep {
  readonly recordId: Hash;
  readonly kind: ParentKind;
  readonly parentId: Hash;
}

/** A model that wrote outputs of a task, by receipts in the task's annex. */
export interface OutputModel {
  readonly taskId: Hash;
  readonly modelId: Hash;
  readonly name: string;
  /** Outputs it has receipts for, whose signatures nobody checked yet. */
  readonly outputs: number;
}

export interface LineageGraph {
  readonly records: readonly LineageRecord[];
  readonly steps: readonly LineageStep[];
  readonly taskIds: readonly Hash[];
  /** More is recorded than is shown. */
  readonly isCut: boolean;
}

export const stageNames = [
  "writers",
  "tasks",
  "releases",
  "bases",
  "trainings",
  "results",
  "evaluations",
] as const;
export type StageName = (typeof stageNames)[number];

export interface Stages extends Record<Exclude<StageName, "tasks">, readonly LineageRecord[]> {
  readonly tasks: readonly Hash[];
}

/** Every record stands once. A model is a result if a training is among its parents, else a writer if it has receipts. */
export function stagesOf(
  { records, steps, taskIds }: LineageGraph,
  writers: readonly OutputModel[],
): Stages {
  const wrote = new Set(writers.map(({ modelId }) => modelId));
  const trained = new Set(
    steps.filter(({ kind }) => kind === "Training").map(({ recordId }) => recordId),
  );
  const ofKind = (kind: RecordKind): LineageRecord[] =>
    records.filter((record) => record.kind === kind).sort(byTime);
  const models = ofKind("Model");
  const isResult = ({ recordId }: LineageRecord): boolean => trained.has(recordId);
  const isWriter = (model: LineageRecord): boolean => wrote.has(model.recordId) && !isResult(model);
  return {
    writers: models.filter(isWriter),
    tasks: taskIds,
    releases: ofKind("Release"),
    bases: models.filter((model) => !isResult(model) && !isWriter(model)),
    trainings: ofKind("Training"),
    results: models.filter(isResult),
    evaluations: ofKind("Evaluation"),
  };
}

export function parentsOf({ steps }: LineageGraph, recordId: Hash): readonly LineageStep[] {
  return steps.filter((step) => step.recordId === recordId);
}

function byTime(a: LineageRecord, b: LineageRecord): number {
  return a.recordedAt - b.recordedAt || (a.recordId < b.recordId ? -1 : 1);
}
