/** Who may judge in a task: a seat at the snapshot, a place on the list where there is one, and the luck of the draw. */
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { isInPool } from "../../protocol/pool.ts";
import { admissionRootOf, admittedSeatsOf, isOpenTo, votesOf } from "../../protocol/terms.ts";
import type { Address, Role } from "../../protocol/words.ts";
import { findRoleAt } from "../../store/submissions/tasks.ts";
import { knowManifest } from "./know-task.ts";
import type { KnownTask, Seat } from "../known-task.ts";

/** The validator's seat in an opened task; refuses whose judgments the contract would not count. */
export async function checkSeat(api: Api, task: KnownTask, validator: Address): Promise<Seat> {
  const kept = task.seats.get(validator);
  if (kept !== undefined) return kept;
  const { taskId, draw } = task;
  if (draw === undefined) {
    throw new ScrutineerError("seed-unknown", "the task is not open yet", { taskId });
  }
  const role = await findRoleAt(api.deps.db, validator, task.snapshotBlock);
  if (role === undefined) {
    throw new ScrutineerError(
      "validator-not-active",
      `${validator} held no seat of a validator at block ${task.snapshotBlock}, before the task was created`,
      { taskId, validator, snapshotBlock: task.snapshotBlock.toString() },
    );
  }
  if (votesOf(task.terms, role) === 0) {
    throw new ScrutineerError("role-wrong", `the task wants no judgments of role ${role}`, {
      taskId,
      role,
    });
  }
  const admissionIndex = await admissionIndexOf(api, task, validator, role);
  const drawn = role === "Human" ? draw.human : draw.ai;
  if (!isInPool(draw.seed, validator, drawn)) {
    throw new ScrutineerError("not-in-pool", `${validator} was not drawn for this task`, {
      taskId,
      validator,
    });
  }
  const seat: Seat = { role, draw: drawn, admissionIndex };
  task.seats.set(validator, seat);
  return seat;
}

async function admissionIndexOf(
  api: Api,
  task: KnownTask,
  validator: Address,
  role: Role,
): Promise<number> {
  const { terms, taskId } = task;
  if (isOpenTo(terms, role)) return 0;
  const { admitted } = await knowManifest(api, task);
  const index = admitted[role]?.get(validator);
  if (index === undefined || index >= admittedSeatsOf(terms, role)) {
    throw new ScrutineerError("not-admitted", `${validator} is not on the task's admission list`, {
      taskId,
      validator,
      admissionRoot: admissionRootOf(terms, role),
    });
  }
  return index;
}
