/** Does what own-duty.ts finds due: one ballot at a time, simulated first, so that gas is spent on what will be taken. */
import type { ContractTransactionReceipt, ContractTransactionResponse, Wallet } from "ethers";
import type { IFeedbackTasks } from "../../bindings/interfaces/IFeedbackTasks.ts";
import type { Contracts } from "../../operator/contracts.ts";
import type { OwnDuty, OwnRecord } from "../../protocol/own-duty.ts";
import { claimTimeOf, findOwnDuty, headStartOf } from "../../protocol/own-duty.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { CopySlot } from "../../protocol/opening-copy.ts";
import { toCompact } from "../../protocol/signature.ts";
import { ballotDigest, signingDomain } from "../../protocol/typed-data.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";
import { signDigest } from "../../runtime/signatures.ts";
import { explainRefusal } from "../send-transaction.ts";
import type { BallotFolder, KeptBallot, KeptVersion } from "./ballot-folder.ts";
import { openingOf } from "./ballot-folder.ts";
import { findClaim } from "./find-claim.ts";
import type { OwnTask } from "./own-task.ts";
import { readChainTime, readOwnTask } from "./own-task.ts";

export interface Watch {
  readonly chain: Contracts;
  readonly folder: BallotFolder;
  /** Pays the gas; need not be the validator's, but if it is, it can overrule a session. */
  readonly wallet: Wallet;
  /** Fetches the copy of openings that were signed elsewhere; answers how many versions came. */
  readonly restore?: ((slot: CopySlot) => Promise<number>) | undefined;
  /** Leaves the operator its head start; one look (`--once`) does what is due at once. */
  readonly patient?: boolean | undefined;
  /** Which duties; all where left out. */
  readonly only?: readonly OwnDuty["kind"][] | undefined;
}

/** What came of a duty, or of collecting a claim. */
export interface Deed {
  readonly taskId: Hash;
  readonly validator: Address;
  readonly kind: OwnDuty["kind"] | "collect";
  readonly version: number;
  /** impossible: the chain refuses it as things are, and says why. */
  readonly outcome: "done" | "impossible";
  readonly says: string;
  readonly transaction?: Hash | undefined;
  /** What a claim is for, or what it was credited. */
  readonly units?: bigint | undefined;
}

/** As IFeedbackTasks.Refusal counts them, in words for a person. */
const refusals: readonly string[] = [
  "taken",
  "no active seat when the task was created",
  "after the AIs' ballots closed",
  "not admitted",
  "another address used this place of the admission list",
  "not in the pool",
  "more judgments than items, or none",
  "the signature does not hold: its session was revoked, or ended before judging closed",
  "not newer than what is on chain",
  "free stake does not cover it: add stake",
  "nothing was committed",
  "outside the reveal time",
  "opened already",
  "the opening is of another version",
  "settled already",
  "other entries were opened",
];
const BAD_SIGNATURE = 7n;

/** Tasks as read from the chain; they do not change any more. */
const known = new WeakMap<Contracts, Map<string, OwnTask>>();

/** Undefined: nothing is due. */
export async function lookAfter(watch: Watch, slot: CopySlot): Promise<Deed | undefined> {
  const { chain, folder } = watch;
  const [task, kept] = await Promise.all([knowTask(chain, slot), folder.read(slot)]);
  if (task === undefined || kept === undefined) return undefined;
  const now = await readChainTime(chain.provider);
  const times = { ...task, minCommit: chain.minCommit, claimWindow: chain.claimWindow };
  if (now >= claimTimeOf(times).until)
    return wants(watch, "claim") ? collect(watch, task, slot) : undefined;

  const record = await readRecord(chain, slot);
  const duty = findOwnDuty(kept.versions, record, times, now);
  if (duty === undefined || !wants(watch, duty.kind)) return undefined;
  if (watch.patient === true && now < duty.from + headStartOf(duty)) return undefined;
  const version = kept.versions.find((one) => one.version === duty.version);
  switch (duty.kind) {
    case "commit":
      return commit(watch, kept, version as KeptVersion);
    case "open":
      return open(watch, kept, duty.version);
    case "claim":
      return claim(watch, task, kept, version as KeptVersion, now);
    case "restore":
      return restore(watch, slot, duty.version);
  }
}

async function commit(
  watch: Watch,
  kept: KeptBallot,
  version: KeptVersion,
): Promise<Deed | undefined> {
  const { chain, wallet } = watch;
  const { taskId, validator } = kept.slot;
  const tasks = chain.tasks.connect(wallet);
  const signedWith = (signature: Hex): IFeedbackTasks.SignedBallotStruct => ({
    ...version.ballot,
    admissionIndex: kept.admissionIndex,
    admissionProof: [...kept.admissionProof],
    ...toCompact(signature),
  });
  let signed = signedWith(version.signature);
  let [refusal = 0n] = await tasks.commit.staticCall(taskId, [signed]);
  if (refusal === BAD_SIGNATURE && wallet.address.toLowerCase() === validator) {
    // The session is of no use any more; the wallet itself always is.
    const domain = signingDomain(chain.chainId, chain.tasksAddress);
    signed = signedWith(signDigest(ballotDigest(domain, version.ballot), wallet.privateKey));
    [refusal = 0n] = await tasks.commit.staticCall(taskId, [signed]);
  }
  const deed = { taskId, validator, kind: "commit" as const, version: version.version };
  if (refusal !== 0n) return impossible(deed, refusal);
  const receipt = await mined(tasks, tasks.commit(taskId, [signed]));
  if (!showsOwn(chain, receipt, kept.slot, ["BallotCommitted"])) {
    const { version: now } = await readRecord(chain, kept.slot);
    return overtaken(deed, now >= version.version);
  }
  return { ...deed, outcome: "done", says: "put on chain", transaction: receipt.hash };
}

async function open(watch: Watch, kept: KeptBallot, version: number): Promise<Deed | undefined> {
  const { taskId, validator } = kept.slot;
  const tasks = watch.chain.tasks.connect(watch.wallet);
  const opening = {
    validator,
    ...(openingOf(kept, version) as NonNullable<ReturnType<typeof openingOf>>),
  };
  const [refusal = 0n] = await tasks.reveal.staticCall(taskId, [opening]);
  const deed = { taskId, validator, kind: "open" as const, version };
  if (refusal !== 0n) return impossible(deed, refusal);
  const receipt = await mined(tasks, tasks.reveal(taskId, [opening]));
  if (!showsOwn(watch.chain, receipt, kept.slot, ["BallotRevealed", "BallotVoided"])) {
    const { opened } = await readRecord(watch.chain, kept.slot);
    return overtaken(deed, opened);
  }
  return { ...deed, outcome: "done", says: "opened", transaction: receipt.hash };
}

async function claim(
  watch: Watch,
  task: OwnTask,
  kept: KeptBallot,
  version: KeptVersion,
  now: bigint,
): Promise<Deed | undefined> {
  const { taskId, validator } = kept.slot;
  const deed = { taskId, validator, kind: "claim" as const, version: version.version };
  const found = await findClaim(watch.chain, task, kept, version, now);
  // Nothing was lost, or it is claimed: no news.
  if (found.fault === "claim-repeated" || found.fault === "claim-empty") return undefined;
  if (found.fault !== undefined) {
    return { ...deed, outcome: "impossible", says: `no claim: ${found.fault}` };
  }
  const tasks = watch.chain.tasks.connect(watch.wallet);
  const { hash: transaction } = await mined(tasks, tasks.claimOmission(taskId, ...found.call));
  return {
    ...deed,
    outcome: "done",
    says: `claimed ${found.units} units from the operator's bond`,
    transaction,
    units: found.units,
  };
}

/** After the claim window: has the bond pay what was claimed, whoever claimed it. */
async function collect(watch: Watch, task: OwnTask, slot: CopySlot): Promise<Deed | undefined> {
  const { taskId, validator } = slot;
  const tasks = watch.chain.tasks.connect(watch.wallet);
  const claims = await tasks.queryFilter(
    tasks.filters.OmissionClaimed(taskId, validator),
    task.snapshotBlock,
  );
  const paid = await tasks.queryFilter(
    tasks.filters.ClaimPaid(taskId, validator),
    task.snapshotBlock,
  );
  // A larger claim takes the place of a smaller one.
  const made = claims.at(-1);
  if (made === undefined || paid.length > 0) return undefined;
  const { bondReleased } = await tasks.factsOf(taskId);
  if (!bondReleased) await mined(tasks, tasks.releaseBond(taskId));
  const before = await tasks.creditOf(validator);
  const { hash: transaction } = await mined(tasks, tasks.payClaim(taskId, validator));
  const units = (await tasks.creditOf(validator)) - before;
  return {
    ...{ taskId, validator, kind: "collect", version: 0, outcome: "done", transaction, units },
    says: `${units} of ${made.args.claimUnits} units claimed were credited`,
  };
}

async function restore(watch: Watch, slot: CopySlot, version: number): Promise<Deed | undefined> {
  const { taskId, validator } = slot;
  const deed = { taskId, validator, kind: "restore" as const, version };
  const came = (await watch.restore?.(slot)) ?? 0;
  if (came > 0)
    return { ...deed, outcome: "done", says: `${came} openings restored from the copy` };
  return {
    ...deed,
    outcome: "impossible",
    says: `version ${version} on chain was signed elsewhere and its opening is not here: unless it is opened, its lock is lost`,
  };
}

async function readRecord({ tasks }: Contracts, slot: CopySlot): Promise<OwnRecord> {
  const record = await tasks.recordOf(slot.taskId, slot.validator);
  return {
    version: Number(record.version),
    unfundedVersion: Number(record.unfundedVersion),
    fingerprint: record.fingerprint,
    opened: record.opened,
  };
}

async function knowTask(chain: Contracts, slot: CopySlot): Promise<OwnTask | undefined> {
  const tasks = known.get(chain) ?? new Map<string, OwnTask>();
  known.set(chain, tasks);
  const name = `${slot.taskId}/${slot.validator}`;
  const task = tasks.get(name) ?? (await readOwnTask(chain, slot));
  if (task !== undefined) tasks.set(name, task);
  return task;
}

function wants({ only }: Watch, kind: OwnDuty["kind"]): boolean {
  return only?.includes(kind) ?? true;
}

function impossible(
  deed: Pick<Deed, "taskId" | "validator" | "kind" | "version">,
  refusal: bigint,
): Deed {
  const says = refusals[Number(refusal)] ?? `refused for reason ${refusal}`;
  return { ...deed, outcome: "impossible", says };
}

/** Whether the transaction did something with this ballot: an element that is not taken leaves no trace, and no error. */
function showsOwn(
  { tasks, tasksAddress }: Contracts,
  { logs }: ContractTransactionReceipt,
  { taskId, validator }: CopySlot,
  events: readonly string[],
): boolean {
  return logs.some((log) => {
    if (log.address.toLowerCase() !== tasksAddress) return false;
    const parsed = tasks.interface.parseLog(log);
    if (parsed === null || !events.includes(parsed.name)) return false;
    const { taskId: task, validator: whose } = parsed.args as unknown as Record<string, string>;
    return task === taskId && whose?.toLowerCase() === validator;
  });
}

/** Something came between the look and the block. If it was not another's doing of the same, the next look tries again. */
function overtaken(
  deed: Pick<Deed, "taskId" | "validator" | "kind" | "version">,
  isDone: boolean,
): Deed {
  return isDone
    ? { ...deed, outcome: "done", says: "another's transaction did it first" }
    : { ...deed, outcome: "impossible", says: "the chain did not take it: something came between" };
}

async function mined(
  tasks: IFeedbackTasks,
  sending: Promise<ContractTransactionResponse>,
): Promise<ContractTransactionReceipt> {
  try {
    const receipt = await (await sending).wait(1, 300_000);
    if (receipt !== null) return receipt;
  } catch (error) {
    throw explainRefusal(tasks, error);
  }
  throw new ScrutineerError("transaction-lost", "the transaction was not mined");
}
