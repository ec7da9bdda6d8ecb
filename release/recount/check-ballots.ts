/**
 * The ballots in the file are the ballots on the chain: every one, no other, each signed by its
 * validator or by a session key it authorised, admitted, drawn, committed in time and opened only
 * when every commit was in.
 */
import { admittedBy } from "../../protocol/admission.ts";
import { countEntries } from "../../protocol/ballot.ts";
import { commitmentOf, entriesHashOf, fingerprintOf } from "../../protocol/commitment.ts";
import { isInPool } from "../../protocol/pool.ts";
import { findCommitFault } from "../../protocol/session.ts";
import { commitEndsAtFor, revealIntervalOf } from "../../protocol/task-state.ts";
import { isOpenTo } from "../../protocol/terms.ts";
import { ballotDigest, signingDomain } from "../../protocol/typed-data.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";
import type { ChainOnlyPart } from "../chain-only.ts";
import type { EvidenceBallot, EvidenceTask } from "../evidence.ts";
import { findOpening, findSignature } from "../search-calldata.ts";
import type { ChainReader } from "./chain-reader.ts";
import type { ChainCommit, ChainReveal, Place } from "./chain-task.ts";
import type { CheckedChain, OpenedTask } from "./check-task.ts";
import { doesNotHold, hold, holdEqual } from "./report.ts";

/** A ballot of the file with its last commit and its reveal on the chain. */
export interface MatchedBallot {
  readonly said: EvidenceBallot;
  readonly commit: ChainCommit;
  /** Undefined: never opened. */
  readonly reveal: ChainReveal | undefined;
  readonly where: string;
}

/** Pairs the file's ballots with the chain's; each side must have the other's. */
export function matchBallots(
  taskId: string,
  onChain: OpenedTask,
  ballots: readonly EvidenceBallot[],
): MatchedBallot[] {
  const commits = new Map(onChain.committed.map((commit) => [commit.validator, commit]));
  const reveals = new Map(onChain.revealed.map((reveal) => [reveal.validator, reveal]));
  holdEqual(
    `task ${taskId}`,
    "ballots in the chain's log and in its count",
    commits.size,
    onChain.ballotsCommitted,
  );
  holdEqual(`task ${taskId}`, "ballots settled", onChain.ballotsSettled, onChain.ballotsCommitted);

  const seen = new Set<Address>();
  const matched = ballots.map((said) => {
    const where = `task ${taskId}, ballot of ${said.validator}`;
    const commit = commits.get(said.validator);
    if (!commit) throw doesNotHold(where, "the chain has no such ballot");
    hold(!seen.has(said.validator), where, "the file has this ballot twice");
    seen.add(said.validator);
    return { said, commit, reveal: reveals.get(said.validator), where };
  });
  for (const validator of commits.keys()) {
    hold(
      seen.has(validator),
      `task ${taskId}, ballot of ${validator}`,
      "the chain has this ballot, the file has not",
    );
  }
  return matched;
}

/** @param recover tells who signed a digest with 65 bytes of which there is one form; undefined for nobody */
export function checkSignature(
  taskId: string,
  { said, commit, where }: MatchedBallot,
  chain: CheckedChain,
  recover: (digest: Hash, signature: Hex) => Address | undefined,
): void {
  for (const part of ["version", "judgments", "admissionIndex", "commitment", "signer"] as const) {
    holdEqual(where, part, said[part], commit[part]);
  }
  const digest = ballotDigest(signingDomain(chain.chainId, chain.feedbackTasks), {
    taskId,
    validator: commit.validator,
    version: commit.version,
    judgments: commit.judgments,
    commitment: commit.commitment,
  });
  holdEqual(where, "digest", said.digest, digest);
  // Said to be on the chain only: checked by `checkChainOnly`, counted in the report.
  if (said.chainOnly.includes("signature")) {
    hold(said.signature === "", where, "a signature said to be on the chain only is in the file");
    return;
  }
  const signer = recover(digest, said.signature);
  hold(
    signer === commit.signer,
    where,
    signer
      ? `the signature is by ${signer}, the chain accepted one by ${commit.signer}`
      : "the signature is malformed",
  );
}

/** A key other than the wallet's was authorised, unexpired and unrevoked when it was used. */
export async function checkSession(
  { commit, where }: MatchedBallot,
  closesAt: bigint,
  reader: ChainReader,
): Promise<void> {
  if (commit.signer === commit.validator) return;
  const session = await reader.sessionOf(commit.validator, commit.signer);
  hold(
    session.authorizedAt !== 0n && session.authorizedAt <= commit.time,
    where,
    `the session key ${commit.signer} was not authorised when the ballot was committed`,
  );
  const revokedLater = session.revokedAt >= commit.time;
  const then = revokedLater ? { ...session, revokedAt: 0n } : session;
  const fault = findCommitFault(then, closesAt, commit.time);
  hold(fault === undefined, where, `the session key ${commit.signer} may not sign: ${fault}`);
}

/** The seat, the admission list and the draw. */
export async function checkAdmission(
  task: EvidenceTask,
  onChain: OpenedTask,
  { said, commit, where }: MatchedBallot,
  reader: ChainReader,
): Promise<void> {
  const role = await reader.roleAt(commit.validator, onChain.created.snapshotBlock);
  holdEqual(where, "role at the snapshot", said.role, role);
  const draw = said.role === "Human" ? onChain.opened.human : onChain.opened.ai;
  hold(isInPool(onChain.opened.seed, commit.validator, draw), where, "the seat is not in the pool");

  if (isOpenTo(task.terms, said.role)) return;
  const { human, ai } = task.manifest.admission;
  const admission = said.role === "Human" ? human : ai;
  const listed = admittedBy(admission)?.[commit.admissionIndex];
  holdEqual(
    where,
    `place ${commit.admissionIndex} of the admission list`,
    listed,
    commit.validator,
  );
}

/** Commits before anything is public, reveals within their time. */
export function checkTimes(
  { terms }: EvidenceTask,
  onChain: OpenedTask,
  { said, commit, reveal, where }: MatchedBallot,
): void {
  hold(isBefore(onChain.opened, commit), where, "committed before the task opened");
  const commitEnds = commitEndsAtFor(terms, said.role);
  hold(
    commit.time < commitEnds,
    where,
    `committed at ${commit.time}, when commits of its role had ended at ${commitEnds}`,
  );
  if (!reveal) return;
  const { from, until } = revealIntervalOf(terms, said.role);
  hold(
    reveal.time >= from && reveal.time < until,
    where,
    `opened at ${reveal.time}, outside its role's time from ${from} until ${until}`,
  );
}

/** By the order of blocks and logs: no ballot of a role is opened before the last of that role is committed. */
export function checkSecrecy(ballots: readonly MatchedBallot[]): void {
  for (const role of ["Human", "Ai"] as const) {
    const own = ballots.filter(({ said }) => said.role === role);
    const first = own.flatMap(({ reveal }) => reveal ?? []).sort(byPlace)[0];
    if (!first) continue;
    for (const { commit, where } of own) {
      hold(
        isBefore(commit, first),
        where,
        `committed in block ${commit.block}, after ${first.validator} was opened in block ${first.block}`,
      );
    }
  }
}

/**
 * Parts that the file says the chain alone has seen. The contract's own record must bear out what the log says of them,
 * and the transaction, where this node keeps it, must not show them: else a file could drop what is there to be checked.
 * Answers how many transactions confirmed it.
 */
export async function checkChainOnly(
  taskId: Hash,
  { said, commit, reveal, where }: MatchedBallot,
  chain: CheckedChain,
  reader: ChainReader,
): Promise<number> {
  if (said.chainOnly.length === 0) return 0;
  const { validator, version, judgments, commitment, signer } = commit;
  const record = await reader.recordOf(taskId, validator);
  let confirmed = 0;
  const refuse = (part: ChainOnlyPart, { transaction }: Place, found: unknown): void => {
    hold(
      found === undefined,
      where,
      `the ${part} is said to be on the chain only, but transaction ${transaction} shows it`,
    );
    confirmed += 1;
  };

  if (said.chainOnly.includes("signature")) {
    const session = signer === validator ? 0 : (await reader.sessionOf(validator, signer)).number;
    holdEqual(where, "session in the contract's record", session, record.session);
    const calldata = await reader.calldata(commit.transaction);
    const ballot = { taskId, validator, version, judgments, commitment };
    if (calldata) {
      refuse("signature", commit, findSignature(calldata, ballot, said.digest, signer));
    }
  }
  if (said.chainOnly.includes("opening")) {
    hold(reveal !== undefined, where, "the chain never saw an opening");
    holdEqual(where, "void in the log", reveal.entries === undefined, record.isVoid);
    if (reveal.entries !== undefined) {
      const fingerprint = fingerprintOf(entriesHashOf(reveal.entries));
      holdEqual(where, "hash of the effective entries", fingerprint, record.fingerprint);
      const count = countEntries(reveal.entries);
      hold(count <= judgments, where, `${count} votes count, but ${judgments} were signed`);
    }
    const calldata = await reader.calldata(reveal.transaction);
    const slot = {
      chainId: chain.chainId,
      tasks: chain.feedbackTasks,
      taskId,
      validator,
      version,
    };
    if (calldata) refuse("opening", reveal, findOpening(calldata, slot, commitment));
  }
  return confirmed;
}

/** The opening in the file is the one that was sealed. */
export function checkOpening(
  taskId: string,
  { said, commit, reveal, where }: MatchedBallot,
  chain: CheckedChain,
): void {
  if (!reveal) {
    hold(said.opening === null, where, "the file has an opening, the chain never saw one");
    return;
  }
  if (said.chainOnly.includes("opening")) {
    hold(said.opening === null, where, "an opening said to be on the chain only is in the file");
    return;
  }
  hold(said.opening !== null, where, "the chain saw an opening, the file has none");
  const commitment = commitmentOf(
    {
      chainId: chain.chainId,
      tasks: chain.feedbackTasks,
      taskId,
      validator: commit.validator,
      version: commit.version,
    },
    said.opening,
  );
  holdEqual(where, "what the opening seals", commitment, commit.commitment);
}

export function byPlace(a: Place, b: Place): number {
  return isBefore(a, b) ? -1 : 1;
}

function isBefore(a: Place, b: Place): boolean {
  return a.block < b.block || (a.block === b.block && a.logIndex < b.logIndex);
}
