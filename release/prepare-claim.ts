/**
 * Whether an operator owes, as the chain stands, for a ballot it gave a receipt for, how much, and the call that claims it.
 * For whoever kept ballot, receipt and opening: a program of the validator's, or the page.
 */
import type { IFeedbackTasks, IStakeRegistry } from "../bindings/index.ts";
import { countEntries } from "../protocol/ballot.ts";
import { claimUnitsOf, findClaimFault } from "../protocol/claims.ts";
import type { ClaimFacts, OmissionClaim } from "../protocol/claims.ts";
import type { ErrorCode } from "../protocol/errors.ts";
import type { Session } from "../protocol/session.ts";
import { recoverSigner, toCompact } from "../protocol/signature.ts";
import type { SigningDomain } from "../protocol/typed-data.ts";
import { ballotDigest } from "../protocol/typed-data.ts";
import type { Hex, Role } from "../protocol/words.ts";

/** What `claimOmission` takes behind the task. */
export type ClaimCall = readonly [
  ballot: IFeedbackTasks.SignedBallotStruct,
  receiptR: string,
  receiptVs: string,
  opening: IFeedbackTasks.OpeningStruct,
  recordedEntries: Hex,
];

export type PreparedClaim =
  | { readonly fault: ErrorCode; readonly units?: undefined; readonly call?: undefined }
  | { readonly fault?: undefined; readonly units: bigint; readonly call: ClaimCall };

export interface ClaimChain {
  readonly tasks: IFeedbackTasks;
  readonly registry: IStakeRegistry;
  /** Of `tasks`. */
  readonly domain: SigningDomain;
  /** Seconds. */
  readonly claimWindow: bigint;
}

export interface ClaimTask extends Pick<ClaimFacts, "terms" | "seed" | "human" | "ai"> {
  readonly role: Role;
  /** No log of the task is older. */
  readonly snapshotBlock: number;
}

/** @param now seconds, block time */
export async function prepareClaim(
  { tasks, registry, domain, claimWindow }: ClaimChain,
  task: ClaimTask,
  claim: OmissionClaim,
  now: bigint,
): Promise<PreparedClaim> {
  const { ballot, signature, receiptSignature, opening } = claim;
  const { taskId, validator } = ballot;
  const { snapshotBlock } = task;
  const signer = recoverSigner(ballotDigest(domain, ballot), signature);
  const [record, session, claims] = await Promise.all([
    tasks.recordOf(taskId, validator),
    signer === undefined || signer === validator
      ? undefined
      : registry.sessionOf(validator, signer),
    tasks.queryFilter(tasks.filters.OmissionClaimed(taskId, validator), snapshotBlock),
  ]);
  const recordedEntries =
    record.opened && !record.void_ ? await readRevealed(tasks, claim, snapshotBlock) : "0x";
  const known: Session | undefined = session && {
    authorizedAt: session.authorizedAt,
    expiresAt: session.expiresAt,
    revokedAt: session.revokedAt,
  };
  const facts: ClaimFacts = {
    domain,
    taskId,
    ...task,
    // Whether somebody else used the place, the contract alone knows; it then refuses.
    admissionIndexTaken: false,
    sessionOf: () => known,
    record: {
      version: Number(record.version),
      unfundedVersion: Number(record.unfundedVersion),
      judgments: Number(record.judgments),
      fingerprint: record.fingerprint,
      bySession: record.session !== 0n,
      opened: record.opened,
      effectiveEntries: countEntries(recordedEntries),
    },
    claimedUnits: claims.at(-1)?.args.claimUnits ?? 0n,
    claimWindow,
    now,
  };
  const fault = findClaimFault(claim, facts);
  if (fault !== undefined) return { fault };
  const receipt = toCompact(receiptSignature);
  const { admissionIndex, admissionProof } = claim;
  const signed = { ...ballot, admissionIndex, admissionProof: [...admissionProof] };
  return {
    units: claimUnitsOf(claim, facts, task.role),
    call: [
      { ...signed, ...toCompact(signature) },
      receipt.r,
      receipt.vs,
      { validator, ...opening },
      recordedEntries,
    ],
  };
}

/** The effective entries of what was opened. In ethers' result the name `entries` is an array's own method: by place. */
async function readRevealed(
  tasks: IFeedbackTasks,
  { ballot: { taskId, validator } }: OmissionClaim,
  fromBlock: number,
): Promise<Hex> {
  const filter = tasks.filters.BallotRevealed(taskId, validator);
  const [event] = await tasks.queryFilter(filter, fromBlock);
  return event?.args[2] ?? "0x";
}
