/** What handlers read and what they answer. A handler is pure: event and present states in, changes out. */
import type { Change, FactName, FactRow, StateName, StateRow } from "../store/chain-writes.ts";
import type {
  Ballot,
  Claim,
  ProvenanceRecord,
  Session,
  Task,
  Validator,
} from "../store/schema/chain.ts";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Address, Hash } from "../protocol/words.ts";

export interface FactPosition {
  readonly blockNumber: bigint;
  readonly blockHash: Hash;
  readonly blockTimestamp: bigint;
  readonly txHash: Hash;
  readonly logIndex: number;
}

/** Present rows. Each getter throws where the chain would have had to state the thing before: we missed something. */
export interface ChainState {
  /** Where what nobody earned goes. */
  readonly commons: Address;
  task(taskId: Hash): Task;
  validator(validator: Address): Validator;
  session(validator: Address, key: Address): Session;
  ballot(taskId: Hash, validator: Address): Ballot;
  findBallot(taskId: Hash, validator: Address): Ballot | undefined;
  claim(taskId: Hash, validator: Address): Claim;
  findClaim(taskId: Hash, validator: Address): Claim | undefined;
  record(recordId: Hash): ProvenanceRecord;
}

export type Handler<Args> = (args: Args, at: FactPosition, state: ChainState) => Change[];

/** A new row of facts. */
export function fact<Name extends FactName>(name: Name, row: FactRow<Name>): Change {
  return { fact: name, row } as Change;
}

/** The new row of a state. */
export function put<Name extends StateName>(name: Name, row: StateRow<Name>): Change {
  return { state: name, row } as Change;
}

/** An event that cannot be: our own reading of the chain has a hole. */
export function missing(what: string): ScrutineerError {
  return new ScrutineerError("internal", `an event speaks of ${what}, which was never stated`, {});
}
