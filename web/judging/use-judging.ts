/**
 * Runs the judge page: claims an item, proves it, shows it; seals, signs and sends each verdict, and asks for the next pair
 * only when the receipt for the last one has been checked. What to do is decided in judging-state.ts; here it is done.
 */
import { hexlify, randomBytes } from "ethers";
import { useEffect, useReducer, useRef } from "react";
import { ScrutineerError } from "../../protocol/errors.ts";
import { lockUnits } from "../../protocol/terms.ts";
import { ticketsOf } from "../../protocol/ticket.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import type { Hash } from "../../protocol/words.ts";
import type { Account } from "../account/account.tsx";
import type { DeviceSession } from "../account/session.ts";
import { askSignedIn } from "../account/session.ts";
import type { TaskOnChain } from "../chain/contracts.ts";
import { claimItem, returnLease, submitBallot } from "../data/rest.ts";
import type { Config, Manifest } from "../data/schemas.ts";
import { sentenceOf } from "../shell/notices.tsx";
import type { BallotBox } from "./ballot-box.ts";
import { emptyBox, signVersion, withJudgment } from "./ballot-box.ts";
import type { Admission, JournalHead, JournalSlot } from "./journal.ts";
import { writeHead } from "./journal.ts";
import type { JudgingEvent, JudgingState } from "./judging-state.ts";
import { nextJudging, startJudging } from "./judging-state.ts";
import { sendCopy } from "./opening-copies.ts";
import type { Choice } from "./verdict.ts";
import { checkItem, presentItem } from "./verify-item.ts";
import { checkReceipt } from "./verify-receipt.ts";

export interface JudgingDeps {
  readonly config: Config;
  readonly account: Account;
  readonly session: DeviceSession;
  readonly taskId: Hash;
  readonly task: TaskOnChain;
  readonly manifest: Manifest;
  /** As read when the page was opened; undefined: nothing signed here yet. */
  readonly head: JournalHead | undefined;
  readonly admission: Admission;
}

export interface Judging {
  readonly state: JudgingState;
  readonly box: BallotBox;
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

export function useJudging(deps: JudgingDeps): Judging {
  const { config, account, session, taskId, task, manifest, admission } = deps;
  const head = useRef(deps.head);
  const clock = useRef({ shownAt: 0, touchedAt: 0 });
  const busy = useRef(false);
  const copied = useRef(0);
  const [state, dispatch] = useReducer(nextJudging, deps.head?.receipted.length ?? 0, startJudging);
  const domain = signingDomain(config.chainId, config.contracts.feedbackTasks);
  const slot: JournalSlot = {
    chainId: config.chainId,
    tasks: config.contracts.feedbackTasks,
    taskId,
    validator: account.address,
  };

  const withToken = <T>(ask: (token: string) => Promise<T>): Promise<T> =>
    askSignedIn(account, domain, ask);

  async function send(unsent: JournalHead): Promise<JournalHead> {
    const { ballot, signature, opening, notes } = unsent.signed;
    const receipt = await withToken((token) =>
      submitBallot({ ballot, signature, opening, notes }, token),
    );
    checkReceipt(receipt, ballot, domain, task.terms.receiptKey);
    const sent: JournalHead = { ...unsent, receipt, receipted: unsent.box.judgments };
    await writeHead(slot, sent);
    head.current = sent;
    copy(ballot.version);
    return sent;
  }

  /** A spare, made beside the work; the longer the ballot, the more has to be new. The last is made when nothing is left. */
  function copy(version: number, atLeast = Math.ceil(copied.current * 1.25)): void {
    if (version <= copied.current || version < atLeast) return;
    copied.current = version;
    withToken((token) => sendCopy(slot, session.master, token)).catch(() => {
      copied.current = 0;
    });
  }

  async function claim(): Promise<JudgingEvent> {
    const unsent = head.current;
    if (unsent && !unsent.receipt && unsent.givenUp !== true) await send(unsent);
    const done = head.current?.box.judgments.length ?? 0;
    if (lockUnits(task.terms, task.role, done + 1) > task.coverUnits) {
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
      copy(head.current?.box.version ?? 0, 0);
      return { kind: "none-left" };
    }
    checkItem(lease.item, lease.lease.itemIndex, task.terms.itemsRoot);
    const ticket = ticketsOf(task.seed, account.address, task.draw.threshold)(lease.item.itemIndex);
    if (!ticket.eligible) {
      throw new ScrutineerError(
        "item-not-eligible",
        `Item ${lease.item.itemIndex} is not yours by its ticket.`,
      );
    }
    return { kind: "arrived", item: presentItem(lease.item, ticket.flip) };
  }

  async function seal(choice: Choice, itemIndex: number): Promise<JudgingEvent> {
    let unsent = head.current;
    if (!unsent || unsent.receipt || unsent.givenUp === true) {
      const { shownAt, touchedAt } = clock.current;
      const now = performance.now();
      const box = withJudgment(unsent?.box ?? emptyBox, {
        itemIndex,
        choice,
        firstActionMs: Math.round((touchedAt || now) - shownAt),
        totalMs: Math.round(now - shownAt),
        guidelineVersion: manifest.guideline.version,
      });
      const signed = signVersion(box, {
        slot,
        master: session.master,
        notesSalt: hexlify(randomBytes(32)),
        sessionKey: session.privateKey,
      });
      unsent = { box, signed, receipted: head.current?.receipted ?? [], admission };
      await writeHead(slot, unsent);
      head.current = unsent;
    }
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

  function drop(): void {
    const refused = head.current;
    if (refused && !refused.receipt) {
      const box = { version: refused.box.version, judgments: refused.receipted };
      head.current = { ...refused, box, givenUp: true };
      void writeHead(slot, head.current);
    }
    dispatch({ kind: "dropped" });
  }

  return {
    state,
    box: head.current?.box ?? emptyBox,
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
