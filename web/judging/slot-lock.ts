/**
 * One tab at a time grows a ballot: two would sign different versions of the same number, and the operator takes one of
 * them only.
 */
import { useEffect, useState } from "react";
import type { JournalSlot } from "./journal.ts";

export type SlotLock = "asked" | "held" | "elsewhere";

/** A lock is granted within a moment or not before another tab lets go. */
const MOMENT_MS = 400;

/** What of the browser's LockManager is asked. */
export interface Locks {
  request(
    name: string,
    options: { readonly signal: AbortSignal },
    hold: () => Promise<void>,
  ): Promise<unknown>;
}

/** Asks for the slot and holds it until the answer is called; waits its turn behind other tabs. */
export function holdSlot(
  locks: Locks,
  { chainId, tasks, taskId, validator }: JournalSlot,
  onHeld: () => void,
): () => void {
  const leaving = new AbortController();
  let release: () => void = () => undefined;
  const untilLeft = new Promise<void>((resolve) => (release = resolve));
  locks
    .request(
      `scrutineer/judging/${chainId}/${tasks}/${taskId}/${validator}`,
      { signal: leaving.signal },
      () => {
        onHeld();
        return untilLeft;
      },
    )
    // Left before its turn came.
    .catch(() => undefined);
  return () => {
    leaving.abort();
    release();
  };
}

export function useSlotLock({ chainId, tasks, taskId, validator }: JournalSlot): SlotLock {
  const [lock, setLock] = useState<SlotLock>("asked");
  useEffect(() => {
    // A page that is not served securely gets no locks: there, nothing tells its tabs apart.
    const locks = (navigator as { readonly locks?: Locks }).locks;
    if (locks === undefined) {
      setLock("held");
      return undefined;
    }
    setLock("asked");
    const slow = setTimeout(() => setLock("elsewhere"), MOMENT_MS);
    const letGo = holdSlot(locks, { chainId, tasks, taskId, validator }, () => {
      clearTimeout(slow);
      setLock("held");
    });
    return () => {
      clearTimeout(slow);
      letGo();
    };
  }, [chainId, tasks, taskId, validator]);
  return lock;
}
