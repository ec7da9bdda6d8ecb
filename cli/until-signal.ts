/** What a signal does to a command: most end at once; those that run until they are told to end close what they opened. */
import { closeOnSignals, type Shutdown } from "../runtime/shutdown.ts";

let forget: () => void = () => undefined;

/**
 * From now on SIGINT and SIGTERM end the process by way of its `exit` listeners, which take its child processes along.
 * The returned function takes that back.
 */
export function exitOnSignals(): () => void {
  const end = (): void => process.exit(130);
  process.on("SIGINT", end).on("SIGTERM", end);
  forget = () => void process.off("SIGINT", end).off("SIGTERM", end);
  return forget;
}

/**
 * Waits for SIGINT, SIGTERM or `failed`, then closes everything once; a second signal ends the process at once.
 * Resolves to whether all closed cleanly.
 */
export async function runUntilSignal(
  shutdown: Shutdown,
  failed: Promise<string> = new Promise(() => undefined),
): Promise<boolean> {
  forget();
  return new Promise((resolve) => {
    const unlisten = closeOnSignals(shutdown, process, (status) => {
      if (status === 130) process.exit(130);
      unlisten();
      resolve(status === 0);
    });
    void failed.then(async (reason) => {
      await shutdown.close(reason);
      unlisten();
      resolve(false);
    });
  });
}
