/** Whether an operator owes for a ballot that was kept here, how much, and the call that claims it. */
import type { Contracts } from "../../operator/contracts.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import { prepareClaim, type PreparedClaim } from "../../release/prepare-claim.ts";
import type { KeptBallot, KeptVersion } from "./ballot-folder.ts";
import { openingOf } from "./ballot-folder.ts";
import type { OwnTask } from "./own-task.ts";

export async function findClaim(
  { tasks, registry, chainId, tasksAddress, claimWindow }: Contracts,
  task: OwnTask,
  kept: KeptBallot,
  version: KeptVersion,
  now: bigint,
): Promise<PreparedClaim> {
  const opening = openingOf(kept, version.version);
  const { ballot, signature, receiptSignature } = version;
  if (opening === undefined || receiptSignature === undefined) return { fault: "receipt-invalid" };
  const { admissionIndex, admissionProof } = kept;
  return prepareClaim(
    { tasks, registry, domain: signingDomain(chainId, tasksAddress), claimWindow },
    task,
    { ballot, signature, admissionIndex, admissionProof, receiptSignature, opening },
    now,
  );
}
