/**
 * FeedbackTasks: a task's life, its ballots, and the money they move, in the order of the life of a task. Gold and claims
 * have files of their own.
 */
import type {
  AnchoredEvent,
  BallotCommittedEvent,
  BallotForfeitedEvent,
  BallotRevealedEvent,
  BallotSettledEvent,
  BallotUnfundedEvent,
  BallotVoidedEvent,
  BondReleasedEvent,
  BooksClosedEvent,
  ClaimPaidEvent,
  GoldGateFailedEvent,
  GoldJudgedEvent,
  GoldOpenedEvent,
  IFeedbackTasks,
  OmissionClaimedEvent,
  TaskCancelledEvent,
  TaskCreatedEvent,
  TaskOpenedEvent,
  TaskSettledEvent,
  WithdrawnEvent,
} from "../../bindings/interfaces/IFeedbackTasks.ts";
import { decodeEntries } from "../../protocol/ballot.ts";
import { isReplay, type Terms } from "../../protocol/terms.ts";
import type { Role } from "../../protocol/words.ts";
import { toAddress, ZERO_HASH } from "../../protocol/words.ts";
import type { Change } from "../../store/chain-writes.ts";
import type { Ballot, Task, Validator } from "../../store/schema/chain.ts";
import {
  fact,
  missing,
  put,
  type ChainState,
  type FactPosition,
  type Handler,
} from "../changes.ts";
import { blockOf, countOf } from "../figures.ts";
import { bondReleased, claimPaid, omissionClaimed } from "./claims.ts";
import { goldGateFailed, goldJudged, goldOpened } from "./gold.ts";
import { credited, locked } from "./money.ts";

// ------------------------------------------------------------------------------------------------------ creating a task

function taskCreated(
  args: TaskCreatedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const terms = termsOf(args.terms);
  const operator = state.validator(terms.operator);
  return [
    put("tasks", {
      taskId: args.taskId,
      requester: toAddress(args.requester),
      nonce: args.nonce,
      escrowUnits: args.escrowUnits,
      snapshotBlock: blockOf(args.snapshotBlock),
      seedBlock: blockOf(args.seedBlock),
      ...terms,
      replay: isReplay(terms),
      ...beforeOpening,
      goldStage: terms.goldHash === ZERO_HASH ? null : "Sealed",
      createdAt: at.blockTimestamp,
      createdBlock: at.blockNumber,
      createdBlockHash: at.blockHash,
      createdLogIndex: at.logIndex,
      createdTx: at.txHash,
    }),
    locked(operator, terms.operatorBond),
  ];
}

/** What a task has not had yet. */
const beforeOpening = {
  seed: null,
  humanDrawSeats: null,
  humanDrawPool: null,
  humanDrawNeed: null,
  humanDrawThreshold: null,
  aiDrawSeats: null,
  aiDrawPool: null,
  aiDrawNeed: null,
  aiDrawThreshold: null,
  opened: false,
  cancelled: false,
  booksClosed: false,
  settled: false,
  bondReleased: false,
  ballotsCommitted: 0,
  ballotsRevealed: 0,
  ballotsVoided: 0,
  ballotsForfeited: 0,
  ballotsSettled: 0,
  judgmentsCommitted: 0,
  judgmentsRevealed: 0,
  goldCount: null,
  goldValid: null,
  goldVoid: null,
  claimsMade: 0,
  claimsPaid: 0,
  refundUnits: null,
  feeUnits: null,
  paidUnits: 0n,
  restUnits: null,
  penaltyUnits: 0n,
  claimedUnits: 0n,
  seizedUnits: null,
  claimsPaidUnits: 0n,
  openedAt: null,
  openedBlock: null,
  openedTx: null,
  cancelledAt: null,
  cancelledBlock: null,
  cancelledTx: null,
  booksClosedAt: null,
  booksClosedBlock: null,
  booksClosedTx: null,
  settledAt: null,
  settledBlock: null,
  settledTx: null,
  bondReleasedAt: null,
  bondReleasedBlock: null,
  bondReleasedTx: null,
  goldOpenedAt: null,
  goldOpenedBlock: null,
  goldOpenedTx: null,
  goldJudgedAt: null,
  goldJudgedBlock: null,
  goldJudgedTx: null,
} satisfies Partial<Task>;

function termsOf(terms: IFeedbackTasks.TermsStructOutput): Terms {
  return {
    operator: toAddress(terms.operator),
    operatorBond: terms.operatorBond,
    receiptKey: toAddress(terms.receiptKey),
    itemsRoot: terms.itemsRoot,
    itemCount: Number(terms.itemCount),
    manifestHash: terms.manifestHash,
    goldHash: terms.goldHash,
    humanAdmissionRoot: terms.humanAdmissionRoot,
    humanSeats: Number(terms.humanSeats),
    aiAdmissionRoot: terms.aiAdmissionRoot,
    aiSeats: Number(terms.aiSeats),
    humanVotes: Number(terms.humanVotes),
    aiVotes: Number(terms.aiVotes),
    humanPrice: terms.humanPrice,
    aiPrice: terms.aiPrice,
    operatorFee: terms.operatorFee,
    fullPayScore: countOf(terms.fullPayScore),
    breakEven: countOf(terms.breakEven),
    maxPenalty: countOf(terms.maxPenalty),
    minJudgments: Number(terms.minJudgments),
    conditionOnAi: terms.conditionOnAi,
    oversubscription: Number(terms.oversubscription),
    aiClosesAt: terms.aiClosesAt,
    closesAt: terms.closesAt,
    commitEndsAt: terms.commitEndsAt,
    revealEndsAt: terms.revealEndsAt,
  };
}

/** Its BondReleased comes next, where the bond was not released before. */
function taskCancelled(
  args: TaskCancelledEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const task = state.task(args.taskId);
  return [
    put("tasks", {
      ...task,
      cancelled: true,
      refundUnits: args.refundUnits,
      cancelledAt: at.blockTimestamp,
      cancelledBlock: at.blockNumber,
      cancelledTx: at.txHash,
    }),
    ...credited(task.requester, "Refund", args.refundUnits, args.taskId, at),
  ];
}

function taskOpened(
  args: TaskOpenedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  return [
    put("tasks", {
      ...state.task(args.taskId),
      opened: true,
      seed: args.seed,
      humanDrawSeats: Number(args.human.seats),
      humanDrawPool: Number(args.human.pool),
      humanDrawNeed: Number(args.human.need),
      humanDrawThreshold: args.human.threshold,
      aiDrawSeats: Number(args.ai.seats),
      aiDrawPool: Number(args.ai.pool),
      aiDrawNeed: Number(args.ai.need),
      aiDrawThreshold: args.ai.threshold,
      openedAt: at.blockTimestamp,
      openedBlock: at.blockNumber,
      openedTx: at.txHash,
    }),
  ];
}

// -------------------------------------------------------------------------------------------------------------- ballots

function anchored(args: AnchoredEvent.OutputObject, at: FactPosition): Change[] {
  return [
    fact("anchors", {
      taskId: args.taskId,
      sender: toAddress(args.sender),
      root: args.root,
      ballots: args.ballots,
      ...at,
    }),
  ];
}

function ballotCommitted(
  args: BallotCommittedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const task = state.task(args.taskId);
  const owner = state.validator(toAddress(args.validator));
  const before = state.findBallot(task.taskId, owner.validator);
  const said = {
    signer: toAddress(args.signer),
    version: Number(args.version),
    judgments: Number(args.judgments),
    admissionIndex: Number(args.admissionIndex),
    commitment: args.commitment,
    lockedUnits: args.lockedUnits,
  };
  return [
    fact("commits", { taskId: task.taskId, validator: owner.validator, ...said, ...at }),
    put("ballots", {
      ...(before ?? notYetRevealed),
      taskId: task.taskId,
      validator: owner.validator,
      role: judgingRole(owner),
      ...said,
      unfundedVersion: before?.unfundedVersion ?? 0,
      firstCommitBlock: before?.firstCommitBlock ?? at.blockNumber,
      firstCommitLogIndex: before?.firstCommitLogIndex ?? at.logIndex,
      committedAt: at.blockTimestamp,
      committedBlock: at.blockNumber,
      committedBlockHash: at.blockHash,
      committedTx: at.txHash,
    }),
    put("tasks", {
      ...task,
      ballotsCommitted: task.ballotsCommitted + (before === undefined ? 1 : 0),
      judgmentsCommitted: task.judgmentsCommitted + said.judgments - (before?.judgments ?? 0),
    }),
    locked(owner, args.lockedUnits - (before?.lockedUnits ?? 0n)),
  ];
}

const notYetRevealed = {
  status: "Committed",
  entries: null,
  effectiveJudgments: null,
  scorePpm: null,
  scored: null,
  multiplePpm: null,
  payUnits: null,
  lossUnits: null,
  goldRight: null,
  goldWrong: null,
  goldFailed: null,
  revealedAt: null,
  revealedBlock: null,
  revealedTx: null,
  settledAt: null,
  settledBlock: null,
  settledTx: null,
} satisfies Partial<Ballot>;

/** A first version that the stake does not cover leaves no record, so there may be nothing to note it on. */
function ballotUnfunded(
  args: BallotUnfundedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const { taskId } = args;
  const validator = toAddress(args.validator);
  const version = Number(args.version);
  const ballot = state.findBallot(taskId, validator);
  return [
    fact("unfundedBallots", { taskId, validator, version, ...at }),
    ...(ballot === undefined
      ? []
      : [
          put("ballots", {
            ...ballot,
            unfundedVersion: Math.max(version, ballot.unfundedVersion),
          }),
        ]),
  ];
}

function ballotRevealed(
  args: BallotRevealedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const task = state.task(args.taskId);
  const ballot = state.ballot(task.taskId, toAddress(args.validator));
  const entries = decodeEntries(args.entries);
  return [
    put("ballots", {
      ...ballot,
      status: "Revealed",
      entries: args.entries,
      effectiveJudgments: entries.length,
      revealedAt: at.blockTimestamp,
      revealedBlock: at.blockNumber,
      revealedTx: at.txHash,
    }),
    put("tasks", {
      ...task,
      ballotsRevealed: task.ballotsRevealed + 1,
      judgmentsRevealed: task.judgmentsRevealed + entries.length,
    }),
    ...entries.map(({ itemIndex, verdict }) =>
      fact("judgments", {
        taskId: task.taskId,
        itemIndex,
        validator: ballot.validator,
        role: ballot.role,
        verdict,
        ...at,
      }),
    ),
  ];
}

function ballotVoided(
  args: BallotVoidedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const task = state.task(args.taskId);
  const ballot = state.ballot(task.taskId, toAddress(args.validator));
  return [
    put("ballots", {
      ...ballot,
      status: "Voided",
      lockedUnits: 0n,
      entries: "0x",
      effectiveJudgments: 0,
      revealedAt: at.blockTimestamp,
      revealedBlock: at.blockNumber,
      revealedTx: at.txHash,
    }),
    put("tasks", {
      ...task,
      ballotsVoided: task.ballotsVoided + 1,
      ballotsSettled: task.ballotsSettled + 1,
    }),
    locked(state.validator(ballot.validator), -ballot.lockedUnits),
  ];
}

// ----------------------------------------------------------------------------------------------------------- settlement

function ballotForfeited(
  args: BallotForfeitedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const task = state.task(args.taskId);
  const figures = {
    scorePpm: 0,
    scored: 0,
    multiplePpm: 0,
    payUnits: 0n,
    lossUnits: args.lossUnits,
  };
  return [
    ...ended(state.ballot(task.taskId, toAddress(args.validator)), "Forfeited", figures, at, state),
    put("tasks", {
      ...task,
      ballotsForfeited: task.ballotsForfeited + 1,
      ballotsSettled: task.ballotsSettled + 1,
      penaltyUnits: task.penaltyUnits + args.lossUnits,
    }),
  ];
}

function ballotSettled(
  args: BallotSettledEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const task = state.task(args.taskId);
  const validator = toAddress(args.validator);
  const ballot = state.ballot(task.taskId, validator);
  const gated = task.goldStage === "Gate";
  const figures = {
    scorePpm: Number(args.scorePpm),
    scored: Number(args.scored),
    multiplePpm: Number(args.multiplePpm),
    payUnits: args.payUnits,
    lossUnits: args.lossUnits,
  };
  return [
    ...ended(
      { ...ballot, goldFailed: ballot.goldFailed ?? (gated ? false : null) },
      "Settled",
      figures,
      at,
      state,
    ),
    put("tasks", {
      ...task,
      ballotsSettled: task.ballotsSettled + 1,
      paidUnits: task.paidUnits + args.payUnits,
      penaltyUnits: task.penaltyUnits + args.lossUnits,
    }),
    ...credited(validator, "Pay", args.payUnits, task.taskId, at),
  ];
}

type Figures = Record<"scorePpm" | "scored" | "multiplePpm", number> &
  Record<"payUnits" | "lossUnits", bigint>;

/** A ballot's end: its figures, its settlement, its lock. */
function ended(
  ballot: Ballot,
  kind: "Settled" | "Forfeited",
  figures: Figures,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const { taskId, validator } = ballot;
  return [
    put("ballots", {
      ...ballot,
      status: kind,
      lockedUnits: 0n,
      ...figures,
      settledAt: at.blockTimestamp,
      settledBlock: at.blockNumber,
      settledTx: at.txHash,
    }),
    fact("settlements", { taskId, validator, kind, ...figures, ...at }),
    locked(state.validator(validator), -ballot.lockedUnits),
  ];
}

function booksClosed(
  args: BooksClosedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const task = state.task(args.taskId);
  return [
    put("tasks", {
      ...task,
      booksClosed: true,
      refundUnits: args.refundUnits,
      feeUnits: args.feeUnits,
      booksClosedAt: at.blockTimestamp,
      booksClosedBlock: at.blockNumber,
      booksClosedTx: at.txHash,
    }),
    ...credited(task.requester, "Refund", args.refundUnits, task.taskId, at),
    ...credited(task.operator, "Fee", args.feeUnits, task.taskId, at),
  ];
}

function taskSettled(
  args: TaskSettledEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const task = state.task(args.taskId);
  return [
    put("tasks", {
      ...task,
      settled: true,
      paidUnits: args.paidUnits,
      restUnits: args.restUnits,
      penaltyUnits: args.penaltyUnits,
      settledAt: at.blockTimestamp,
      settledBlock: at.blockNumber,
      settledTx: at.txHash,
    }),
    ...credited(state.commons, "Rest", args.restUnits, task.taskId, at),
  ];
}

function withdrawn(args: WithdrawnEvent.OutputObject, at: FactPosition): Change[] {
  return [
    fact("withdrawals", { account: toAddress(args.account), units: args.amountUnits, ...at }),
  ];
}

// ---------------------------------------------------------------------------------------------------------------- parts

function judgingRole({ validator, role }: Validator): Role {
  if (role === "Operator") throw missing(`${validator} as a validator`);
  return role;
}

export interface FeedbackTasksEvents {
  TaskCreated: TaskCreatedEvent.OutputObject;
  TaskCancelled: TaskCancelledEvent.OutputObject;
  TaskOpened: TaskOpenedEvent.OutputObject;
  Anchored: AnchoredEvent.OutputObject;
  BallotCommitted: BallotCommittedEvent.OutputObject;
  BallotUnfunded: BallotUnfundedEvent.OutputObject;
  BallotRevealed: BallotRevealedEvent.OutputObject;
  BallotVoided: BallotVoidedEvent.OutputObject;
  GoldOpened: GoldOpenedEvent.OutputObject;
  GoldJudged: GoldJudgedEvent.OutputObject;
  GoldGateFailed: GoldGateFailedEvent.OutputObject;
  BallotForfeited: BallotForfeitedEvent.OutputObject;
  BallotSettled: BallotSettledEvent.OutputObject;
  BooksClosed: BooksClosedEvent.OutputObject;
  TaskSettled: TaskSettledEvent.OutputObject;
  OmissionClaimed: OmissionClaimedEvent.OutputObject;
  BondReleased: BondReleasedEvent.OutputObject;
  ClaimPaid: ClaimPaidEvent.OutputObject;
  Withdrawn: WithdrawnEvent.OutputObject;
}

export const feedbackTasksHandlers: {
  readonly [Name in keyof FeedbackTasksEvents]: Handler<FeedbackTasksEvents[Name]>;
} = {
  TaskCreated: taskCreated,
  TaskCancelled: taskCancelled,
  TaskOpened: taskOpened,
  Anchored: anchored,
  BallotCommitted: ballotCommitted,
  BallotUnfunded: ballotUnfunded,
  BallotRevealed: ballotRevealed,
  BallotVoided: ballotVoided,
  GoldOpened: goldOpened,
  GoldJudged: goldJudged,
  GoldGateFailed: goldGateFailed,
  BallotForfeited: ballotForfeited,
  BallotSettled: ballotSettled,
  BooksClosed: booksClosed,
  TaskSettled: taskSettled,
  OmissionClaimed: omissionClaimed,
  BondReleased: bondReleased,
  ClaimPaid: claimPaid,
  Withdrawn: withdrawn,
};
