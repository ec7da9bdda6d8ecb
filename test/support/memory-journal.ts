/** A journal that lasts as long as its test: the store that a browser's IndexedDB is elsewhere. */
import type { JournalStore } from "../../web/judging/journal-store.ts";
import type { Journal } from "../../web/judging/journal.ts";
import { createJournal } from "../../web/judging/journal.ts";

export function memoryStore(): JournalStore {
  const tables = { heads: new Map<string, unknown>(), openings: new Map<string, unknown>() };
  const namesIn = (table: keyof typeof tables, beginning: string): string[] =>
    [...tables[table].keys()].filter((name) => name.startsWith(beginning)).sort();
  return {
    read: async (table, name) => structuredClone(tables[table].get(name)),
    async write(rows) {
      for (const { table, name, row } of rows) tables[table].set(name, structuredClone(row));
    },
    readAll: async (table, beginning) =>
      namesIn(table, beginning).map((name) => structuredClone(tables[table].get(name))),
    namesOf: async (table, beginning) => namesIn(table, beginning),
  };
}

export const memoryJournal = (): Journal => createJournal(memoryStore());
