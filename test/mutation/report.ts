import type { Site } from "./sites.ts";

/** What became of one mutant. */
export interface Verdict {
  readonly site: Site;
  readonly key: string;
  /** Not counted: it does not compile, or compiles to the code that was there. */
  readonly status: "killed" | "survived" | "not compiled" | "same code";
  /** The first test that failed, or what else ended the run. */
  readonly killedBy: string | undefined;
  readonly seconds: number;
}

export interface Report {
  readonly seed: number;
  readonly count: number;
  readonly sites: number;
  readonly killed: number;
  readonly survived: number;
  /** Of all that were run. */
  readonly killedShare: number;
  /** Of those that have an effect: without survivors whose reason is known. */
  readonly killedShareOfEffective: number;
  readonly notCompiled: number;
  readonly sameCode: number;
  readonly survivors: readonly (Line & { readonly reason: string })[];
  readonly mutants: readonly (Line & {
    readonly status: Verdict["status"];
    readonly killedBy: string | undefined;
    readonly seconds: number;
  })[];
}

interface Line {
  readonly file: string;
  readonly line: number;
  readonly operator: string;
  readonly before: string;
  readonly after: string;
  readonly key: string;
}

/** Of the mutants that have an effect, at least so many must be noticed. */
export const LEAST_KILLED = 0.95;
const UNKNOWN = "unknown: a test is missing, or the change has no effect";

/** `reasons`: why a survivor is none to worry about, by its key. */
export function makeReport(
  run: { readonly seed: number; readonly count: number; readonly sites: number },
  verdicts: readonly Verdict[],
  reasons: Readonly<Record<string, string>>,
): Report {
  const having = (status: Verdict["status"]): Verdict[] =>
    verdicts.filter((verdict) => verdict.status === status);
  const [killed, survived] = [having("killed").length, having("survived").length];
  const unexplained = having("survived").filter(({ key }) => reasons[key] === undefined).length;
  return {
    ...run,
    killed,
    survived,
    killedShare: killed / Math.max(1, killed + survived),
    killedShareOfEffective: killed / Math.max(1, killed + unexplained),
    notCompiled: having("not compiled").length,
    sameCode: having("same code").length,
    survivors: having("survived").map((verdict) => ({
      ...lineOf(verdict),
      reason: reasons[verdict.key] ?? UNKNOWN,
    })),
    mutants: verdicts.map((verdict) => ({
      ...lineOf(verdict),
      status: verdict.status,
      killedBy: verdict.killedBy,
      seconds: verdict.seconds,
    })),
  };
}

export function describeReport(report: Report): string {
  const { seed, sites, killed, survived, notCompiled, sameCode } = report;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return [
    "",
    `Seed ${seed}: ${killed + survived} mutants of ${sites} possible; ${notCompiled} more did not compile, ${sameCode} more changed no code.`,
    ...report.survivors.map(
      ({ file, line, before, after, key, reason }) =>
        `survived  ${file}:${line}  ${before} → ${after === "" ? "nothing" : after}\n          ${key}\n          ${reason}`,
    ),
    `${killed} killed, ${survived} survived: ${percent(report.killedShare)} killed; ${percent(report.killedShareOfEffective)} of those that have an effect (at least ${100 * LEAST_KILLED} % wanted)`,
  ].join("\n");
}

function lineOf({ site, key }: Verdict): Line {
  const { file, line, operator, before, after } = site;
  return { file, line, operator, before, after, key };
}
