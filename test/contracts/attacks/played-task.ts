/** Steps of a task's life that attacks have in common. */
import type { Entry } from "../../../protocol/ballot.ts";
import { toCompact } from "../../../protocol/signature.ts";
import { ticketsOf, toPresented } from "../../../protocol/ticket.ts";
import { openingReceiptDigest } from "../../../protocol/typed-data.ts";
import type { Address, CanonicalVerdict, Hex, Role } from "../../../protocol/words.ts";
import type { Cast, CastOptions, OpenTask, Person, Stage, TxPromise } from "../../support/stage.ts";
import { cast, commit, eligibleEntries, reveal, settle } from "../../support/stage.ts";

export type Answer = (itemIndex: number) => CanonicalVerdict;

export const truth: Answer = (itemIndex) => (itemIndex % 2 === 0 ? 0 : 1);
export const contrary: Answer = (itemIndex) => (1 - truth(itemIndex)) as CanonicalVerdict;

/** What somebody enters to have said `answer`, whichever side was shown left. */
export function entriesSaying(
  task: OpenTask,
  person: Person,
  answer: Answer,
  role: Role = "Human",
): Entry[] {
  const draw = role === "Human" ? task.human : task.ai;
  const ticket = ticketsOf(task.seed, person.address, draw.threshold);
  return eligibleEntries(
    task,
    person,
    (itemIndex) => toPresented(answer(itemIndex), ticket(itemIndex).flip),
    role === "Human" ? "human" : "ai",
  );
}

export function castSaying(
  stage: Stage,
  task: OpenTask,
  person: Person,
  answer: Answer,
  { role = "Human", ...options }: CastOptions & { readonly role?: Role } = {},
): Cast {
  return cast(stage, task.taskId, person, entriesSaying(task, person, answer, role), options);
}

export function commitAll(stage: Stage, task: OpenTask, casts: readonly Cast[]): Promise<number[]> {
  return commit(
    stage,
    task.taskId,
    casts.map(({ signed }) => signed),
  );
}

export function revealAll(stage: Stage, task: OpenTask, casts: readonly Cast[]): Promise<number[]> {
  return reveal(
    stage,
    task.taskId,
    casts.map(({ opening }) => opening),
  );
}

/** Effective entries of every opened ballot, by lower-case address. */
export async function effectiveEntries(stage: Stage, task: OpenTask): Promise<Map<Address, Hex>> {
  const events = await stage.tasks.queryFilter(stage.tasks.filters.BallotRevealed(task.taskId));
  return new Map(events.map((event) => [event.args[1].toLowerCase(), event.args[2]]));
}

/** Settles the ballots of these people in one call, opened or not. */
export async function settleAll(
  stage: Stage,
  task: OpenTask,
  people: readonly Person[],
): Promise<number[]> {
  const entries = await effectiveEntries(stage, task);
  return settle(
    stage,
    task.taskId,
    people.map(({ address }) => address),
    people.map(({ address }) => entries.get(address) ?? "0x"),
  );
}

export interface Outcome {
  readonly scorePpm: bigint;
  readonly multiplePpm: bigint;
  readonly payUnits: bigint;
  readonly lossUnits: bigint;
}

/** What each settled ballot came to, by lower-case address. */
export async function outcomes(stage: Stage, task: OpenTask): Promise<Map<Address, Outcome>> {
  const events = await stage.tasks.queryFilter(stage.tasks.filters.BallotSettled(task.taskId));
  return new Map(
    events.map(({ args: { validator, scorePpm, multiplePpm, payUnits, lossUnits } }) => [
      validator.toLowerCase(),
      { scorePpm, multiplePpm, payUnits, lossUnits },
    ]),
  );
}

/** Somebody claims with a receipt that the operator signed for this very ballot. */
export function claimFor(
  stage: Stage,
  task: OpenTask,
  made: Cast,
  { domain = stage.tasksDomain, key = stage.operator.key, recordedEntries = "0x" } = {},
): TxPromise {
  const { validator, version, judgments, commitment } = made.signed;
  const digest = openingReceiptDigest(domain, {
    taskId: task.taskId,
    validator,
    version: Number(version),
    judgments: Number(judgments),
    commitment: String(commitment),
  });
  const { r, vs } = toCompact(key.sign(digest).serialized);
  return stage.tasks
    .connect(stage.stranger.signer)
    .claimOmission(task.taskId, made.signed, r, vs, made.opening, recordedEntries);
}

export const afterClaims = (stage: Stage, task: OpenTask): Promise<void> =>
  stage.moveTo(task.terms.revealEndsAt + stage.constants.claimWindow);
