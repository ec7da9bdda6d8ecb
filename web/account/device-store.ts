/** Small things this browser remembers, checked as they are read: anybody may have edited them. */
import type { z } from "zod";

export function recall<S extends z.ZodType>(name: string, schema: S): z.output<S> | undefined {
  try {
    const text = localStorage.getItem(`scrutineer.${name}`);
    return text === null ? undefined : schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function remember(name: string, value: unknown): void {
  localStorage.setItem(`scrutineer.${name}`, JSON.stringify(value));
}

export function forget(name: string): void {
  localStorage.removeItem(`scrutineer.${name}`);
}
