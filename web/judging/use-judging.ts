/**
 * Runs the judge page: claims an item, proves it, shows it; seals, signs and sends each verdict, and asks for the next pair
 * only when the receipt for the last one has been checked. What to do is decided in judging-state.ts; here it is done.
 */
import type { JsonRpcProvider } from "ethers";
import { useEffect, useMemo, useReducer, useRef } from "react";
import { ScrutineerError } from "../../protocol/errors.ts";
import { lockUnits } from "../../protocol/terms.ts";
import { ticketsOf } from "../../protocol/ticket.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import type { Hash } from "../../protocol/words.ts";
import type { Account } from "../account/account.tsx";
import type { DeviceSession } from "../account/session.ts";
import type { TaskOnChain } from "../chain/contracts.ts";
import { isSessionRevoked, readCoverUnits } from "../chain/contracts.ts";
import { claimItem, returnLease, RestProblem, submitBallot } from "../data/rest.ts";
import type { Config, Manifest } from "../data/schemas.ts";
import { sentenceOf } from "../shell/notices.tsx";
import type { BallotBox } from "./ballot-box.ts";
import { emptyBox, withJudgment, withJudgments } from "./ballot-box.ts";
import { createCopyKeeper, laterByTimer } from "./copy-keeper.ts";
import type { JournalHead } from "./journal.ts";
import { givingUp, unsentIn } from "./journal.ts";
import type { JudgingEvent, JudgingState } from "./judging-state.ts";
import { nextJudging, startJudging } from "./judging-state.ts";
import type { HeadSources } from "./newest-head.ts";
import { newestHead } from "./newest-head.ts";
import { sendCopy } from "./opening-copies.ts";
import { outstandingIn } from "./outstanding.ts";
import type { Choice } from "./verdict.ts";
import { checkItem, presentItem } from "./verify-item.ts";
import { checkReceipt } from "./verify-receipt.ts";

export interface JudgingDeps {
  readonly config: Config;
  readonly provider: JsonRpcProvider;
  readonly account: Account;
  readonly session: DeviceSession;
  readonly taskId: Hash;
  readonly task: TaskOnChain;
  readonly manifest: Manifest;
  /** As read when the page was opened; undefined: nothing signed here yet. */
  readonly head: JournalHead | undefined;
  readonly sources: HeadSources;
}

export interface Judging {
  readonly state: JudgingState;
  readonly box: BallotBox;
  /** A verdict is signed that the operator has given no receipt for: nothing else goes on before it does or is given up. */
  readonly hasUnsent: boolean;
  readonly judge: (choice: Choice) => void;
  readonly skip: () => void;
  readonly undo: () => void;
  readonly retry: () => void;
  /** Gives up the verdict that the operator refuses. */
  readonly drop: () => void;
  readonly takeUpAgain: () => void;
  /** The first thing done with a pair, for the notes. */
  readonly touch: () => void;
}

/** Another device of the validator's was faster: its ballot has this version already, or holds more. */
const OVERTAKEN: readonly string[] = ["version-conflict", "version-stale", "ballot-shrinks"];

export function useJudging(deps: JudgingDeps): Judging {
  const { config, provider, account, session, taskId, task, manifest, sources } = deps;
  const { journal, slot, admission, withToken } = sources;
  const head = useRef(deps.head);
  const clock = useRef({ shownAt: 0, touchedAt: 0 });
  const busy = useRef(false);
  const [state, dispatch] = useReducer(nextJudging, deps.head?.receipted.length ?? 0, startJudging);
  const domain = signingDomain(config.chainId, config.contracts.feedbackTasks);
  const copies = useMemo(
    () =>
      createCopyKeeper(
        () =>
          sources.withToken((token) =>
            sendCopy(sources.journal, sources.slot, sources.master, token),
          ),
        laterByTimer,
      ),
    [sources],
  );

  async function send(unsent: JournalHead): Promise<JournalHead> {
    try {
      return await submit(unsent);
    } catch (error) {
      if (!(error instanceof RestProblem) || !OVERTAKEN.includes(error.code)) throw error;
      const newest = await newestHead(sources);
      if (newest === undefined || newest.signed.digest === unsent.signed.digest) throw error;
      head.current = newest;
      return unsentIn(newest) === undefined ? newest : submit(newest);
    }
  }

  async function submit(unsent: JournalHead): Promise<JournalHead> {
    const { ballot, signature, opening, notes } = unsent.signed;
    const receipt = await withToken((token) =>
      submitBallot({ ballot, signature, opening, notes }, token),
    );
    checkReceipt(receipt, ballot, domain, task.terms.receiptKey);
    const sent: JournalHead = { ...unsent, receipt, receipted: unsent.box.judgments };
    await journal.writeHead(slot, sent);
    head.current = sent;
    copies.received();
    return sent;
  }

  /** Signed and on the disk before it is sent. */
  async function sign(box: BallotBox): Promise<JournalHead> {
    const receipted = head.current?.receipted ?? [];
    const signed: JournalHead = { box, signed: sources.sign(box), receipted, admission };
    await journal.writeHead(slot, signed);
    head.current = signed;
    return signed;
  }

  async function sendOutstanding(): Promise<void> {
    const newest = head.current;
    const todo = await outstandingIn(newest, {
      sessionKey: session.key,
      validator: account.address,
      isRevoked: (key) => isSessionRevoked(config, provider, account.address, key),
    });
    if (newest === undefined || todo === "nothing") return;
    await send(todo === "send" ? newest : await sign(withJudgments(newest.box, [])));
  }

  async function claim(): Promise<JudgingEvent> {
    await sendOutstanding();
    const done = head.current?.box.judgments.length ?? 0;
    // Other tasks lock stake meanwhile.
    const coverUnits = await readCoverUnits(config, provider, taskId, account.address, task);
    if (lockUnits(task.terms, task.role, done + 1) > coverUnits) {
      throw new ScrutineerError(
        "stake-insufficient",
        "Your free stake does not cover another judgment.",
      );
    }
    const request = { skip: state.setAside, key: session.key };
    const lease = await withToken((token) => claimItem(taskId, request, token));
    if (!lease) {
      // A claim replaces the lease before it; where there was none to be had, the last one skipped is still held.
      const held = state.setAside.at(-1);
      if (held !== undefined)
        await withToken((token) => returnLease(taskId, held, token)).catch(() => undefined);
      copies.flush();
      return { kind: "none-left", receipted: done };
    }
    checkItem(lease.item, lease.lease.itemIndex, task.terms.itemsRoot);
    const ticket = ticketsOf(task.seed, account.address, task.draw.threshold)(lease.item.itemIndex);
    if (!ticket.eligible) {
      throw new ScrutineerError(
        "item-not-eligible",
        `Item ${lease.item.itemIndex} is not yours by its ticket.`,
      );
    }
    return { kind: "arrived", item: presentItem(lease.item, ticket.flip), receipted: done };
  }

  async function seal(choice: Choice, itemIndex: number): Promise<JudgingEvent> {
    const { shownAt, touchedAt } = clock.current;
    const now = performance.now();
    const unsent =
      unsentIn(head.current) ??
      (await sign(
        withJudgment(head.current?.box ?? emptyBox, {
          itemIndex,
          choice,
          firstActionMs: Math.round((touchedAt || now) - shownAt),
          totalMs: Math.round(now - shownAt),
          guidelineVersion: manifest.guideline.version,
        }),
      ));
    const { box } = await send(unsent);
    return { kind: "receipted", judgments: box.judgments.length, version: box.version };
  }

  const run = useRef({ claim, seal });
  run.current = { claim, seal };
  const { phase, pending, current } = state;
  const itemIndex = current?.itemIndex;

  useEffect(() => {
    if (busy.current || (phase !== "claiming" && phase !== "sending")) return;
    busy.current = true;
    const work =
      phase === "sending" && pending !== undefined && itemIndex !== undefined
        ? run.current.seal(pending, itemIndex)
        : run.current.claim();
    void work
      .catch((error: unknown): JudgingEvent => ({ kind: "failed", problem: sentenceOf(error) }))
      .then((event) => {
        busy.current = false;
        dispatch(event);
      });
  }, [phase, pending, itemIndex]);

  useEffect(() => {
    clock.current = { shownAt: performance.now(), touchedAt: 0 };
  }, [itemIndex]);

  useEffect(() => {
    const onHidden = (): void => {
      if (document.hidden) copies.flush();
    };
    document.addEventListener("visibilitychange", onHidden);
    return () => {
      document.removeEventListener("visibilitychange", onHidden);
      copies.flush();
    };
  }, [copies]);

  function drop(): void {
    const refused = unsentIn(head.current);
    if (refused !== undefined) {
      head.current = givingUp(refused);
      void journal.writeHead(slot, head.current);
    }
    dispatch({ kind: "dropped" });
  }

  return {
    state,
    box: head.current?.box ?? emptyBox,
    hasUnsent: unsentIn(head.current) !== undefined,
    judge: (choice) => dispatch({ kind: "judged", choice }),
    skip: () => dispatch({ kind: "skipped" }),
    undo: () => dispatch({ kind: "undone" }),
    retry: () => dispatch({ kind: "retried" }),
    drop,
    takeUpAgain: () => dispatch({ kind: "taken-up-again" }),
    touch: () => {
      clock.current.touchedAt ||= performance.now();
    },
  };
}
