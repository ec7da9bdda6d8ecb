import { seededRandom } from "../../cli/local/seeded-random.ts";

/** Choices that are the same in every run with the same seed. */
export interface Random {
  /** 0 or more, below 1. */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  shuffle<T>(from: readonly T[]): T[];
  /** Cuts a list into pieces of random sizes up to `most`; order kept. */
  chunks<T>(from: readonly T[], most: number): T[][];
}

export function createRandom(seed: number): Random {
  const next = seededRandom(seed);
  const between = (least: number, most: number): number =>
    least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: <T>(from: readonly T[]): T => from[between(0, from.length - 1)] as T,
    shuffle: <T>(from: readonly T[]): T[] => {
      const list = [...from];
      for (let i = list.length - 1; i > 0; i--) {
        const j = between(0, i);
        [list[i], list[j]] = [list[j] as T, list[i] as T];
      }
      return list;
    },
    chunks: <T>(from: readonly T[], most: number): T[][] => {
      const pieces: T[][] = [];
      for (let start = 0; start < from.length;) {
        const size = between(1, most);
        pieces.push(from.slice(start, start + size));
        start += size;
      }
      return pieces;
    },
  };
}
