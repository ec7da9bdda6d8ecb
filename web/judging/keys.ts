/** Judging by keyboard: which key does what, and when a key is not ours to take. */
import type { Choice } from "./verdict.ts";

export type Action =
  | { readonly kind: "judge"; readonly choice: Choice }
  | { readonly kind: "skip" | "undo" | "help" | "raw" | "layout" | "guideline" };

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** The key is held down and repeats: a second verdict must be a second press. */
  readonly repeat: boolean;
}

/** Every key, in the order the help lists them. */
export const keyMap: readonly { key: string; action: Action; says: string }[] = [
  { key: "1", action: { kind: "judge", choice: "left-much" }, says: "Left is much better" },
  { key: "2", action: { kind: "judge", choice: "left" }, says: "Left is better" },
  { key: "3", action: { kind: "judge", choice: "tie" }, says: "Tie" },
  { key: "4", action: { kind: "judge", choice: "right" }, says: "Right is better" },
  { key: "5", action: { kind: "judge", choice: "right-much" }, says: "Right is much better" },
  { key: "6", action: { kind: "judge", choice: "both-good" }, says: "Both are good (a tie)" },
  { key: "0", action: { kind: "judge", choice: "both-bad" }, says: "Both are bad (a tie)" },
  { key: "s", action: { kind: "skip" }, says: "Skip this pair" },
  { key: "u", action: { kind: "undo" }, says: "Go back and judge the last pair again" },
  { key: "r", action: { kind: "raw" }, says: "Show the answers as plain text or formatted" },
  { key: "l", action: { kind: "layout" }, says: "Side by side or stacked" },
  { key: "g", action: { kind: "guideline" }, says: "Show the guideline" },
  { key: "?", action: { kind: "help" }, says: "Show these keys" },
];

const actionOfKey: ReadonlyMap<string, Action> = new Map(
  keyMap.map(({ key, action }) => [key, action]),
);

/** `deaf`: somebody types, or has switched the keys off. Undefined: the key belongs to somebody else (the browser, a held key). */
export function actionOf(press: KeyPress, deaf: boolean): Action | undefined {
  if (deaf || press.repeat || press.ctrlKey || press.metaKey || press.altKey) return undefined;
  return actionOfKey.get(press.key.length === 1 ? press.key.toLowerCase() : press.key);
}

export function keyOf(choice: Choice): string {
  const entry = keyMap.find(({ action }) => action.kind === "judge" && action.choice === choice);
  return entry?.key ?? "";
}

interface ElementLike {
  readonly tagName: string;
  readonly type?: string;
  readonly isContentEditable?: boolean;
  getAttribute?(name: string): string | null;
}

/** Inputs that a letter or digit is meant for; a focused button or checkbox takes none. */
const DEAF_INPUTS = new Set([
  "button",
  "checkbox",
  "radio",
  "submit",
  "reset",
  "image",
  "file",
  "color",
]);

export function isTypingIn(element: ElementLike | null): boolean {
  if (element === null) return false;
  if (element.isContentEditable === true) return true;
  const role = element.getAttribute?.("role");
  if (role === "textbox" || role === "searchbox" || role === "combobox") return true;
  const tag = element.tagName.toUpperCase();
  if (tag === "TEXTAREA" || tag === "SELECT") return true;
  return tag === "INPUT" && !DEAF_INPUTS.has((element.type ?? "text").toLowerCase());
}
