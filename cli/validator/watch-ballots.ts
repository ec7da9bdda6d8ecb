/** Looks after every ballot in a folder: once, or again and again until told to end. */
import { setTimeout as wait } from "node:timers/promises";
import type { JsonRpcProvider } from "ethers";
import { openContracts, type Contracts } from "../../operator/contracts.ts";
import { isScrutineerError } from "../../protocol/errors.ts";
import type { CopySlot } from "../../protocol/opening-copy.ts";
import type { Address } from "../../protocol/words.ts";
import type { Deed, Watch } from "./look-after.ts";
import { lookAfter } from "./look-after.ts";

export interface WatchOptions extends Omit<Watch, "chain"> {
  readonly provider: JsonRpcProvider;
  /** Of all whose ballots lie in the folder where left out. */
  readonly validator?: Address | undefined;
  readonly taskId?: string | undefined;
}

export interface Listener {
  readonly onDeed: (deed: Deed) => void;
  readonly onMishap: (slot: CopySlot, error: unknown) => void;
}

/** Answers how many ballots it looked at. What goes wrong with one keeps nobody from the next. */
export async function lookAtAll(
  options: WatchOptions,
  chains: Map<Address, Contracts>,
  { onDeed, onMishap }: Listener,
): Promise<number> {
  const { chainId } = await options.provider.getNetwork();
  const slots = (await options.folder.list()).filter(
    (slot) =>
      slot.chainId === chainId &&
      (options.validator ?? slot.validator) === slot.validator &&
      (options.taskId ?? slot.taskId) === slot.taskId,
  );
  for (const slot of slots) {
    try {
      const chain = chains.get(slot.tasks) ?? (await openContracts(options.provider, slot.tasks));
      chains.set(slot.tasks, chain);
      // One duty may follow another at once: a copy restored is a ballot to open.
      for (let rounds = 0; rounds < 3; rounds++) {
        const deed = await lookAfter({ ...options, chain }, slot);
        if (deed === undefined) break;
        onDeed(deed);
        if (deed.outcome === "impossible") break;
      }
    } catch (error) {
      onMishap(slot, error);
    }
  }
  return slots.length;
}

export async function keepLooking(
  options: WatchOptions,
  seconds: number,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const chains = new Map<Address, Contracts>();
  const once = onlyNews(listener);
  while (!signal.aborted) {
    try {
      await lookAtAll({ ...options, patient: true }, chains, once);
    } catch (error) {
      if (signal.aborted) return;
      // The node does not answer: the next look is the retry, and the deadlines are hours away.
      if (!isScrutineerError(error)) once.onMishap(NOBODY, error);
    }
    await wait(seconds * 1_000, undefined, { signal }).catch(() => undefined);
  }
}

const NOBODY: CopySlot = { chainId: 0n, tasks: "", taskId: "", validator: "" };

/** What is impossible stays so for a while: said once is enough. */
function onlyNews({ onDeed, onMishap }: Listener): Listener {
  const said = new Set<string>();
  const isNews = (...words: unknown[]): boolean => {
    const text = words.join(" ");
    if (said.has(text)) return false;
    said.add(text);
    return true;
  };
  return {
    onDeed(deed) {
      if (deed.outcome === "done" || isNews(deed.taskId, deed.validator, deed.kind, deed.says))
        onDeed(deed);
    },
    onMishap(slot, error) {
      if (isNews(slot.taskId, slot.validator, String(error))) onMishap(slot, error);
    },
  };
}
