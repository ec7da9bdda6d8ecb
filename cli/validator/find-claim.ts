/** Whether an operator owes for a ballot it gave a receipt for, how much, and the call that claims it. */
import type { IFeedbackTasks } from "../../bindings/interfaces/IFeedbackTasks.ts";
import type { Contracts } from "../../operator/contracts.ts";
import { countEntries } from "../../protocol/ballot.ts";
import { claimUnitsOf, findClaimFault } from "../../protocol/claims.ts";
import type { ClaimFacts, OmissionClaim } from "../../protocol/claims.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import type { Session } from "../../protocol/session.ts";
import { recoverSigner, toCompact } from "../../protocol/signature.ts";
import { ballotDigest, signingDomain } from "../../protocol/typed-data.ts";
import type { Hex } from "../../protocol/words.ts";
import type { KeptBallot, KeptVersion } from "./ballot-folder.ts";
import { openingOf } from "./ballot-folder.ts";
import type { OwnTask } from "./own-task.ts";

type ClaimCall = readonly [
  ballot: IFeedbackTasks.SignedBallotStruct,
  receiptR: string,
  receiptVs: string,
  opening: IFeedbackTasks.OpeningStruct,
  recordedEntries: Hex,
];

export type FoundClaim =
  | { readonly fault: ErrorCode; readonly units?: undefined; readonly call?: undefined }
  | { readonly fault?: undefined; readonly units: bigint; readonly call: ClaimCall };

export async function findClaim(
  chain: Contracts,
  task: OwnTask,
  kept: KeptBallot,
  version: KeptVersion,
  now: bigint,
): Promise<FoundClaim> {
  const { taskId, validator } = kept.slot;
  const opening = openingOf(kept, version.version);
  if (opening === undefined || version.receiptSignature === undefined) {
    return { fault: "receipt-invalid" };
  }
  const { admissionIndex, admissionProof } = kept;
  const { ballot, signature, receiptSignature } = version;
  const claim: OmissionClaim = {
    ...{ ballot, signature, admissionIndex, admissionProof, receiptSignature, opening },
  };
  const domain = signingDomain(chain.chainId, chain.tasksAddress);
  const signer = recoverSigner(ballotDigest(domain, ballot), signature);
  const [record, session, claims] = await Promise.all([
    chain.tasks.recordOf(taskId, validator),
    signer === undefined || signer === validator
      ? undefined
      : chain.registry.sessionOf(validator, signer),
    chain.tasks.queryFilter(
      chain.tasks.filters.OmissionClaimed(taskId, validator),
      task.snapshotBlock,
    ),
  ]);
  const recordedEntries =
    record.opened && !record.void_ ? await readRevealed(chain, task, kept) : "0x";
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
    claimWindow: chain.claimWindow,
    now,
  };
  const fault = findClaimFault(claim, facts);
  if (fault !== undefined) return { fault };
  const receipt = toCompact(receiptSignature);
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
  { tasks }: Contracts,
  { snapshotBlock }: OwnTask,
  { slot: { taskId, validator } }: KeptBallot,
): Promise<Hex> {
  const filter = tasks.filters.BallotRevealed(taskId, validator);
  const [event] = await tasks.queryFilter(filter, snapshotBlock);
  return event?.args[2] ?? "0x";
}
