/** Admission lists are what their rule gives: drawn again from the chain, address by address. */
import { isDrawn } from "../../protocol/admission.ts";
import type { AdmissionRule, DrawingRule } from "../../protocol/admission.ts";
import { describeDrawing } from "../../protocol/admission-words.ts";
import { findStrayAddress } from "../../protocol/draw-admission.ts";
import type { Address, Role } from "../../protocol/words.ts";
import type { EvidenceTask } from "../evidence.ts";
import type { OpenedTask } from "./check-task.ts";
import { hold } from "./report.ts";

type Draw = (rule: DrawingRule, role: Role) => Promise<readonly Address[]>;

/** What of a drawn list does not follow from the chain, naming the address; undefined where all does. */
export async function findAdmissionFault(
  rule: AdmissionRule,
  role: Role,
  draw: Draw,
): Promise<string | undefined> {
  if (!isDrawn(rule)) return undefined;
  const stray = findStrayAddress(rule.validators, await draw(rule, role));
  if (stray === undefined) return undefined;
  const owned = `a seat as ${role} and ${describeDrawing(rule)}`;
  return stray.isOn === "said"
    ? `${stray.address} is on the admission list without ${owned}`
    : `${stray.address} has ${owned}, and is not on the admission list`;
}

/**
 * The lists of both roles; that they hash to the terms has been checked. A list rests on a block before the task's own:
 * one that was to come could only have been guessed. Returns how many addresses were compared.
 */
export async function checkAdmissionLists(
  task: EvidenceTask,
  { created }: OpenedTask,
  draw: Draw,
): Promise<number> {
  let compared = 0;
  for (const role of ["Human", "Ai"] as const) {
    const rule = role === "Human" ? task.manifest.admission.human : task.manifest.admission.ai;
    if (!isDrawn(rule)) continue;
    const where = `task ${task.taskId}, admission of role ${role}`;
    const { snapshotBlock } = created;
    hold(
      rule.block < snapshotBlock,
      where,
      `drawn at block ${rule.block}, not before the task's own block ${snapshotBlock}`,
    );
    const fault = await findAdmissionFault(rule, role, draw);
    hold(fault === undefined, where, fault ?? "");
    compared += rule.validators.length;
  }
  return compared;
}
