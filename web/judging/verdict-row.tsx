import type { ReactNode } from "react";
import { keyOf } from "./keys.ts";
import type { Choice } from "./verdict.ts";
import { choiceWords } from "./verdict.ts";

const sides: readonly Choice[] = ["left-much", "left", "tie", "right", "right-much"];
const shortWords: Partial<Record<Choice, string>> = {
  "left-much": "Left much",
  left: "Left",
  right: "Right",
  "right-much": "Right much",
};

interface VerdictRowProps {
  readonly enabled: boolean;
  /** Whether keys judge as well: each button then says which. */
  readonly keys: boolean;
  readonly sending: Choice | undefined;
  readonly skippable: boolean;
  readonly undoable: boolean;
  readonly onJudge: (choice: Choice) => void;
  readonly onSkip: () => void;
  readonly onUndo: () => void;
}

/**
 * Nothing is preselected; only the verdict on its way is marked. What cannot be pressed now keeps the focus all the same: a
 * disabled button would drop it, and whoever works without a mouse would begin at the top of the page after each verdict.
 */
export function VerdictRow(props: VerdictRowProps): ReactNode {
  const verdict = (choice: Choice): ReactNode => (
    <button
      key={choice}
      type="button"
      className="verdict"
      aria-disabled={!props.enabled}
      data-choice={choice}
      data-sending={props.sending === choice}
      aria-keyshortcuts={props.keys ? keyOf(choice) : undefined}
      onClick={() => props.enabled && props.onJudge(choice)}
    >
      <span className="whole-words">{choiceWords[choice]}</span>
      <span className="short-words">{shortWords[choice] ?? choiceWords[choice]}</span>
      {props.keys && <KeyHint hint={keyOf(choice)} />}
    </button>
  );
  return (
    <div role="group" aria-label="Your verdict">
      <div className="verdicts">{sides.map(verdict)}</div>
      <div className="verdicts lesser">
        {verdict("both-good")}
        {verdict("both-bad")}
        <LesserButton
          words="Skip"
          hint={props.keys ? "s" : undefined}
          enabled={props.skippable}
          onClick={props.onSkip}
        />
        <LesserButton
          words="Undo"
          hint={props.keys ? "u" : undefined}
          enabled={props.undoable}
          onClick={props.onUndo}
        />
      </div>
    </div>
  );
}

interface LesserButtonProps {
  readonly words: string;
  readonly hint: string | undefined;
  readonly enabled: boolean;
  readonly onClick: () => void;
}

function LesserButton({ words, hint, enabled, onClick }: LesserButtonProps): ReactNode {
  return (
    <button
      type="button"
      className="verdict"
      aria-disabled={!enabled}
      aria-keyshortcuts={hint}
      onClick={() => enabled && onClick()}
    >
      {words}
      {hint !== undefined && <KeyHint hint={hint} />}
    </button>
  );
}

function KeyHint({ hint }: { hint: string }): ReactNode {
  return (
    <span className="key-hint" aria-hidden>
      {hint}
    </span>
  );
}
