/**
 * Commits and opens a ballot of one's own from what this device keeps, when its operator has not. It asks the chain and
 * nobody else: the service may be gone.
 */
import type { JsonRpcProvider, Signer } from "ethers";
import type { Opening } from "../../protocol/ballot.ts";
import type { Ballot } from "../../protocol/ballot.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { OwnDuty } from "../../protocol/own-duty.ts";
import { claimTimeOf, findOwnDuty, headStartOf } from "../../protocol/own-duty.ts";
import { toCompact } from "../../protocol/signature.ts";
import type { Terms } from "../../protocol/terms.ts";
import type { Hash, Hex, Role } from "../../protocol/words.ts";
import { readTaskFor, tasksContract } from "../chain/contracts.ts";
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
  readonly isReceipted: boolean;
}

/** Something due for a ballot, for as long as it is. */
export interface Due {
  readonly duty: OwnDuty;
  readonly own: OwnBallot;
  readonly terms: Terms;
  readonly role: Role;
  /** The operator has had its turn. */
  readonly isOurTurn: boolean;
}

export interface DutyChain {
  readonly config: Pick<Config, "chainId" | "contracts">;
  readonly provider: JsonRpcProvider;
}

/** As IFeedbackTasks.Refusal counts them; those that a labeler can meet and do something about. */
const refusals: Readonly<Record<number, string>> = {
  7: "The session that signed it was revoked, or ended too early.",
  9: "Your free stake does not cover it: add stake, and try again.",
};
/** What was done by somebody else meanwhile: no failure. */
const DONE_ALREADY: ReadonlySet<number> = new Set([8, 12]);

/** Terms and role never change; over: nothing can become due any more. */
const known = new Map<Hash, { terms: Terms; role: Role } | "over">();
const constants = new Map<string, Promise<{ minCommit: bigint; claimWindow: bigint }>>();

/** Undefined: nothing is due. */
export async function findDue(
  chain: DutyChain,
  own: OwnBallot,
  now: bigint,
): Promise<Due | undefined> {
  const { taskId, validator } = own.slot;
  const name = `${taskId}/${validator}`;
  let task = known.get(name);
  if (task === "over") return undefined;
  if (task === undefined) {
    const { terms, role } = await readTaskFor(chain.config, chain.provider, taskId, validator);
    task = { terms, role };
    known.set(name, task);
  }
  const times = { ...task, ...(await readConstants(chain)) };
  if (now >= claimTimeOf(times).until) {
    known.set(name, "over");
    return undefined;
  }
  const record = await tasksContract(chain.config, chain.provider).recordOf(taskId, validator);
  const onChain = Number(record.version);
  const kept = [await own.newest(), onChain === 0 ? undefined : await own.version(onChain)].flatMap(
    (version) =>
      version === undefined
        ? []
        : [
            {
              version: version.ballot.version,
              commitment: version.ballot.commitment,
              receipted: version.isReceipted,
              refused: false,
            },
          ],
  );
  const seen = {
    version: onChain,
    unfundedVersion: Number(record.unfundedVersion),
    fingerprint: record.fingerprint,
    opened: record.opened,
  };
  const duty = findOwnDuty(kept, seen, times, now);
  if (duty === undefined) return undefined;
  return { duty, own, ...task, isOurTurn: now >= duty.from + headStartOf(duty) };
}

/** Puts it on chain; undefined where somebody else was faster. */
export async function carryOut(
  chain: DutyChain,
  { duty, own, terms, role }: Due,
  signer: Signer,
): Promise<Hash | undefined> {
  const { taskId, validator } = own.slot;
  const version = await own.version(duty.version);
  if (version === undefined) {
    throw new ScrutineerError(
      "ballot-unknown",
      `This browser does not hold version ${duty.version}.`,
    );
  }
  const tasks = tasksContract(chain.config, signer);
  if (duty.kind === "open") {
    const opening = { validator, ...version.opening };
    const [refusal = 0n] = await tasks.reveal.staticCall(taskId, [opening]);
    return isTaken(refusal) ? settled(tasks.reveal(taskId, [opening])) : undefined;
  }
  const { admissionIndex, admissionProof } = await own.admission(terms, role);
  const signed = {
    ...version.ballot,
    ...{ admissionIndex, admissionProof: [...admissionProof] },
    ...toCompact(version.signature),
  };
  const [refusal = 0n] = await tasks.commit.staticCall(taskId, [signed]);
  return isTaken(refusal) ? settled(tasks.commit(taskId, [signed])) : undefined;
}

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
