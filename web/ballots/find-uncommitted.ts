/** Ballots whose newest version is not on chain and could still come there: what rests on the session that signed them. */
import { isScrutineerError } from "../../protocol/errors.ts";
import { commitEndsAtFor } from "../../protocol/task-state.ts";
import type { Hash } from "../../protocol/words.ts";
import type { DutyChain, OwnBallot } from "./look-after.ts";
import { readOwnRecord, readOwnTask } from "./look-after.ts";

export interface Uncommitted {
  readonly taskId: Hash;
  readonly version: number;
  readonly judgments: number;
}

export async function findUncommitted(
  chain: DutyChain,
  ballots: readonly OwnBallot[],
  now: bigint,
): Promise<readonly Uncommitted[]> {
  const found = await Promise.all(
    ballots.map((own) =>
      findIn(chain, own, now).catch((error: unknown) => {
        // Of another chain, or one that began anew.
        if (isScrutineerError(error, "task-unknown", "task-mismatch")) return undefined;
        throw error;
      }),
    ),
  );
  return found.filter((one) => one !== undefined);
}

async function findIn(
  chain: DutyChain,
  own: OwnBallot,
  now: bigint,
): Promise<Uncommitted | undefined> {
  const newest = await own.newest();
  if (newest === undefined) return undefined;
  const { terms, role } = await readOwnTask(chain, own.slot);
  if (now >= commitEndsAtFor(terms, role)) return undefined;
  const record = await readOwnRecord(chain, own.slot);
  const { taskId, version, judgments } = newest.ballot;
  return version > record.version ? { taskId, version, judgments } : undefined;
}
