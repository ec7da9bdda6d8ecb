/**
 * What is asked of ProvenanceRegistry: logs and the latest state. A record's parents are in its event alone, so what was
 * made from something is found by reading the events; there are none before the thing itself.
 */
import { isCallException } from "ethers";
import type { Log, Provider } from "ethers";
import { IProvenanceRegistry__factory } from "../../bindings/index.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { parentKinds } from "../../protocol/provenance.ts";
import type { Parent, ParentKind, RecordKind } from "../../protocol/provenance.ts";
import { toAddress, ZERO_ADDRESS } from "../../protocol/words.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";
import { doesNotHold } from "../recount/report.ts";

export interface RegistryReader {
  readonly address: Address;
  /** Where its parents of kind `Task` live. */
  tasks(): Promise<Address>;
  /** Undefined where there is no such record. */
  recordOf(recordId: Hash): Promise<RegistryRecord | undefined>;
  /** Those made in this block or later, in order. */
  recordedSince(block: bigint): Promise<MadeRecord[]>;
}

interface RecordWords {
  readonly recordId: Hash;
  readonly owner: Address;
  readonly kind: RecordKind;
  readonly contentHash: Hash;
  readonly manifestHash: Hash;
  readonly coSigner: Address | null;
}

export interface RegistryRecord extends RecordWords {
  readonly isWithdrawn: boolean;
}

export interface MadeRecord extends RecordWords {
  readonly parents: readonly Parent[];
}

export function readRegistry(provider: Provider, given: Address): RegistryReader {
  const address = toAddress(given);
  const registry = IProvenanceRegistry__factory.connect(address, provider);
  const recorded = registry.interface.getEvent("Recorded");

  /** Half as many blocks at once whenever the server finds them too many, as public ones do. */
  async function logsSince(from: number): Promise<Log[]> {
    const until = await ask(() => provider.getBlockNumber());
    const found: Log[] = [];
    let span = Number.MAX_SAFE_INTEGER;
    for (let start = from; start <= until;) {
      const end = Math.min(until, start + span - 1);
      try {
        const topics = [recorded.topicHash];
        found.push(
          ...(await provider.getLogs({ address, topics, fromBlock: start, toBlock: end })),
        );
        start = end + 1;
      } catch (cause) {
        if (end === start) throw unreachable(cause);
        span = Math.floor((end - start + 1) / 2);
      }
    }
    return found;
  }

  return {
    address,
    tasks: async () => toAddress(await ask(() => registry.tasks())),

    async recordOf(recordId) {
      const unknown = registry.interface.encodeErrorResult("RecordUnknown", [recordId]);
      const record = await ask(() => registry.recordOf(recordId), unknown);
      if (record === undefined) return undefined;
      const { owner, kind, coSigner, contentHash, manifestHash, withdrawnAt } = record;
      return {
        recordId,
        ...wordsOf(owner, kind, coSigner),
        contentHash,
        manifestHash,
        isWithdrawn: withdrawnAt !== 0n,
      };
    },

    async recordedSince(block) {
      const logs = await logsSince(Number(block));
      return logs.map((log) => {
        const { args } = registry.interface.parseLog(log)!;
        const parents = args["parents"] as readonly { kind: bigint; id: Hash }[];
        return {
          recordId: args["recordId"] as Hash,
          ...wordsOf(args["owner"] as string, args["kind"] as bigint, args["coSigner"] as string),
          contentHash: args["contentHash"] as Hash,
          manifestHash: args["manifestHash"] as Hash,
          parents: parents.map(({ kind, id }) => ({ kind: kindOf(kind), id })),
        };
      });
    },
  };
}

function wordsOf(
  owner: string,
  kind: bigint,
  coSigner: string,
): Pick<RecordWords, "owner" | "kind" | "coSigner"> {
  const signer = toAddress(coSigner);
  return {
    owner: toAddress(owner),
    // The contract records no task.
    kind: kindOf(kind) as RecordKind,
    coSigner: signer === ZERO_ADDRESS ? null : signer,
  };
}

function kindOf(number: bigint): ParentKind {
  const kind = parentKinds[Number(number)];
  if (kind === undefined) throw doesNotHold("chain", `a record of an unknown kind ${number}`);
  return kind;
}

async function ask<T>(question: () => Promise<T>): Promise<T>;
async function ask<T>(question: () => Promise<T>, nothing: Hex): Promise<T | undefined>;
/** A contract that answers otherwise is not the registry. `nothing`: the revert that says that there is none. */
async function ask<T>(question: () => Promise<T>, nothing?: Hex): Promise<T | undefined> {
  try {
    return await question();
  } catch (error) {
    const data = revertDataOf(error);
    if (data === undefined) throw unreachable(error);
    if (data === nothing) return undefined;
    throw doesNotHold("chain", "the registry of lineage named in the manifest is not there");
  }
}

/** What a call was answered with in place of a value, if it was; some providers hand their node's own error on. */
function revertDataOf(error: unknown): Hex | undefined {
  if (isCallException(error)) return error.data ?? "0x";
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && error.code === "BAD_DATA") return "0x";
  return "data" in error && typeof error.data === "string" ? error.data : undefined;
}

function unreachable(cause: unknown): ScrutineerError {
  return new ScrutineerError("chain-unreachable", "the chain does not answer", {}, { cause });
}
