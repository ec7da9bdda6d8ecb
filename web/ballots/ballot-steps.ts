/** signed → receipted → anchored → committed → revealed → scored → paid: where a ballot is, and what proves each step. */
import { commitEndsAtFor } from "../../protocol/task-state.ts";
import type { Terms } from "../../protocol/terms.ts";
import type { Hash } from "../../protocol/words.ts";
import { countTokens, formatPpm } from "../data/format.ts";
import type { BallotState } from "../data/schemas.ts";

export interface BallotStep {
  readonly name: "Signed" | "Receipted" | "Anchored" | "Committed" | "Revealed" | "Scored" | "Paid";
  readonly progress: "done" | "waiting" | "lost";
  readonly says: string;
  /** Seconds. */
  readonly at?: number | undefined;
  readonly tx?: Hash | undefined;
  readonly proof?: string | undefined;
}

/** What each step means while it is still to come. */
const toCome: Readonly<Record<BallotStep["name"], string>> = {
  Signed: "Nothing is signed yet.",
  Receipted: "The operator's receipt is still to come.",
  Anchored:
    "The next anchor will hold this version; the operator anchors every few seconds or minutes.",
  Committed: "Goes on chain, still sealed, when judging has closed.",
  Revealed: "Opened when nobody can commit any more.",
  Scored: "Compared with other people's judgments after the reveal.",
  Paid: "Credited when scored; then yours to withdraw.",
};

/** @param now seconds, block time; undefined while it is not known */
export function ballotSteps(
  state: BallotState,
  terms: Terms,
  now: number | undefined,
  /** Of the token. */
  decimals: number,
): BallotStep[] {
  const isTooLate = now !== undefined && BigInt(now) >= commitEndsAtFor(terms, state.role);
  const tokens = (units: bigint): string => countTokens(units, decimals);
  const { signed, receipted, anchored, committed, revealed, scored, paid } = state;
  const steps: BallotStep[] = [
    {
      name: "Signed",
      ...stepOf(signed),
      says: `Version ${state.version} with ${countOf(state.judgments, "judgment")}, by ${signed.signer === state.validator ? "the wallet" : "the session key"}.`,
      proof: signed.signature,
    },
    {
      name: "Receipted",
      ...stepOf(receipted),
      says: "The operator answers for it with its bond.",
      proof: receipted.receiptSignature,
    },
    {
      name: "Anchored",
      ...stepOf(anchored),
      says: `Its digest is under a root on chain, with a proof of ${countOf(anchored.proof.length, "hash", "hashes")}.`,
      proof: anchored.root ?? undefined,
    },
    { name: "Committed", ...stepOf(committed), says: committedWords(state, isTooLate, tokens) },
    {
      name: "Revealed",
      ...stepOf(revealed),
      says: revealed.void
        ? "The opening was malformed: no votes, no pay, lock released."
        : "Its votes are counted by the contract.",
    },
    { name: "Scored", ...stepOf(scored), says: scoredWords(state) },
    // Settling scores and credits at once; the withdrawal that follows is its owner's, whenever it likes.
    { name: "Paid", ...stepOf(paid.done ? paid : scored), says: paidWords(state, tokens) },
  ];
  return steps.map((step) => settle(step, state, isTooLate));
}

type Reached = Pick<BallotState["signed"], "done" | "at" | "tx">;

function stepOf(step: Reached): Pick<BallotStep, "progress" | "at" | "tx"> {
  return {
    progress: step.done ? "done" : "waiting",
    at: step.at ?? undefined,
    tx: step.tx ?? undefined,
  };
}

/** Void, forfeited and forgotten ballots end before the last step. */
function settle(
  step: BallotStep,
  { stage, committed }: BallotState,
  isTooLate: boolean,
): BallotStep {
  const lost = { ...step, progress: "lost" as const };
  const isNewestLost = isTooLate && !committed.done;
  if (step.name === "Committed" && step.progress === "waiting") {
    if (isNewestLost) return lost;
    return committed.version === null ? { ...step, says: toCome.Committed } : step;
  }
  if (stage === "forfeited" && step.name === "Revealed")
    return { ...lost, says: "Never opened: the lock is lost." };
  if (stage === "void" && step.name === "Revealed") return lost;
  const isNever = isNewestLost && committed.version === null;
  const isEnded = stage === "void" || stage === "forfeited" || isNever;
  const isLast = step.name === "Scored" || step.name === "Paid";
  if ((isEnded && isLast) || (isNever && step.name === "Revealed")) {
    return { ...lost, says: "Not reached." };
  }
  if (step.name === "Anchored" && step.progress === "waiting" && committed.done) {
    return { ...step, says: "Left out: the ballot itself went on chain before the next anchor." };
  }
  return step.progress === "waiting" ? { ...step, says: toCome[step.name] } : step;
}

type Tokens = (units: bigint) => string;

function committedWords(
  { committed, version }: BallotState,
  isTooLate: boolean,
  tokens: Tokens,
): string {
  const locked =
    (committed.locked ?? 0n) === 0n
      ? ""
      : ` It locks ${tokens(committed.locked ?? 0n)} of your stake until it is settled.`;
  if (committed.version !== null && committed.version < version) {
    return isTooLate
      ? `Version ${committed.version} is on chain and is the one that counts; version ${version} was not committed in time.${locked}`
      : `Version ${committed.version} is on chain; version ${version} replaces it in time.${locked}`;
  }
  if (committed.version === null && isTooLate) return "Not committed in time: it does not count.";
  return `Sealed on chain.${locked}`;
}

function scoredWords({ scored }: BallotState): string {
  if (scored.scorePpm === null) return "";
  return `Agreement beyond chance ${formatPpm(scored.scorePpm)}, over ${countOf(scored.scored ?? 0, "judgment")} that others judged too.`;
}

function paidWords({ paid, scored }: BallotState, tokens: Tokens): string {
  if ((scored.loss ?? 0n) > 0n)
    return `Nothing earned, and ${tokens(scored.loss ?? 0n)} of stake lost.`;
  const pay = paid.pay ?? 0n;
  if (pay === 0n && scored.gold?.failed === true) {
    const { right, wrong } = scored.gold;
    return `Nothing earned: the gold gate was failed, with ${right} of ${countOf(right + wrong, "gold")} answered rightly.`;
  }
  if (pay === 0n) return "Nothing earned: the score did not pass the break-even.";
  return paid.withdrawn
    ? `${tokens(pay)} credited and withdrawn.`
    : `${tokens(pay)} credited; they wait in the contract to be withdrawn.`;
}

function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
