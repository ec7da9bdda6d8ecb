/**
 * Items come from the manifest: its bytes are bound by `manifestHash`, its items by `itemsRoot`. It may arrive before the
 * task or long after it, so tasks without one are looked at again and again.
 */
import { z } from "zod";
import { admissionRuleSchema, kindOf } from "../protocol/admission.ts";
import type { AdmissionKind } from "../protocol/admission.ts";
import { itemsTree } from "../protocol/item.ts";
import { admissionTree } from "../protocol/manifest.ts";
import { toHash, ZERO_HASH } from "../protocol/words.ts";
import type { Hash } from "../protocol/words.ts";
import type { Blobs } from "../store/blobs.ts";
import { findTasksWithoutManifest, writeManifest } from "../store/chain-writes.ts";
import type { TaskOfManifest } from "../store/chain-writes.ts";
import type { Database } from "../store/database.ts";
import type { Item, Manifest } from "../store/schema/chain.ts";

const hash = z.string().transform((text) => toHash(text));

/** What of a manifest the index keeps. */
const manifestSchema = z.object({
  format: z.literal("scrutineer-manifest/1"),
  title: z.string().default(""),
  itemCount: z.number().int(),
  itemsRoot: hash,
  items: z.array(z.object({ prompt: hash, outputA: hash, outputB: hash })),
  guideline: z.object({ version: z.string() }).default({ version: "" }),
  replay: z.boolean().default(false),
  identical: z.number().int().default(0),
  empty: z.number().int().default(0),
  annexHash: hash.nullish(),
  admission: z.object({ human: z.unknown(), ai: z.unknown() }).nullish(),
});

/** Reads the manifests that have arrived; returns how many. */
export async function readManifests(db: Database, blobs: Blobs): Promise<number> {
  let read = 0;
  for (const task of await findTasksWithoutManifest(db, 100)) {
    const bytes = await blobs.get(task.manifestHash).catch(() => undefined);
    if (bytes === undefined) continue;
    const { manifest, items } = readManifest(task, bytes);
    await writeManifest(db, manifest, items);
    read++;
  }
  return read;
}

/** A manifest against the task's terms; one that does not fit gives no items and says why. */
export function readManifest(
  task: TaskOfManifest,
  bytes: Uint8Array,
): { manifest: Manifest; items: Item[] } {
  const { taskId, manifestHash } = task;
  const refused = (refusal: string): { manifest: Manifest; items: Item[] } => ({
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
  });

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

/** Null where the list is not the one that the terms bind: nobody can be admitted by it. */
function readKind(said: unknown, root: Hash): AdmissionKind | null {
  const parsed = admissionRuleSchema.safeParse(said);
  if (!parsed.success) return null;
  return (admissionTree(parsed.data)?.root ?? ZERO_HASH) === root ? kindOf(parsed.data) : null;
}
