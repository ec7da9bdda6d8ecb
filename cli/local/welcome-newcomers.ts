/**
 * On a local chain, whoever joins as Human gets an example task of its own: seats count from before a task, so the open
 * example is closed to those who come later.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import { IStakeRegistry__factory } from "../../bindings/index.ts";
import type { Address } from "../../protocol/words.ts";
import { judgeAll, showExampleTo, type LocalScene } from "./example-tasks.ts";
import { SIMULATED, type LocalKey } from "./keys.ts";
import { isTheEnd } from "./simulated-validator.ts";

const POLL_MS = 1_000;
const HUMAN = 1n;
const PAUSE_MS = 150;

/** Watches from now on; the returned function waits for the watch to end, which `signal` asks for. */
export async function welcomeNewcomers(
  scene: LocalScene,
  known: readonly LocalKey[],
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const { provider, config, output } = scene;
  const registry = IStakeRegistry__factory.connect(config.contracts.stakeRegistry, provider);
  const welcomed = new Set<Address>(known.map(({ address }) => address));
  let next = (await provider.getBlockNumber()) + 1;

  /** Joined in a block that is not the newest: the seat counts in the next one. */
  async function findNewcomers(): Promise<Address[]> {
    const last = (await provider.getBlockNumber()) - 1;
    if (last < next) return [];
    const joined = await registry.queryFilter(
      registry.filters.Joined(undefined, HUMAN),
      next,
      last,
    );
    next = last + 1;
    return joined
      .map(({ args }) => args.validator.toLowerCase())
      .filter((address) => !welcomed.has(address));
  }

  const judging = new Set<Promise<void>>();
  function judgeBeside(task: TaskJson): void {
    const work = judgeAll(task, scene, SIMULATED, PAUSE_MS, signal)
      .catch(complain)
      .finally(() => judging.delete(work));
    judging.add(work);
  }

  function complain(error: unknown): void {
    if (!signal.aborted && !isTheEnd(error))
      output.say(`an example for a newcomer failed: ${String(error)}`);
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      try {
        for (const newcomer of await findNewcomers()) {
          welcomed.add(newcomer);
          const task = await showExampleTo(newcomer, scene);
          output.say(`${newcomer} joined and has an example task to judge`);
          judgeBeside(task);
        }
      } catch (error) {
        complain(error);
      }
      await wait(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  const watching = watch();
  return async () => {
    await watching;
    await Promise.all(judging);
  };
}
