/** The states a batch of events touches, read once before, changed in memory as the events go by, written once after. */
import type { Address, Hash } from "../protocol/words.ts";
import { toAddress, toHash } from "../protocol/words.ts";
import {
  stateTables,
  type FactChange,
  type LoadedStates,
  type StateChange,
  type StateKeys,
  type StateName,
  type UndoEntry,
} from "../store/chain-writes.ts";
import type {
  Ballot,
  Claim,
  ProvenanceRecord,
  Session,
  Task,
  Validator,
} from "../store/schema/chain.ts";
import { missing, type ChainState } from "./changes.ts";
import type { ChainEvent } from "./decode-log.ts";
import { feedbackTasksHandlers } from "./handlers/feedback-tasks.ts";
import { provenanceRegistryHandlers } from "./handlers/provenance-registry.ts";
import { stakeRegistryHandlers } from "./handlers/stake-registry.ts";

/** Which rows the handlers of these events may read or change, by the names of the events' arguments. */
export function keysOf(events: readonly ChainEvent[]): StateKeys {
  const tasks = new Set<Hash>();
  const validators = new Set<Address>();
  const sessions: [Address, Address][] = [];
  const ballots: [Hash, Address][] = [];
  const claims: [Hash, Address][] = [];
  const records = new Set<Hash>();
  for (const { name, args: named } of events) {
    const taskId = typeof named["taskId"] === "string" ? toHash(named["taskId"]) : undefined;
    const validator =
      typeof named["validator"] === "string" ? toAddress(named["validator"]) : undefined;
    if (taskId !== undefined) tasks.add(taskId);
    if (validator !== undefined) validators.add(validator);
    if (typeof named["operator"] === "string") validators.add(toAddress(named["operator"]));
    if (taskId !== undefined && validator !== undefined) {
      ballots.push([taskId, validator]);
      if (name === "OmissionClaimed" || name === "ClaimPaid") claims.push([taskId, validator]);
    }
    if (typeof named["recordId"] === "string") records.add(toHash(named["recordId"]));
    if (validator !== undefined && typeof named["key"] === "string") {
      sessions.push([validator, toAddress(named["key"])]);
    }
  }
  return { tasks, validators, sessions, ballots, claims, records };
}

type AnyHandlers = Readonly<
  Record<
    string,
    | ((args: never, at: ChainEvent["at"], state: ChainState) => (FactChange | StateChange)[])
    | undefined
  >
>;

const handlers: Readonly<Record<ChainEvent["contract"], AnyHandlers>> = {
  stakeRegistry: stakeRegistryHandlers,
  feedbackTasks: feedbackTasksHandlers,
  provenanceRegistry: provenanceRegistryHandlers,
};

export class WorkingSet implements ChainState {
  readonly facts: FactChange[] = [];
  readonly #rows = new Map<string, Record<string, unknown>>();
  readonly #changed = new Map<string, StateChange>();
  readonly #undo = new Map<string, UndoEntry>();

  constructor(
    loaded: LoadedStates,
    readonly commons: Address,
  ) {
    for (const name of Object.keys(stateTables) as StateName[]) {
      for (const row of loaded[name]) this.#rows.set(idOf(name, row), row);
    }
  }

  /** Lets the event's handler speak, and takes its changes as the present. */
  apply(event: ChainEvent): void {
    const handler = handlers[event.contract][event.name];
    if (handler === undefined) return;
    for (const change of handler(event.args as never, event.at, this)) {
      if ("fact" in change) this.facts.push(change);
      else this.#put(change, event.at.blockNumber);
    }
  }

  /** The newest row of each state that changed. */
  get states(): StateChange[] {
    return [...this.#changed.values()];
  }

  /** What each changed row was before each block. */
  get undo(): UndoEntry[] {
    return [...this.#undo.values()];
  }

  #put(change: StateChange, blockNumber: bigint): void {
    const row = change.row as Record<string, unknown>;
    const id = idOf(change.state, row);
    const undoId = `${blockNumber} ${id}`;
    if (!this.#undo.has(undoId)) {
      this.#undo.set(undoId, {
        blockNumber,
        tableName: change.state,
        key: keyOf(change.state, row),
        before: this.#rows.get(id) ?? null,
      });
    }
    this.#rows.set(id, row);
    this.#changed.set(id, change);
  }

  task(taskId: Hash): Task {
    return this.#read<Task>("tasks", [taskId]) ?? absent(`task ${taskId}`);
  }

  validator(validator: Address): Validator {
    return this.#read<Validator>("validators", [validator]) ?? absent(`validator ${validator}`);
  }

  session(validator: Address, key: Address): Session {
    return this.#read<Session>("sessions", [validator, key]) ?? absent(`session ${key}`);
  }

  ballot(taskId: Hash, validator: Address): Ballot {
    return this.findBallot(taskId, validator) ?? absent(`ballot of ${validator} in ${taskId}`);
  }

  findBallot(taskId: Hash, validator: Address): Ballot | undefined {
    return this.#read<Ballot>("ballots", [taskId, validator]);
  }

  claim(taskId: Hash, validator: Address): Claim {
    return this.findClaim(taskId, validator) ?? absent(`claim of ${validator} in ${taskId}`);
  }

  findClaim(taskId: Hash, validator: Address): Claim | undefined {
    return this.#read<Claim>("claims", [taskId, validator]);
  }

  record(recordId: Hash): ProvenanceRecord {
    return (
      this.#read<ProvenanceRecord>("provenanceRecords", [recordId]) ?? absent(`record ${recordId}`)
    );
  }

  #read<Row>(name: StateName, key: readonly string[]): Row | undefined {
    return this.#rows.get(`${name} ${key.join(" ")}`) as Row | undefined;
  }
}

function keyOf(name: StateName, row: object): string[] {
  return stateTables[name].key.map((column) => (row as Record<string, string>)[column] as string);
}

function idOf(name: StateName, row: object): string {
  return `${name} ${keyOf(name, row).join(" ")}`;
}

function absent(what: string): never {
  throw missing(what);
}
