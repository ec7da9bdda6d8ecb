/** How many lines of one source hold code, and how many of them ran. */
export interface FileCoverage {
  readonly path: string;
  readonly lines: number;
  readonly covered: number;
  readonly missed: readonly number[];
}

/** Reads a report in lcov's form: `SF:` begins a file, `DA:line,count` is a line with code, `end_of_record` ends it. */
export function readLcov(report: string): FileCoverage[] {
  return report.split("end_of_record").flatMap((record) => {
    const path = /^SF:(.+)$/m.exec(record)?.[1];
    if (path === undefined) return [];
    const counts = [...record.matchAll(/^DA:(\d+),(\d+)/gm)].map(([, line, count]) => ({
      line: Number(line),
      count: Number(count),
    }));
    const missed = counts.filter(({ count }) => count === 0).map(({ line }) => line);
    return [{ path, lines: counts.length, covered: counts.length - missed.length, missed }];
  });
}

/** Covered lines of all, as a share; of nothing, nothing is covered. */
export function shareCovered(files: readonly FileCoverage[]): number {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const covered = files.reduce((sum, file) => sum + file.covered, 0);
  return lines === 0 ? 0 : covered / lines;
}
