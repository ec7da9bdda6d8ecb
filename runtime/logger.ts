/** Structured logs, one JSON object a line, on stderr: stdout belongs to what a command answers. */
import { pino } from "pino";
import type { DestinationStream, Logger as PinoLogger } from "pino";

export type Logger = PinoLogger;
export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

export interface LoggerOptions {
  /** The process or part that speaks. */
  readonly name: string;
  readonly level?: LogLevel;
  /** Defaults to stderr, written at once, so that nothing is lost when a process is killed. */
  readonly destination?: DestinationStream;
}

/** Keys that never reach a log, wherever they stand at the first two levels. */
const secrets = ["privateKey", "master", "authorization", "cookie", "token", "password"];

export function createLogger({ name, level = "info", destination }: LoggerOptions): Logger {
  return pino(
    {
      name,
      level,
      redact: { paths: secrets.flatMap((key) => [key, `*.${key}`]), censor: "[secret]" },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination ?? pino.destination({ fd: 2, sync: true }),
  );
}

/** For tests and for callers that want none. */
export function silentLogger(): Logger {
  return pino({ level: "silent" });
}
