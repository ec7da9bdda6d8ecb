/** What a signed-in validator may see and erase of its own. */
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { deleteNotes, findNewestBallot, listNotes } from "../../store/submissions/ballots.ts";
import type { NotesExportJson, OpeningCopyJson } from "../schemas/ballots.ts";

/** The newest version with its opening: a new device goes on from there. */
export async function showOpening(
  api: Api,
  taskId: Hash,
  validator: Address,
  asking: Address,
): Promise<OpeningCopyJson> {
  if (asking !== validator) {
    throw new ScrutineerError("not-allowed", "an opening is shown to its validator alone");
  }
  const row = await findNewestBallot(api.deps.db, taskId, validator);
  if (row === undefined) {
    throw new ScrutineerError("ballot-unknown", "no ballot of yours was received here", { taskId });
  }
  const { version, judgments, commitment, signature, entries, salt, notesHash } = row;
  return {
    ballot: { validator, version, judgments, commitment },
    signature,
    opening: { entries, salt, notesHash },
  };
}

export async function exportNotes(api: Api, validator: Address): Promise<NotesExportJson> {
  const notes = await listNotes(api.deps.db, validator);
  return {
    notes: notes.map(({ taskId, version, notes: text }) => ({ taskId, version, notes: text })),
  };
}

export async function eraseNotes(api: Api, validator: Address): Promise<{ erased: number }> {
  return { erased: await deleteNotes(api.deps.db, validator) };
}
