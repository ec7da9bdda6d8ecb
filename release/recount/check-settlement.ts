/**
 * Votes, scores, pay and books, computed anew by the protocol's twin from the openings in the
 * order in which the chain saw them, against what the contract counted, credited and closed.
 */
import { decodeEntries, encodeEntries, findEntriesFault } from "../../protocol/ballot.ts";
import { decodeGolds, findGoldsFault } from "../../protocol/gold.ts";
import type { Gold } from "../../protocol/gold.ts";
import { hexToBytes } from "../../protocol/hex.ts";
import { settleTask } from "../../protocol/settlement.ts";
import type { CommittedBallot, SettledBallot, Settlement } from "../../protocol/settlement.ts";
import { lockUnits } from "../../protocol/terms.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import type { SourceBallot, SourceBooks } from "../source.ts";
import type { ChainReader } from "./chain-reader.ts";
import { byPlace } from "./check-ballots.ts";
import type { MatchedBallot } from "./check-ballots.ts";
import type { OpenedTask } from "./check-task.ts";
import { doesNotHold, hold, holdEqual } from "./report.ts";

export interface RecountedBallot extends MatchedBallot {
  readonly outcome: SettledBallot;
}

export interface RecountedTask {
  readonly ballots: readonly RecountedBallot[];
  readonly settlement: Settlement;
}

/**
 * Runs reveal and settle over the openings of the file. Where the chain alone saw an opening, over the one with the least
 * in it that has the effect the chain states: the twin still refuses what has no ticket, is out of range or finds its item
 * full, and the rest of the task is counted with it.
 */
export function recountTask(onChain: OpenedTask, ballots: readonly MatchedBallot[]): RecountedTask {
  const opened = ballots
    .filter(({ reveal }) => reveal !== undefined)
    .sort((a, b) => byPlace(a.reveal!, b.reveal!));
  const inOrder = [...opened, ...ballots.filter(({ reveal }) => reveal === undefined)];
  const { terms } = onChain.created;
  const settlement = settleTask({
    terms,
    seed: onChain.opened.seed,
    human: onChain.opened.human,
    ai: onChain.opened.ai,
    gold: goldsOf(onChain),
    ballots: inOrder.map((ballot) => ({
      validator: ballot.commit.validator,
      role: ballot.said.role,
      ...openingOf(onChain, ballot),
    })),
  });
  return {
    ballots: inOrder.map((ballot, i) => ({
      ...ballot,
      outcome: {
        ...settlement.ballots[i]!,
        lockUnits: lockUnits(terms, ballot.said.role, ballot.commit.judgments),
      },
    })),
    settlement,
  };
}

/** Undefined where none were opened. */
function goldsOf({ created, gold }: OpenedTask): Gold[] | undefined {
  if (!gold) return undefined;
  const { itemCount } = created.terms;
  const fault = findGoldsFault(hexToBytes(gold.golds), itemCount);
  hold(fault === undefined, `transaction ${gold.transaction}`, `golds: ${fault?.message}`);
  return decodeGolds(gold.golds, itemCount);
}

function openingOf(
  { opened }: OpenedTask,
  { said, commit, reveal, where }: MatchedBallot,
): Pick<CommittedBallot, "judgments" | "entries"> {
  const { validator, judgments } = commit;
  if (!reveal) return { judgments, entries: undefined };
  if (said.opening) return { judgments, entries: said.opening.entries };
  // Void for whatever reason: no entries, where some were signed, are void too.
  if (reveal.entries === undefined) return { judgments, entries: "0x" };

  const { threshold } = said.role === "Human" ? opened.human : opened.ai;
  const ticket = ticketsOf(opened.seed, validator, threshold);
  const fault = findEntriesFault(hexToBytes(reveal.entries));
  hold(fault === undefined, where, `effective entries on the chain: ${fault?.message}`);
  const presented = decodeEntries(reveal.entries).map(({ itemIndex, verdict }) => ({
    itemIndex,
    verdict: toPresented(verdict, ticket(itemIndex).flip),
  }));
  return { judgments: presented.length, entries: encodeEntries(presented) };
}

/** Tickets, flips and room on the item: the effective entries against `BallotRevealed`. */
export function checkVotes({ outcome, reveal, where }: RecountedBallot): number {
  if (!reveal) return 0;
  if (reveal.entries === undefined) {
    holdEqual(where, "outcome", "voided", outcome.outcome);
    return 0;
  }
  holdEqual(where, "effective entries on the chain", reveal.entries, outcome.entries);
  return outcome.votes.length;
}

/** Score, multiple and pay against `BallotSettled`, a lost lock against `BallotForfeited`. */
export function checkPay(onChain: OpenedTask, { outcome, commit, where }: RecountedBallot): void {
  holdEqual(where, "lock", commit.lockedUnits, outcome.lockUnits);
  const settled = onChain.settled.find(({ validator }) => validator === commit.validator);
  const forfeited = onChain.forfeited.find(({ validator }) => validator === commit.validator);
  if (outcome.outcome === "forfeited") {
    hold(forfeited !== undefined && !settled, where, "never opened, but the lock was not lost");
    holdEqual(where, "lock lost", forfeited.lossUnits, outcome.lossUnits);
    return;
  }
  hold(forfeited === undefined, where, "opened, but the lock was lost");
  if (!settled) {
    hold(outcome.outcome === "voided", where, "the chain never settled this ballot");
    return;
  }
  for (const part of ["scorePpm", "scored", "multiplePpm", "payUnits", "lossUnits"] as const) {
    holdEqual(where, `${part} on the chain`, settled[part], outcome[part]);
  }
}

/** Refund, fees, rest and penalties; and that escrow = refund + fees + paid + rest [G11]. */
export function checkBooks(
  taskId: string,
  onChain: OpenedTask,
  { settlement }: RecountedTask,
): SourceBooks {
  const where = `task ${taskId}`;
  const { booksClosed, taskSettled, created } = onChain;
  const books: SourceBooks = {
    escrowUnits: created.escrowUnits,
    refundUnits: booksClosed.refundUnits,
    feeUnits: booksClosed.feeUnits,
    paidUnits: taskSettled.paidUnits,
    restUnits: taskSettled.restUnits,
    penaltyUnits: taskSettled.penaltyUnits,
  };
  for (const [name, units] of Object.entries(books)) {
    holdEqual(where, `${name} on the chain`, units, settlement[name as keyof SourceBooks]);
  }
  const { escrowUnits, refundUnits, feeUnits, paidUnits, restUnits } = books;
  holdEqual(
    where,
    "[G11] escrow and refund + fees + paid + rest",
    escrowUnits,
    refundUnits + feeUnits + paidUnits + restUnits,
  );
  return books;
}

/**
 * What each account earned over its tasks is what it took out plus what it still has. The commons get something of every
 * task, so of them only that nothing they got since is missing.
 */
export async function checkCredits(
  accounts: readonly string[],
  commons: string,
  since: bigint,
  reader: ChainReader,
): Promise<void> {
  for (const [account, credit] of await reader.credits([...accounts, commons], since)) {
    const { earnedUnits, withdrawnUnits, creditUnits } = credit;
    if (account === commons && withdrawnUnits + creditUnits > earnedUnits) continue;
    holdEqual(
      `account ${account}`,
      "credit and withdrawals, against pay, claims, refunds and fees",
      withdrawnUnits + creditUnits,
      earnedUnits,
    );
  }
}

/** The ballot as a release must show it. */
export function toSourceBallot(onChain: OpenedTask, ballot: RecountedBallot): SourceBallot {
  const { said, commit, reveal, outcome, where } = ballot;
  const settlement =
    outcome.outcome === "forfeited"
      ? onChain.forfeited.find(({ validator }) => validator === commit.validator)
      : onChain.settled.find(({ validator }) => validator === commit.validator);
  if (!settlement && outcome.outcome !== "voided") throw doesNotHold(where, "never settled");
  return {
    validator: commit.validator,
    role: said.role,
    version: commit.version,
    judgments: commit.judgments,
    commitment: commit.commitment,
    digest: said.digest,
    signature: said.signature,
    signer: commit.signer,
    admissionIndex: commit.admissionIndex,
    outcome: outcome.outcome,
    opening: said.opening,
    effectiveEntries: outcome.entries,
    scorePpm: outcome.scorePpm,
    scored: outcome.scored,
    multiplePpm: outcome.multiplePpm,
    payUnits: outcome.payUnits,
    lossUnits: outcome.lossUnits,
    goldRight: outcome.goldRight,
    goldWrong: outcome.goldWrong,
    goldFailed: outcome.goldFailed,
    transactions: {
      commit: commit.transaction,
      reveal: reveal?.transaction ?? "",
      settle: settlement?.transaction ?? "",
    },
  };
}
