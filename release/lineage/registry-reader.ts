/**
 * What is asked of ProvenanceRegistry: logs and the latest state. A record's parents are in its event alone, so what was
 * made from something is found by reading the events; there are none before the thing itself.
 */
import type { Provider } from "ethers";
import { IProvenanceRegistry__factory } from "../../bindings/index.ts";
import { parentKinds } from "../../protocol/provenance.ts";
import type { Parent, ParentKind, RecordKind } from "../../protocol/provenance.ts";
import { toAddress, ZERO_ADDRESS } from "../../protocol/words.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { ask, askIfAny, createLogReader } from "../recount/ask-chain.ts";
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

const NOT_THERE = "the registry of lineage named in the manifest is not there";

export function readRegistry(provider: Provider, given: Address): RegistryReader {
  const address = toAddress(given);
  const registry = IProvenanceRegistry__factory.connect(address, provider);
  const recorded = registry.interface.getEvent("Recorded");
  const readLogs = createLogReader(provider);

  return {
    address,
    tasks: async () => toAddress(await ask(() => registry.tasks(), NOT_THERE)),

    async recordOf(recordId) {
      const unknown = registry.interface.encodeErrorResult("RecordUnknown", [recordId]);
      const record = await askIfAny(() => registry.recordOf(recordId), unknown, NOT_THERE);
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
      const logs = await readLogs(address, [recorded.topicHash], Number(block));
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
