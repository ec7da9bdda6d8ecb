/**
 * Commits and opens a ballot of one's own from what this device keeps, when its operator has not. It asks the chain and
 * nobody else: the service may be gone.
 */
import type { JsonRpcProvider, Signer } from "ethers";
import type { IFeedbackTasks } from "../../bindings/index.ts";
import type { Ballot, Opening } from "../../protocol/ballot.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { OwnDuty, OwnRecord, OwnTimes } from "../../protocol/own-duty.ts";
import { claimTimeOf, findOwnDuty, headStartOf } from "../../protocol/own-duty.ts";
import { toCompact } from "../../protocol/signature.ts";
import type { Terms } from "../../protocol/terms.ts";
import { ballotTypes, signingDomain } from "../../protocol/typed-data.ts";
import type { Hash, Hex, Role } from "../../protocol/words.ts";
import type { PreparedClaim } from "../../release/prepare-claim.ts";
import { prepareClaim } from "../../release/prepare-claim.ts";
import type { TaskOnChain } from "../chain/contracts.ts";
import { readTaskFor, stakeRegistry, tasksContract } from "../chain/contracts.ts";
import { settled } from "../chain/send.ts";
import type { Config } from "../data/schemas.ts";
import type { Admission, JournalSlot } from "../judging/journal.ts";

/** What a device keeps of one ballot. */
export interface OwnBallot {
  readonly slot: JournalSlot;
  /** The newest version that was not given up. */
  newest(): Promise<OwnVersion | undefined>;
  version(version: number): Promise<OwnVersion | undefined>;
  admission(terms: Terms, role: Role): Promise<Admission>;
}

export interface OwnVersion {
  readonly ballot: Ballot;
  readonly signature: Hex;
  readonly opening: Opening;
  /** Missing: no receipt was seen. */
  readonly receiptSignature: Hex | undefined;
}

/** Something due for a ballot, for as long as it is. */
export interface Due {
  readonly duty: OwnDuty;
  readonly own: OwnBallot;
  readonly task: OwnTask;
  /** The operator has had its turn. */
  readonly isOurTurn: boolean;
}

export interface DutyChain {
  readonly config: Pick<Config, "chainId" | "contracts">;
  readonly provider: JsonRpcProvider;
}

/** As IFeedbackTasks.Refusal counts them; those that a labeler can meet and do something about. */
const refusals: Readonly<Record<number, string>> = {
  7: "The session that signed it was revoked, or ended too early: only the validator's own wallet can commit it.",
  9: "Your free stake does not cover it: add stake, and try again.",
};
const BAD_SIGNATURE = 7n;
/** What was done by somebody else meanwhile: no failure. */
const DONE_ALREADY: ReadonlySet<number> = new Set([8, 12]);

/** What never changes once the task is open, with the deployment's constants. */
export interface OwnTask extends TaskOnChain, Pick<OwnTimes, "minCommit" | "claimWindow"> {}

const known = new Map<string, OwnTask>();
/** Slots in which nothing is left to claim: once claims are taken, nothing can turn that round. */
const unclaimable = new Set<string>();
const constants = new Map<string, Promise<{ minCommit: bigint; claimWindow: bigint }>>();

/** Undefined: nothing is due. */
export async function findDue(
  chain: DutyChain,
  own: OwnBallot,
  now: bigint,
): Promise<Due | undefined> {
  const task = await readOwnTask(chain, own.slot);
  if (now >= claimTimeOf(task).until) return undefined;
  const record = await readOwnRecord(chain, own.slot);
  const recorded = record.version === 0 ? undefined : await own.version(record.version);
  const kept = [await own.newest(), recorded].flatMap((version) =>
    version === undefined
      ? []
      : [
          {
            version: version.ballot.version,
            commitment: version.ballot.commitment,
            receipted: version.receiptSignature !== undefined,
            refused: false,
          },
        ],
  );
  const duty = findOwnDuty(kept, record, task, now);
  if (duty === undefined) return undefined;
  const due = { duty, own, task, isOurTurn: now >= duty.from + headStartOf(duty) };
  if (duty.kind !== "claim") return due;
  const name = nameOf(own.slot);
  if (unclaimable.has(name)) return undefined;
  const { fault } = await findOwnClaim(chain, due);
  if (fault === undefined) return due;
  unclaimable.add(name);
  return undefined;
}

const nameOf = ({ taskId, validator }: JournalSlot): string => `${taskId}/${validator}`;

export async function readOwnTask(chain: DutyChain, slot: JournalSlot): Promise<OwnTask> {
  const name = nameOf(slot);
  const found = known.get(name);
  if (found !== undefined) return found;
  const { config, provider } = chain;
  const [onChain, constant] = await Promise.all([
    readTaskFor(config, provider, slot.taskId, slot.validator),
    readConstants(chain),
  ]);
  const task = { ...onChain, ...constant };
  known.set(name, task);
  return task;
}

export async function readOwnRecord(
  { config, provider }: DutyChain,
  { taskId, validator }: JournalSlot,
): Promise<OwnRecord> {
  const record = await tasksContract(config, provider).recordOf(taskId, validator);
  return {
    version: Number(record.version),
    unfundedVersion: Number(record.unfundedVersion),
    fingerprint: record.fingerprint,
    opened: record.opened,
  };
}

/** Puts it on chain; undefined where somebody else was faster. */
export async function carryOut(
  chain: DutyChain,
  due: Due,
  signer: Signer,
): Promise<Hash | undefined> {
  const { duty, own } = due;
  const version = await own.version(duty.version);
  if (version === undefined) {
    throw new ScrutineerError(
      "ballot-unknown",
      `This browser does not hold version ${duty.version}.`,
    );
  }
  switch (duty.kind) {
    case "open":
      return open(chain, own.slot, version, signer);
    case "claim":
      return claim(chain, due, signer);
    default:
      return commit(chain, due, version, signer);
  }
}

async function open(
  { config }: DutyChain,
  { taskId, validator }: JournalSlot,
  version: OwnVersion,
  signer: Signer,
): Promise<Hash | undefined> {
  const tasks = tasksContract(config, signer);
  const opening = { validator, ...version.opening };
  const [refusal = 0n] = await tasks.reveal.staticCall(taskId, [opening]);
  return isTaken(refusal) ? settled(tasks.reveal(taskId, [opening])) : undefined;
}

async function commit(
  { config }: DutyChain,
  { own, task }: Due,
  version: OwnVersion,
  signer: Signer,
): Promise<Hash | undefined> {
  const { taskId, validator } = own.slot;
  const tasks = tasksContract(config, signer);
  const { admissionIndex, admissionProof } = await own.admission(task.terms, task.role);
  const signedWith = (signature: Hex): IFeedbackTasks.SignedBallotStruct => ({
    ...version.ballot,
    ...{ admissionIndex, admissionProof: [...admissionProof] },
    ...toCompact(signature),
  });
  const tryWith = async (signed: IFeedbackTasks.SignedBallotStruct): Promise<bigint> =>
    (await tasks.commit.staticCall(taskId, [signed]))[0] ?? 0n;

  let signed = isSignature(version.signature) ? signedWith(version.signature) : undefined;
  let refusal = signed === undefined ? BAD_SIGNATURE : await tryWith(signed);
  if (refusal === BAD_SIGNATURE && (await signer.getAddress()).toLowerCase() === validator) {
    // Its session is of no use any more, or its signature is on another device; the wallet itself always is of use.
    const domain = signingDomain(config.chainId, config.contracts.feedbackTasks);
    signed = signedWith(await signer.signTypedData(domain, ballotTypes, version.ballot));
    refusal = await tryWith(signed);
  }
  if (!isTaken(refusal) || signed === undefined) return undefined;
  return settled(tasks.commit(taskId, [signed]));
}

async function claim(chain: DutyChain, due: Due, signer: Signer): Promise<Hash | undefined> {
  const { call } = await findOwnClaim(chain, due);
  if (call === undefined) return undefined;
  return settled(tasksContract(chain.config, signer).claimOmission(due.own.slot.taskId, ...call));
}

/** As things stand: what was claimed, or was no omission after all, has a fault. */
async function findOwnClaim(
  { config, provider }: DutyChain,
  { duty, own, task }: Pick<Due, "duty" | "own" | "task">,
): Promise<PreparedClaim> {
  const version = await own.version(duty.version);
  if (version?.receiptSignature === undefined) return { fault: "receipt-invalid" };
  const { ballot, signature, opening, receiptSignature } = version;
  const place = await own.admission(task.terms, task.role);
  const { feedbackTasks } = config.contracts;
  const parts = {
    tasks: tasksContract(config, provider),
    registry: stakeRegistry(config, provider),
    domain: signingDomain(config.chainId, feedbackTasks),
    claimWindow: task.claimWindow,
  };
  // Of the times only the claim window is asked, and the duty lies within it.
  return prepareClaim(
    parts,
    task,
    { ballot, signature, opening, receiptSignature, ...place },
    duty.from,
  );
}

/** Of a version that came back from a copy, only the newest has one. */
const isSignature = (signature: Hex): boolean => signature.length === 132;

function isTaken(refusal: bigint): boolean {
  if (refusal === 0n) return true;
  const code = Number(refusal);
  if (DONE_ALREADY.has(code)) return false;
  throw new ScrutineerError(
    "transaction-reverted",
    refusals[code] ?? `The contract would not take it (reason ${code}).`,
  );
}

function readConstants({
  config,
  provider,
}: DutyChain): Promise<{ minCommit: bigint; claimWindow: bigint }> {
  const address = config.contracts.feedbackTasks;
  const asked = constants.get(address);
  if (asked !== undefined) return asked;
  const tasks = tasksContract(config, provider);
  const asking = Promise.all([tasks.MIN_COMMIT(), tasks.CLAIM_WINDOW()]).then(
    ([minCommit, claimWindow]) => ({ minCommit, claimWindow }),
  );
  constants.set(address, asking);
  asking.catch(() => constants.delete(address));
  return asking;
}
