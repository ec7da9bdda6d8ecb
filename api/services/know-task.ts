/** A task as intake needs it: terms, draw and manifest, read once and kept while its seed stays the same. */
import type { Api } from "../api.ts";
import { admittedBy } from "../../protocol/admission.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { itemsTree } from "../../protocol/item.ts";
import { admissionTree } from "../../protocol/manifest.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import type { Terms } from "../../protocol/terms.ts";
import { admissionRootOf, isOpenTo, isReplay } from "../../protocol/terms.ts";
import type { Address, Hash, Role } from "../../protocol/words.ts";
import { findTask } from "../../store/submissions/tasks.ts";
import type { TaskRow } from "../../store/submissions/tasks.ts";
import type { KnownManifest, KnownTask } from "../known-task.ts";

/** @param seed as the chain has it now, if the caller knows it; a task whose seed changed is read again */
export async function knowTask(api: Api, taskId: Hash, seed?: Hash | null): Promise<KnownTask> {
  const kept = api.knownTasks.get(taskId);
  if (kept?.draw !== undefined && (seed === undefined || seed === kept.draw.seed)) return kept;
  const row = await findTask(api.deps.db, taskId);
  if (row === undefined) throw unknownTask(taskId);
  const task: KnownTask = {
    taskId,
    terms: termsOf(row),
    replay: isReplay(termsOf(row)),
    snapshotBlock: row.snapshotBlock,
    draw: drawOf(row),
    seats: new Map(),
    manifest: kept?.manifest,
  };
  api.knownTasks.set(taskId, task);
  return task;
}

/** The task's manifest, checked against its terms. */
export async function knowManifest(api: Api, task: KnownTask): Promise<KnownManifest> {
  return (task.manifest ??= await readManifest(api, task));
}

async function readManifest(api: Api, { taskId, terms }: KnownTask): Promise<KnownManifest> {
  const bytes = await api.deps.blobs.get(terms.manifestHash);
  if (bytes === undefined) {
    throw new ScrutineerError(
      "manifest-unknown",
      "this service does not have the task's manifest",
      {
        taskId,
        manifestHash: terms.manifestHash,
      },
    );
  }
  const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
  const known: KnownManifest = {
    manifest,
    itemsTree: itemsTree(manifest.items),
    admitted: { Human: placesOf(manifest, "Human"), Ai: placesOf(manifest, "Ai") },
  };
  const admissionHolds = (["Human", "Ai"] as const).every(
    (role) =>
      isOpenTo(terms, role) ||
      admissionTree(admissionOf(manifest, role))?.root === admissionRootOf(terms, role),
  );
  if (known.itemsTree.root !== terms.itemsRoot || !admissionHolds) {
    throw new ScrutineerError("manifest-mismatch", "the manifest is not what the terms say", {
      taskId,
      manifestHash: terms.manifestHash,
    });
  }
  return known;
}

function placesOf(manifest: Manifest, role: Role): ReadonlyMap<Address, number> | undefined {
  const admitted = admittedBy(admissionOf(manifest, role));
  return admitted && new Map(admitted.map((validator, index) => [validator.toLowerCase(), index]));
}

function admissionOf(manifest: Manifest, role: Role): Manifest["admission"]["human"] {
  return role === "Human" ? manifest.admission.human : manifest.admission.ai;
}

export function unknownTask(taskId: Hash): ScrutineerError {
  return new ScrutineerError("task-unknown", `no task ${taskId}`, { taskId });
}

/** The columns of a task that are its terms, in the contract's order. */
export function termsOf(row: TaskRow): Terms {
  return {
    operator: row.operator,
    operatorBond: row.operatorBond,
    receiptKey: row.receiptKey,
    itemsRoot: row.itemsRoot,
    itemCount: row.itemCount,
    manifestHash: row.manifestHash,
    goldHash: row.goldHash,
    humanAdmissionRoot: row.humanAdmissionRoot,
    humanSeats: row.humanSeats,
    aiAdmissionRoot: row.aiAdmissionRoot,
    aiSeats: row.aiSeats,
    humanVotes: row.humanVotes,
    aiVotes: row.aiVotes,
    humanPrice: row.humanPrice,
    aiPrice: row.aiPrice,
    operatorFee: row.operatorFee,
    fullPayScore: row.fullPayScore,
    breakEven: row.breakEven,
    maxPenalty: row.maxPenalty,
    minJudgments: row.minJudgments,
    conditionOnAi: row.conditionOnAi,
    oversubscription: row.oversubscription,
    aiClosesAt: row.aiClosesAt,
    closesAt: row.closesAt,
    commitEndsAt: row.commitEndsAt,
    revealEndsAt: row.revealEndsAt,
  };
}

/** The draw as `TaskOpened` stated it. */
export function drawOf(row: TaskRow): KnownTask["draw"] {
  if (!row.opened || row.seed === null) return undefined;
  return {
    seed: row.seed,
    human: {
      seats: row.humanDrawSeats ?? 0,
      pool: row.humanDrawPool ?? 0,
      need: row.humanDrawNeed ?? 1,
      threshold: row.humanDrawThreshold ?? 0n,
    },
    ai: {
      seats: row.aiDrawSeats ?? 0,
      pool: row.aiDrawPool ?? 0,
      need: row.aiDrawNeed ?? 1,
      threshold: row.aiDrawThreshold ?? 0n,
    },
  };
}
