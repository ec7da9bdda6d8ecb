/**
 * Everything people saw is what the terms bound before anybody saw it: manifest, annex, admission
 * lists, and each item's prompt and outputs.
 */
import { contentHash, itemsTree } from "../../protocol/item.ts";
import { admissionTree, annexHash, manifestHash } from "../../protocol/manifest.ts";
import { admissionRootOf, isOpenTo } from "../../protocol/terms.ts";
import type { EvidenceItem, EvidenceTask } from "../evidence.ts";
import { doesNotHold, hold, holdEqual } from "./report.ts";

/** Manifest, annex, tree of items and admission lists against the terms. */
export function checkManifest(task: EvidenceTask): number {
  const { terms, manifest, annex } = task;
  const where = `task ${task.taskId}`;
  holdEqual(where, "hash of the manifest", manifestHash(manifest), terms.manifestHash);
  holdEqual(where, "hash of the annex", annexHash(annex), manifest.annexHash);
  holdEqual(where, "items in the manifest", manifest.items.length, terms.itemCount);
  holdEqual(where, "items in the annex", annex.items.length, terms.itemCount);
  holdEqual(where, "root of the items", itemsTree(manifest.items).root, terms.itemsRoot);

  for (const role of ["Human", "Ai"] as const) {
    const admission = role === "Human" ? manifest.admission.human : manifest.admission.ai;
    const tree = admissionTree(admission);
    if (isOpenTo(terms, role)) {
      hold(tree === undefined, where, `${role}: a list is given, but the role is open`);
      continue;
    }
    hold(tree !== undefined, where, `${role}: no list is given, but admission has a root`);
    holdEqual(where, `${role} admission root`, tree.root, admissionRootOf(terms, role));
    const admitted = role === "Human" ? terms.humanSeats : terms.aiSeats;
    holdEqual(where, `${role} seats admitted`, tree.leafCount, admitted);
  }
  return 5 + terms.itemCount;
}

/** The text in the file against the hashes in the manifest. */
export function checkItem(task: EvidenceTask, item: EvidenceItem, line: string): void {
  const hashes = task.manifest.items[item.itemIndex];
  if (!hashes) throw doesNotHold(line, `task ${task.taskId} has no item ${item.itemIndex}`);
  for (const part of ["prompt", "outputA", "outputB"] as const) {
    hold(
      contentHash(item[part]) === hashes[part],
      `${line}, task ${task.taskId}, item ${item.itemIndex}, ${part}`,
      `the text hashes to ${contentHash(item[part])}, the task is bound to ${hashes[part]}`,
    );
  }
}
