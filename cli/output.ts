/**
 * What every command shares: what it prints where, and the status it ends with.
 *
 * With `--json`, stdout holds one JSON object (token amounts as decimal strings; counts, ppm and gas as numbers) and
 * everything else goes to stderr. Exit status: 0 it holds, 1 it does not hold, 2 it could not run.
 */
import type { Writable } from "node:stream";

import { MultiBar, Presets } from "cli-progress";

import { isScrutineerError, refusalOf, ScrutineerError } from "../protocol/errors.ts";
import { EnvError } from "../runtime/env.ts";

export type Json =
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  | readonly Json[]
  | { readonly [key: string]: Json };

/** What a command found: printed once, as JSON or as text. */
export interface Result {
  readonly json: { readonly [key: string]: Json };
  readonly text: string;
  /** False: what was checked does not hold; the process ends with 1. */
  readonly holds?: boolean;
}

export interface Progress {
  /** `done` so far out of `total`, which may change. */
  update(done: number, total?: number): void;
  stop(): void;
}

export interface Output {
  readonly json: boolean;
  /** A line to whoever watches: on stdout, with `--json` on stderr. */
  say(line: string): void;
  /** What went wrong, on stderr. */
  complain(text: string): void;
  /** The result of a command that goes on running (`up`); others return it. */
  print(result: Result): void;
  /** A bar on stderr, drawn only on a terminal. */
  progress(label: string, total: number): Progress;
  /** Ends the bars and clears their lines. */
  close(): void;
}

export const EXIT = { holds: 0, doesNotHold: 1, cannotRun: 2 } as const;

export function createOutput(
  json: boolean,
  streams: { stdout: Writable; stderr: Writable & { isTTY?: boolean } } = process,
): Output {
  const { stdout, stderr } = streams;
  let bars: MultiBar | undefined;
  return {
    json,
    say: (line) => void (json ? stderr : stdout).write(`${line}\n`),
    complain: (text) => void stderr.write(`${text}\n`),
    print: (result) => void stdout.write(`${json ? toJson(result.json) : result.text}\n`),
    progress(label, total) {
      if (stderr.isTTY !== true) return { update: () => undefined, stop: () => undefined };
      bars ??= new MultiBar(
        {
          stream: stderr,
          format: "{label} [{bar}] {value}/{total} {eta_formatted}",
          hideCursor: true,
          clearOnComplete: true,
        },
        Presets.shades_classic,
      );
      const all = bars;
      const bar = all.create(total, 0, { label });
      return {
        update: (done, newTotal) => {
          if (newTotal !== undefined) bar.setTotal(newTotal);
          bar.update(done);
        },
        stop: () => void all.remove(bar),
      };
    },
    close: () => bars?.stop(),
  };
}

/** One line of JSON; a bigint becomes a decimal string. */
export function toJson(value: Json): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "bigint" ? part.toString() : part,
  );
}

/** Runs a command to its exit status: prints its result, or says why it could not run. */
export async function runCommand(
  output: Output,
  run: () => Promise<Result | void>,
): Promise<number> {
  try {
    const result = await run();
    output.close();
    if (result === undefined) return EXIT.holds;
    output.print(result);
    return result.holds === false ? EXIT.doesNotHold : EXIT.holds;
  } catch (error) {
    output.close();
    return explain(output, error);
  }
}

function explain(output: Output, given: unknown): number {
  const error = given instanceof EnvError ? new ScrutineerError(given.code, given.message) : given;
  if (!isScrutineerError(error)) {
    // Not foreseen: the stack is what helps.
    output.complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (output.json)
      output.print({
        json: { error: { code: "internal", message: "unexpected error" } },
        text: "",
      });
    return EXIT.cannotRun;
  }
  output.complain(`${error.code}: ${error.message}`);
  if (output.json) {
    const details = JSON.parse(toJson(error.details as { [key: string]: Json })) as {
      [key: string]: Json;
    };
    output.print({
      json: { error: { code: error.code, message: error.message, details } },
      text: "",
    });
  }
  return refusalOf(error.code).exit;
}
