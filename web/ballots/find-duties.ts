/** What is due in all of one's ballots; what could not be seen is said to be so, for it is not the same as nothing. */
import { isScrutineerError } from "../../protocol/errors.ts";
import type { Hash } from "../../protocol/words.ts";
import type { Due, OwnBallot } from "./look-after.ts";

export interface Duties {
  readonly due: readonly Due[];
  /** Tasks of which the chain told nothing this time: what was due in them before is still in `due`. */
  readonly unseen: readonly Hash[];
}

export const noDuties: Duties = { due: [], unseen: [] };

export async function findDuties(
  ballots: readonly OwnBallot[],
  find: (own: OwnBallot) => Promise<Due | undefined>,
  before: Duties,
): Promise<Duties> {
  const found = await Promise.all(
    ballots.map(async (own): Promise<Duties> => {
      const { taskId } = own.slot;
      try {
        const due = await find(own);
        return { due: due === undefined ? [] : [due], unseen: [] };
      } catch (error) {
        // Of another chain, or one that began anew: nothing can be due.
        if (isScrutineerError(error, "task-unknown", "task-mismatch")) return noDuties;
        const last = before.due.filter((one) => one.own.slot.taskId === taskId);
        return { due: last, unseen: [taskId] };
      }
    }),
  );
  return {
    due: found.flatMap(({ due }) => due),
    unseen: found.flatMap(({ unseen }) => unseen),
  };
}
