/** The journal of this browser. */
import { indexedDbStore } from "./journal-store.ts";
import { createJournal } from "./journal.ts";

export const deviceJournal = createJournal(indexedDbStore("scrutineer"));
