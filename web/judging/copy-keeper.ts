/**
 * Keeps the copy of the openings up with the ballot, beside the work: one copy at a time, each as soon as the labeler
 * pauses, and at once when the page is hidden or left, for it may never be seen again.
 */

export interface CopyKeeper {
  /** A version has its receipt: it belongs into the copy. */
  received(): void;
  /** Now, if anything is missing in the copy. */
  flush(): void;
}

/** Calls later, unless the answer is called first. */
export type Later = (act: () => void, ms: number) => () => void;

const IDLE_MS = 2_000;
const RETRY_MS = 15_000;

/** @param send makes a copy of everything the journal has */
export function createCopyKeeper(send: () => Promise<void>, later: Later): CopyKeeper {
  let isMissing = false;
  let isSending = false;
  let cancel: () => void = () => undefined;

  function wait(ms: number): void {
    cancel();
    cancel = later(flush, ms);
  }

  function flush(): void {
    cancel();
    if (!isMissing || isSending) return;
    isMissing = false;
    isSending = true;
    send().then(
      () => {
        isSending = false;
        // What came meanwhile may not be in what was sent.
        if (isMissing) wait(IDLE_MS);
      },
      () => {
        isSending = false;
        isMissing = true;
        wait(RETRY_MS);
      },
    );
  }

  return {
    received() {
      isMissing = true;
      wait(IDLE_MS);
    },
    flush,
  };
}

export const laterByTimer: Later = (act, ms) => {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
};
