import { stripVTControlCharacters } from "node:util";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What a check that knows only "holds" and "does not" counts as: one. */
export function countOfCheck(exitStatus: number): Counts {
  return exitStatus === 0
    ? { passed: 1, failed: 0, skipped: 0 }
    : { passed: 0, failed: 1, skipped: 0 };
}

/**
 * The last "12 passing", "1 failing", "2 pending" (Mocha) or "2 skipped" (Hardhat) of a runner's output; a test that runs
 * a runner itself prints such lines earlier. A runner that ended badly without naming a failure, or well without
 * counting anything, has failed once.
 */
export function countOfRunner(output: string, exitStatus: number): Counts {
  const plain = stripVTControlCharacters(output);
  const summary = plain.slice(
    Math.max(0, plain.search(/^\s*\d+ passing(?![\s\S]*^\s*\d+ passing)/m)),
  );
  const last = (word: string): number | undefined => {
    const found = new RegExp(`^\\s*(\\d+) (?:${word})\\b`, "m").exec(summary);
    return found === null ? undefined : Number(found[1]);
  };
  const passed = last("passing");
  const failed = last("failing") ?? 0;
  const broken = failed === 0 && (exitStatus !== 0 || passed === undefined);
  return {
    passed: passed ?? 0,
    failed: broken ? 1 : failed,
    skipped: last("pending|skipped") ?? 0,
  };
}

export function sumOf(counts: readonly Counts[]): Counts {
  const sum = (of: (one: Counts) => number): number =>
    counts.reduce((total, one) => total + of(one), 0);
  return {
    passed: sum((one) => one.passed),
    failed: sum((one) => one.failed),
    skipped: sum((one) => one.skipped),
  };
}

export function describeCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
