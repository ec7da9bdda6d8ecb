/**
 * Items come from the manifest: its bytes are bound by `manifestHash`, its items by `itemsRoot`. It may arrive before the
 * task or long after it, so tasks without one are looked at again and again.
 */
import { z } from "zod";
import { admissionRuleSchema, kindOf } from "../protocol/admission.ts";
import type { AdmissionKind } from "../protocol/admission.ts";
import { itemsTree } from "../protocol/item.ts";
import { admissionTree } from "../protocol/manifest.ts";
import { MAX_ITEMS } from "../protocol/terms.ts";
import { ZERO_HASH } from "../protocol/words.ts";
import type { Hash } from "../protocol/words.ts";
import type { Blobs } from "../store/blobs.ts";
import { findTasksWithoutManifest, writeManifest } from "../store/chain-writes.ts";
import type { TaskOfManifest, TermsOfManifest } from "../store/chain-writes.ts";
import type { Database } from "../store/database.ts";
import { isUnkeepable } from "../store/failed-query.ts";
import { toKeepable } from "../store/keepable-text.ts";
import type { Item, Manifest } from "../store/schema/chain.ts";

/** Tasks looked at in one question to the database. */
const TASKS_A_LOOK = 100;

const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "not a 32-byte hash")
  .toLowerCase();
/** Whoever wrote the manifest wrote what it liked. */
const text = z.string().transform(toKeepable);
const itemsCounted = z.int().min(0).max(MAX_ITEMS);

/** What of a manifest the index keeps. */
const manifestSchema = z.object({
  format: z.literal("scrutineer-manifest/1"),
  title: text.default(""),
  itemCount: itemsCounted,
  itemsRoot: hash,
  items: z.array(z.object({ prompt: hash, outputA: hash, outputB: hash })),
  guideline: z.object({ version: text }).default({ version: "" }),
  replay: z.boolean().default(false),
  identical: itemsCounted.default(0),
  empty: itemsCounted.default(0),
  annexHash: hash.nullish(),
  admission: z.object({ human: z.unknown(), ai: z.unknown() }).nullish(),
});

interface ReadManifest {
  readonly manifest: Manifest;
  readonly items: readonly Item[];
}

/** Reads the manifests that have arrived; returns how many. Neither one that is missing nor one that is bad stops others. */
export async function readManifests(db: Database, blobs: Blobs): Promise<number> {
  let read = 0;
  let after: TaskOfManifest | undefined;
  for (;;) {
    const tasks = await findTasksWithoutManifest(db, TASKS_A_LOOK, after);
    for (const task of tasks) {
      const bytes = await blobs.get(task.manifestHash).catch(() => undefined);
      if (bytes === undefined) continue;
      await keepManifest(db, task, bytes);
      read++;
    }
    after = tasks.at(-1);
    if (tasks.length < TASKS_A_LOOK) return read;
  }
}

/** What is thrown is the database's trouble, and passes; a manifest's own is kept as its refusal. */
async function keepManifest(db: Database, task: TaskOfManifest, bytes: Uint8Array): Promise<void> {
  const { manifest, items } = readManifest(task, bytes);
  try {
    await writeManifest(db, manifest, items);
  } catch (reason) {
    if (!isUnkeepable(reason)) throw reason;
    await writeManifest(db, refusedManifest(task, "it cannot be kept").manifest, []);
  }
}

/** A manifest against the task's terms; one that does not fit gives no items and says why. */
export function readManifest(task: TermsOfManifest, bytes: Uint8Array): ReadManifest {
  const { taskId, manifestHash } = task;
  const refused = (refusal: string): ReadManifest => refusedManifest(task, refusal);

  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refused("not JSON");
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) return refused(`not a manifest: ${parsed.error.issues[0]?.message ?? "?"}`);
  const said = parsed.data;
  if (said.items.length !== task.itemCount || said.itemCount !== task.itemCount) {
    return refused(`${said.items.length} items, the terms say ${task.itemCount}`);
  }
  if (itemsTree(said.items).root !== task.itemsRoot || said.itemsRoot !== task.itemsRoot) {
    return refused("its items have another root than the terms say");
  }
  return {
    manifest: {
      taskId,
      manifestHash,
      title: said.title,
      guidelineVersion: said.guideline.version,
      replay: said.replay,
      identical: said.identical,
      empty: said.empty,
      annexHash: said.annexHash ?? null,
      humanAdmission: readKind(said.admission?.human, task.humanAdmissionRoot),
      aiAdmission: readKind(said.admission?.ai, task.aiAdmissionRoot),
      refusal: null,
    },
    items: said.items.map((item, itemIndex) => ({
      taskId,
      itemIndex,
      promptHash: item.prompt,
      outputAHash: item.outputA,
      outputBHash: item.outputB,
    })),
  };
}

function refusedManifest({ taskId, manifestHash }: TermsOfManifest, refusal: string): ReadManifest {
  return {
    manifest: {
      taskId,
      manifestHash,
      title: "",
      guidelineVersion: "",
      replay: false,
      identical: 0,
      empty: 0,
      annexHash: null,
      humanAdmission: null,
      aiAdmission: null,
      refusal,
    },
    items: [],
  };
}

/** Null where the list is not the one that the terms bind: nobody can be admitted by it. */
function readKind(said: unknown, root: Hash): AdmissionKind | null {
  const parsed = admissionRuleSchema.safeParse(said);
  if (!parsed.success) return null;
  return (admissionTree(parsed.data)?.root ?? ZERO_HASH) === root ? kindOf(parsed.data) : null;
}
