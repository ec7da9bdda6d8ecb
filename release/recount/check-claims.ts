/**
 * Omissions: that each claim follows from the ballot, the receipt and the opening it was made with, and that the bond paid
 * what its shares come to.
 *
 * The event says only for whom and how much. What it was claimed with is in the transaction: where this node keeps it and
 * it was sent to the contract itself, every condition is held against it again; where another contract passed the call on,
 * whatever of it the data show; else the contract's word for the sum stands, and the report says of how many.
 *
 * All of it is read as the chain has it now, not as the files have it: claims come after the task, and its release.
 */
import { fingerprintOf } from "../../protocol/commitment.ts";
import { bondShareOf, shareBond } from "../../protocol/bond-shares.ts";
import { countEntries } from "../../protocol/ballot.ts";
import type { ClaimFacts, ClaimRecord } from "../../protocol/claims.ts";
import { claimUnitsOf, findClaimFault } from "../../protocol/claims.ts";
import { recoverSigner } from "../../protocol/signature.ts";
import { ballotDigest, signingDomain } from "../../protocol/typed-data.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import type { Address, Role } from "../../protocol/words.ts";
import { findClaimCalls, readClaimCall } from "../claim-calldata.ts";
import type { FoundClaim } from "../claim-calldata.ts";
import type { ChainReader } from "./chain-reader.ts";
import type { ChainTask } from "./chain-task.ts";
import { byPlace } from "./check-ballots.ts";
import type { CheckedChain, OpenedTask } from "./check-task.ts";
import { hold, holdEqual } from "./report.ts";
import type { ClaimsReport } from "./report.ts";

type Claim = ChainTask["claims"][number];

export interface ClaimChain extends CheckedChain {
  readonly claimWindow: bigint;
}

/** Every claim of the task, and what was paid for it. `roleOf`: of those who committed. */
export async function checkClaims(
  taskId: string,
  task: OpenedTask,
  roleOf: ReadonlyMap<Address, Role>,
  reader: ChainReader,
  chain: ClaimChain,
): Promise<ClaimsReport> {
  const claims = [...task.claims].sort(byPlace);
  // A larger claim took the place of the validator's smaller one.
  const standing = [...new Map(claims.map((claim) => [claim.validator, claim])).values()];
  const places = placesOf(task, roleOf);
  let recomputed = 0;
  for (const [i, claim] of claims.entries()) {
    const where = whereOf(taskId, claim);
    const { terms } = task.created;
    const from = terms.revealEndsAt;
    hold(
      claim.time >= from && claim.time < from + chain.claimWindow,
      where,
      `claimed at ${claim.time}, which is not within ${from} to ${from + chain.claimWindow}`,
    );
    const before = claims.slice(0, i).findLast(({ validator }) => validator === claim.validator);
    hold(
      before === undefined || before.claimUnits < claim.claimUnits,
      where,
      "claimed again for no more than before",
    );
    const isRecomputed = await checkClaim(taskId, task, claim, reader, chain, places);
    if (isRecomputed && standing.includes(claim)) recomputed += 1;
  }
  checkShares(taskId, task, standing, chain);
  return { made: standing.length, recomputed, paid: task.claimsPaid.length };
}

/** Whether the transaction bears it out; throws where it refutes it. */
async function checkClaim(
  taskId: string,
  task: OpenedTask,
  claim: Claim,
  reader: ChainReader,
  chain: ClaimChain,
  places: Places,
): Promise<boolean> {
  const { validator, transaction } = claim;
  const where = whereOf(taskId, claim);
  const held = await reader.roleAt(validator, task.created.snapshotBlock);
  const role = held === "Human" || held === "Ai" ? held : undefined;
  hold(role !== undefined, where, "claimed for one who held no seat at the snapshot");

  const direct = await reader.directCalldata(transaction);
  const told = direct === undefined ? undefined : readClaimCall(direct, taskId);
  hold(
    told === undefined || told.ballot.validator === validator,
    where,
    "the transaction has no claim for this validator",
  );
  const calldata = told ? undefined : await reader.calldata(transaction);
  const calls = told ? [told] : calldata ? findClaimCalls(calldata, taskId, validator) : [];
  let refusal = "";
  for (const call of calls) {
    const facts = await factsOf(taskId, task, claim, role, call, reader, chain, places);
    const fault = findFault(call, facts, task);
    if (fault !== undefined) {
      refusal = `the contract took a claim that the rules refuse: ${fault}`;
      continue;
    }
    const units = claimUnitsOf(call, facts, role);
    if (units !== claim.claimUnits) {
      refusal = `claim: ${claim.claimUnits} is said, ${units} is recounted`;
      continue;
    }
    places.set(`${role} ${call.admissionIndex}`, validator);
    return true;
  }
  // Another contract may show one call and make another, and data can be written in ways that the contract reads and this
  // does not: only a claim that was read off what went straight to the contract refutes it.
  hold(told === undefined, where, refusal);
  return false;
}

/** The twin asks for a count; the contract was given the entries of an opened record, which are in its log as well. */
function findFault(call: FoundClaim, facts: ClaimFacts, task: OpenedTask): string | undefined {
  const revealed = task.revealed.find(({ validator }) => validator === call.ballot.validator);
  const counts = revealed?.entries !== undefined;
  if (counts && call.recordedEntries.toLowerCase() !== revealed.entries) return "wrong entries";
  return findClaimFault(call, facts);
}

async function factsOf(
  taskId: string,
  task: OpenedTask,
  { validator, time }: Claim,
  role: Role,
  call: FoundClaim,
  reader: ChainReader,
  chain: ClaimChain,
  places: Places,
): Promise<ClaimFacts> {
  const domain = signingDomain(chain.chainId, chain.feedbackTasks);
  const signer = recoverSigner(ballotDigest(domain, call.ballot), call.signature);
  const holder = places.get(`${role} ${call.admissionIndex}`);
  const session =
    signer === undefined || signer === validator
      ? undefined
      : await reader.sessionOf(validator, signer);
  return {
    domain,
    taskId,
    terms: task.created.terms,
    seed: task.opened.seed,
    human: task.opened.human,
    ai: task.opened.ai,
    role,
    admissionIndexTaken: (holder ?? validator) !== validator,
    sessionOf: () => session,
    record: recordOf(task, validator),
    // Told apart by the events.
    claimedUnits: 0n,
    claimWindow: chain.claimWindow,
    now: time,
  };
}

/** The record as it stands once revealing is over: nothing that comes later changes what a claim asks of it. */
function recordOf(task: OpenedTask, validator: Address): ClaimRecord {
  const own = <Event extends { readonly validator: Address }>(events: readonly Event[]): Event[] =>
    events.filter((event) => event.validator === validator);
  const commit = own(task.committed).at(-1);
  const reveal = own(task.revealed)[0];
  return {
    version: commit?.version ?? 0,
    unfundedVersion: Math.max(0, ...own(task.unfunded).map(({ version }) => version)),
    judgments: commit?.judgments ?? 0,
    fingerprint: fingerprintOf(commit?.commitment ?? ZERO_HASH),
    bySession: commit !== undefined && commit.signer !== validator,
    opened: reveal !== undefined,
    effectiveEntries: countEntries(reveal?.entries ?? "0x"),
  };
}

/**
 * What was taken of the bond, what is free again, each share, and what rounding left. With a token that delivers less than
 * is sent, the shares are of what arrived, which no event tells: such a release does not hold here.
 */
function checkShares(
  taskId: string,
  task: OpenedTask,
  claims: readonly Claim[],
  { claimWindow }: ClaimChain,
): void {
  const where = `task ${taskId}`;
  const { bondReleased, claimsPaid, created } = task;
  const { operatorBond, revealEndsAt } = created.terms;
  if (!bondReleased) {
    hold(claimsPaid.length === 0, where, "claims were paid before the bond was released");
    return;
  }
  hold(bondReleased.time >= revealEndsAt + claimWindow, where, "the bond was released too early");
  const units = claims.map(({ claimUnits }) => claimUnits);
  const shares = shareBond(operatorBond, units);
  holdEqual(where, "taken of the bond", bondReleased.seizedUnits, shares.seizedUnits);
  holdEqual(where, "bond released", bondReleased.freedUnits, shares.returnedUnits);

  const claimedUnits = units.reduce((sum, one) => sum + one, 0n);
  const paid = [...claimsPaid].sort(byPlace);
  for (const [i, payment] of paid.entries()) {
    const { validator, paidUnits, dustUnits } = payment;
    const at = whereOf(taskId, payment);
    const claim = claims.find((one) => one.validator === validator);
    hold(claim !== undefined, at, "paid for a claim that nobody made");
    const before = paid.slice(0, i).some((other) => other.validator === validator);
    hold(!before, at, "paid twice for one claim");
    const share = bondShareOf(claim.claimUnits, operatorBond, claimedUnits);
    holdEqual(at, "share of the bond", paidUnits, share);
    const last = i === claims.length - 1;
    holdEqual(at, "left of the bond to the commons", dustUnits, last ? shares.dustUnits : 0n);
  }
}

/** Which addresses use which place on a role's list, by the records and by the claims before. */
type Places = Map<string, Address>;

function placesOf({ committed }: ChainTask, roleOf: ReadonlyMap<Address, Role>): Places {
  return new Map(
    committed.map(({ validator, admissionIndex }) => [
      `${roleOf.get(validator) ?? ""} ${admissionIndex}`,
      validator,
    ]),
  );
}

function whereOf(taskId: string, { validator }: { readonly validator: Address }): string {
  return `task ${taskId}, claim for ${validator}`;
}
