/** What the judge page is doing, as data: one event in, the next state out. */
import { ScrutineerError } from "../../protocol/errors.ts";
import type { ShownItem } from "./verify-item.ts";
import type { Choice } from "./verdict.ts";
import { choiceWords } from "./verdict.ts";

export interface JudgingState {
  readonly phase: "claiming" | "judging" | "sending" | "finished" | "failed";
  /** On screen. */
  readonly current: ShownItem | undefined;
  /** Waits while an earlier pair is judged again; still leased. */
  readonly parked: ShownItem | undefined;
  /** Judged since the page was opened, newest last. */
  readonly judged: readonly ShownItem[];
  /** Skipped: not to be claimed again until asked for. */
  readonly setAside: readonly number[];
  /** The verdict on its way; kept after a failure, so that it can be sent again. */
  readonly pending: Choice | undefined;
  /** Judgments in the last receipted version. */
  readonly receipted: number;
  /** Read out by screen readers. */
  readonly announcement: string;
  readonly problem: string | undefined;
}

export type JudgingEvent =
  /** `receipted`: judgments, where a version that was left over got its receipt first. */
  | { readonly kind: "arrived"; readonly item: ShownItem; readonly receipted?: number }
  | { readonly kind: "none-left"; readonly receipted?: number }
  | { readonly kind: "judged"; readonly choice: Choice }
  | { readonly kind: "receipted"; readonly judgments: number; readonly version: number }
  | { readonly kind: "skipped" }
  | { readonly kind: "undone" }
  | { readonly kind: "taken-up-again" }
  | { readonly kind: "failed"; readonly problem: string }
  | { readonly kind: "retried" }
  | { readonly kind: "dropped" };

export function startJudging(receipted: number): JudgingState {
  return {
    phase: "claiming",
    current: undefined,
    parked: undefined,
    judged: [],
    setAside: [],
    pending: undefined,
    receipted,
    announcement: "",
    problem: undefined,
  };
}

/** Whether a verdict, a skip or an undo would be taken now. */
export const canJudge = (state: JudgingState): boolean => state.phase === "judging";
/** A pair that is being judged again is in the ballot already: it cannot be skipped. */
export const isRevisiting = (state: JudgingState): boolean =>
  state.current !== undefined &&
  state.judged.some(({ itemIndex }) => itemIndex === state.current?.itemIndex);
export const canSkip = (state: JudgingState): boolean => canJudge(state) && !isRevisiting(state);
export const canUndo = (state: JudgingState): boolean =>
  (state.phase === "judging" || state.phase === "finished") && earlierThan(state) !== undefined;

/** The pair that undo goes back to: the last one judged, or the one before the one on screen. */
function earlierThan({ current, judged }: JudgingState): ShownItem | undefined {
  const at = judged.findIndex(({ itemIndex }) => itemIndex === current?.itemIndex);
  return at === -1 ? judged.at(-1) : judged[at - 1];
}

export function nextJudging(state: JudgingState, event: JudgingEvent): JudgingState {
  switch (event.kind) {
    case "arrived":
      return {
        ...state,
        phase: "judging",
        current: event.item,
        problem: undefined,
        receipted: event.receipted ?? state.receipted,
      };
    case "none-left":
      return {
        ...state,
        phase: "finished",
        current: undefined,
        problem: undefined,
        receipted: event.receipted ?? state.receipted,
      };
    case "judged":
      return canJudge(state) ? { ...state, phase: "sending", pending: event.choice } : state;
    case "receipted":
      return receipted(state, event.judgments, event.version);
    case "skipped":
      if (!canSkip(state) || state.current === undefined) return state;
      return {
        ...state,
        phase: "claiming",
        current: undefined,
        setAside: [...state.setAside, state.current.itemIndex],
        announcement: `Item ${state.current.itemIndex} skipped. Next pair.`,
      };
    case "undone": {
      const earlier = earlierThan(state);
      if (!canUndo(state) || earlier === undefined) return state;
      return {
        ...state,
        phase: "judging",
        current: earlier,
        parked: isRevisiting(state) ? state.parked : state.current,
        announcement: `Back to item ${earlier.itemIndex}. A new verdict replaces the old one.`,
      };
    }
    case "taken-up-again":
      return { ...state, phase: "claiming", setAside: [] };
    case "failed":
      return { ...state, phase: "failed", problem: event.problem, announcement: event.problem };
    case "retried":
      return {
        ...state,
        phase: state.pending === undefined ? "claiming" : "sending",
        problem: undefined,
      };
    case "dropped":
      return {
        ...state,
        phase: "claiming",
        current: undefined,
        parked: undefined,
        pending: undefined,
        problem: undefined,
        announcement: "That verdict was not counted. Next pair.",
      };
  }
}

function receipted(state: JudgingState, judgments: number, version: number): JudgingState {
  const { current, pending } = state;
  if (current === undefined || pending === undefined) {
    throw new ScrutineerError("internal", "a receipt came for a verdict nobody gave");
  }
  const revisited = isRevisiting(state);
  const parked = state.parked;
  const announcement =
    `${choiceWords[pending]}. ${revisited ? "Replaced" : "Saved"}; ` +
    `receipt for version ${version} checked, ${judgments} judged. `;
  const saved = {
    ...state,
    pending: undefined,
    receipted: judgments,
    parked: undefined,
    judged: revisited ? state.judged : [...state.judged, current],
  };
  return parked === undefined
    ? { ...saved, phase: "claiming", current: undefined, announcement }
    : { ...saved, phase: "judging", current: parked, announcement };
}
