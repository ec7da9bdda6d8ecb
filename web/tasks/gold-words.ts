/** What became of a task's golds, in words for whoever judges. Until they are open not even their number is known. */
import { goldIntervalOf } from "../../protocol/task-state.ts";
import type { Task } from "../data/schemas.ts";

/** Undefined where the terms bind none. `now`: chain time in seconds, undefined while it is not known. */
export function goldWords(
  { gold, terms }: Pick<Task, "gold" | "terms">,
  now: number | undefined,
): string | undefined {
  if (gold === null) return undefined;
  const contradicted = `${gold.void ?? 0} of ${gold.golds ?? 0} golds were contradicted by two thirds of the people who voted on them`;
  switch (gold.stage) {
    case "Sealed":
      return now !== undefined && BigInt(now) >= goldIntervalOf(terms).until
        ? "A gold set was bound and not opened in time: there is no gate, everybody is paid by score alone."
        : "A gold set of unknown size is bound: some items have an answer the requester knew. It is opened when no ballot is taken any more; who misses too many of its answers earns nothing.";
    case "Opened":
      return `${gold.golds ?? 0} golds are open. When revealing is over they are held against people's votes, and those that people contradict do not count.`;
    case "NoGate":
      return `${contradicted}. That is more than a tenth, so there is no gate: everybody is paid by score alone.`;
    case "Gate":
      return `${gold.valid ?? 0} golds count; ${contradicted}. Who missed too many earns nothing.`;
  }
}
