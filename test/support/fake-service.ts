/** The api as the page's own ballot sees it: answers `fetch` from what tests put there. */
import type { JournalHead } from "../../web/judging/journal.ts";
import { slot } from "./labeler.ts";

export interface FakeService {
  /** The newest version the operator has receipted. */
  received: JournalHead | undefined;
  /** The encrypted copy, as it was left. */
  copy: { readonly version: number; readonly ciphertext: string } | undefined;
  end(): void;
}

export function startFakeService(): FakeService {
  const before = globalThis.fetch;
  const service: FakeService = {
    received: undefined,
    copy: undefined,
    end: () => void (globalThis.fetch = before),
  };
  const ballots = `/api/tasks/${slot.taskId}/ballots/${slot.validator}`;
  const answerTo = (path: string): unknown => {
    switch (path) {
      case ballots:
        return service.received && stateOf(service.received);
      case `${ballots}/opening`:
        return service.received?.signed;
      case `/api/tasks/${slot.taskId}/openings/${slot.validator}`:
        return service.copy;
      case "/api/notes":
        return { notes: service.received === undefined ? [] : [notesOf(service.received)] };
      default:
        throw new Error(`nobody asks ${path}`);
    }
  };
  globalThis.fetch = (async (path: string, { method, body }: RequestInit) => {
    if (method === "PUT") {
      service.copy = JSON.parse(body as string) as FakeService["copy"];
      return new Response(null, { status: 204 });
    }
    const answer = answerTo(path);
    return answer === undefined
      ? Response.json({ code: "not-found" }, { status: 404 })
      : Response.json(answer);
  }) as typeof fetch;
  return service;
}

function notesOf({ signed }: JournalHead): object {
  const { ballot, notes } = signed;
  return { taskId: ballot.taskId, version: ballot.version, notes };
}

function stateOf({ signed, receipt }: JournalHead): object {
  const { ballot, digest, signature } = signed;
  const open = { done: false, at: null, tx: null };
  const received = { done: true, at: 1, tx: null };
  return {
    ...ballot,
    ...{ digest, role: "Human", stage: "receipted" },
    signed: { ...received, signature, signer: ballot.validator },
    receipted: { ...received, receiptSignature: receipt?.receiptSignature },
    anchored: { ...open, root: null, proof: [] },
    committed: { ...open, version: null, locked: null },
    revealed: { ...open, entries: null, void: false },
    scored: { ...open, scorePpm: null, scored: null, multiplePpm: null, loss: null, gold: null },
    paid: { ...open, pay: null, withdrawn: false },
  };
}
