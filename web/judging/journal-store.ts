/** Where the journal's rows lie: two tables by name. In a browser that is IndexedDB. */

export type JournalTable = "heads" | "openings";

export interface JournalRow {
  readonly table: JournalTable;
  readonly name: string;
  readonly row: unknown;
}

export interface JournalStore {
  read(table: JournalTable, name: string): Promise<unknown>;
  /** All of them or none, and on the disk by the time it answers. */
  write(rows: readonly JournalRow[]): Promise<void>;
  /** Rows whose names begin so, in the order of their names. */
  readAll(table: JournalTable, beginning: string): Promise<readonly unknown[]>;
  namesOf(table: JournalTable, beginning: string): Promise<readonly string[]>;
}

const TABLES: readonly JournalTable[] = ["heads", "openings"];

export function indexedDbStore(database: string): JournalStore {
  let opened: Promise<IDBDatabase> | undefined;

  function open(): Promise<IDBDatabase> {
    opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(database, 1);
      request.onupgradeneeded = () => {
        for (const table of TABLES) request.result.createObjectStore(table);
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error("IndexedDB cannot be opened"));
    });
    return opened;
  }

  async function within<T>(
    mode: IDBTransactionMode,
    act: (transaction: IDBTransaction) => IDBRequest<T> | undefined,
  ): Promise<T | undefined> {
    const connection = await open();
    return new Promise((resolve, reject) => {
      const transaction = connection.transaction([...TABLES], mode, { durability: "strict" });
      const request = act(transaction);
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = () => reject(transaction.error ?? new Error("IndexedDB failed"));
      transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB is full"));
    });
  }

  return {
    read: (table, name) => within("readonly", (t) => t.objectStore(table).get(name)),
    async write(rows) {
      await within("readwrite", (transaction) => {
        for (const { table, name, row } of rows) transaction.objectStore(table).put(row, name);
        return undefined;
      });
    },
    readAll: async (table, beginning) =>
      ((await within("readonly", (t) => t.objectStore(table).getAll(rangeOf(beginning)))) ??
        []) as unknown[],
    namesOf: async (table, beginning) =>
      ((await within("readonly", (t) => t.objectStore(table).getAllKeys(rangeOf(beginning)))) ??
        []) as string[],
  };
}

/** Names are made of digits, hex and slashes: all of them sort before a tilde. */
function rangeOf(beginning: string): IDBKeyRange {
  return IDBKeyRange.bound(beginning, `${beginning}~`);
}
