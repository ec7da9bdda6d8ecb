/** Keeps what a validator's device encrypted to the validator, and gives it to the validator alone. */
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { findNewestBallot } from "../../store/submissions/ballots.ts";
import { findOpeningCopy, upsertOpeningCopy } from "../../store/submissions/opening-copies.ts";
import type { StoredCopyJson } from "../schemas/openings.ts";

export interface CopyOwner {
  readonly taskId: Hash;
  readonly validator: Address;
  /** Whose token the request carries. */
  readonly asking: Address;
}

export async function keepCopy(
  api: Api,
  owner: CopyOwner,
  copy: { readonly version: number; readonly ciphertext: string },
): Promise<void> {
  checkOwner(owner);
  const { db, now } = api.deps;
  const { taskId, validator } = owner;
  // Whoever has no ballot here has nothing to keep here.
  if ((await findNewestBallot(db, taskId, validator)) === undefined) {
    throw new ScrutineerError("ballot-unknown", "no ballot of yours was received here", { taskId });
  }
  if (!(await upsertOpeningCopy(db, { taskId, validator, ...copy, storedAt: now() }))) {
    throw new ScrutineerError("version-stale", "the copy kept here holds a newer version", {
      taskId,
      version: copy.version,
    });
  }
}

export async function giveCopy(api: Api, owner: CopyOwner): Promise<StoredCopyJson> {
  checkOwner(owner);
  const { taskId, validator } = owner;
  const row = await findOpeningCopy(api.deps.db, taskId, validator);
  if (row === undefined) {
    throw new ScrutineerError("copy-unknown", "no copy of your openings is kept here", { taskId });
  }
  const { version, ciphertext, storedAt } = row;
  return { version, ciphertext, storedAt: Number(storedAt) };
}

function checkOwner({ asking, validator }: CopyOwner): void {
  if (asking !== validator) {
    throw new ScrutineerError("not-allowed", "copies of openings are their validator's alone");
  }
}
