/** An orderly end: what was started last is closed first, once, however often it is asked for. */

export type Closer = () => void | Promise<void>;

export interface Shutdown {
  /** Aborted as soon as the end begins: long waits listen to it. */
  readonly signal: AbortSignal;
  /** Closers run in reverse order of registration. */
  add(name: string, closer: Closer): void;
  /** Runs every closer, each once; one that fails does not keep the others open. Resolves to what failed. */
  close(reason: string): Promise<ShutdownFailure[]>;
}

export interface ShutdownFailure {
  readonly name: string;
  readonly error: unknown;
}

interface Speaker {
  info(message: string): void;
  error(details: object, message: string): void;
}

export function createShutdown(logger?: Speaker): Shutdown {
  const closers: { name: string; closer: Closer }[] = [];
  const controller = new AbortController();
  let closing: Promise<ShutdownFailure[]> | undefined;

  async function closeAll(reason: string): Promise<ShutdownFailure[]> {
    logger?.info(`closing: ${reason}`);
    controller.abort(new Error(reason));
    const failures: ShutdownFailure[] = [];
    for (let next = closers.pop(); next; next = closers.pop()) {
      try {
        await next.closer();
      } catch (error) {
        failures.push({ name: next.name, error });
        logger?.error({ err: error }, `${next.name} did not close cleanly`);
      }
    }
    return failures;
  }

  return {
    signal: controller.signal,
    add: (name, closer) => void closers.push({ name, closer }),
    close: (reason) => (closing ??= closeAll(reason)),
  };
}

interface Signals {
  on(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  off(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

/** One Ctrl-C can arrive more than once: from the terminal, and passed on by each program this one was started through. */
const SAME_PRESS_MS = 500;

/**
 * Closes on SIGINT and SIGTERM, then calls `exit` with 0, or 1 if something did not close; a second press exits at once
 * with 130. Returns a function that stops listening.
 */
export function closeOnSignals(
  shutdown: Shutdown,
  signals: Signals = process,
  exit: (status: number) => void = (status) => process.exit(status),
  /** Milliseconds from any beginning. */
  clock: () => number = () => performance.now(),
): () => void {
  let askedAt: number | undefined;
  const listen = (name: string) => (): void => {
    if (askedAt !== undefined) {
      if (clock() - askedAt >= SAME_PRESS_MS) exit(130);
      return;
    }
    askedAt = clock();
    void shutdown.close(name).then((failures) => exit(failures.length === 0 ? 0 : 1));
  };
  const listeners = { SIGINT: listen("SIGINT"), SIGTERM: listen("SIGTERM") };
  signals.on("SIGINT", listeners.SIGINT);
  signals.on("SIGTERM", listeners.SIGTERM);
  return () => {
    signals.off("SIGINT", listeners.SIGINT);
    signals.off("SIGTERM", listeners.SIGTERM);
  };
}
