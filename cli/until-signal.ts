/** For commands that run until they are told to end. */
import { closeOnSignals, type Shutdown } from "../runtime/shutdown.ts";

/**
 * Waits for SIGINT, SIGTERM or `failed`, then closes everything once; a second signal ends the process at once.
 * Resolves to whether all closed cleanly.
 */
export async function runUntilSignal(
  shutdown: Shutdown,
  failed: Promise<string> = new Promise(() => undefined),
): Promise<boolean> {
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
