/** What was refused is tried again after a while that doubles; forgotten with the process, so a restart asks at once. */

export interface Patience {
  mayTry(key: string, clock: number): boolean;
  refused(key: string, clock: number): void;
}

const FIRST_WAIT_SECONDS = 2;
const LONGEST_WAIT_SECONDS = 300;
const FORGET_ABOVE = 100_000;

export function createPatience(): Patience {
  const waits = new Map<string, { until: number; seconds: number }>();
  return {
    mayTry: (key, clock) => clock >= (waits.get(key)?.until ?? -Infinity),
    refused(key, clock) {
      if (waits.size >= FORGET_ABOVE) waits.clear();
      const last = waits.get(key)?.seconds;
      const seconds =
        last === undefined ? FIRST_WAIT_SECONDS : Math.min(2 * last, LONGEST_WAIT_SECONDS);
      waits.set(key, { until: clock + seconds, seconds });
    },
  };
}
