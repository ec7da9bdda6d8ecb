/** What a person can say about two answers, and what of it goes on chain: left, right or tie. The rest travels in the notes. */
import type { PresentedVerdict } from "../../protocol/words.ts";

export const choices = [
  "left-much",
  "left",
  "tie",
  "right",
  "right-much",
  "both-good",
  "both-bad",
] as const;
export type Choice = (typeof choices)[number];

/** In words, for buttons and for the live region. */
export const choiceWords: Readonly<Record<Choice, string>> = {
  "left-much": "Left much better",
  left: "Left better",
  tie: "Tie",
  right: "Right better",
  "right-much": "Right much better",
  "both-good": "Both good",
  "both-bad": "Both bad",
};

export function presentedVerdictOf(choice: Choice): PresentedVerdict {
  switch (choice) {
    case "left-much":
    case "left":
      return 0;
    case "right-much":
    case "right":
      return 1;
    case "tie":
    case "both-good":
    case "both-bad":
      return 2;
  }
}
