/** Where in a replay which process is killed: a matter of the seed alone. */
import type { Random } from "../support/random.ts";

export const VICTIMS = ["api", "operator", "indexer"] as const;
export type Victim = (typeof VICTIMS)[number];

export interface Kill {
  readonly victim: Victim;
  /** Before this ballot version is handed in (from 0), or after the chain moved to this deadline (from 0). */
  readonly at: { readonly version: number } | { readonly deadline: number };
  /** So many milliseconds later. */
  readonly delayMs: number;
}

/** Each process dies at least once while ballots come in, and one at each deadline. */
export function planKills(random: Random, versions: number, deadlines: number): Kill[] {
  const intake = [...VICTIMS, random.pick(VICTIMS)].map((victim): Kill => ({
    victim,
    at: { version: random.between(0, versions - 1) },
    delayMs: random.between(0, 60),
  }));
  const later = Array.from({ length: deadlines }, (_, deadline): Kill => ({
    victim: random.pick(VICTIMS),
    at: { deadline },
    delayMs: random.between(0, 1_500),
  }));
  return [...intake, ...later];
}
