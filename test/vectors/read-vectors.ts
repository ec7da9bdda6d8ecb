import { readFileSync } from "node:fs";

/** The golden vectors of one file; the caller knows their shape. */
export function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8")) as T;
}
