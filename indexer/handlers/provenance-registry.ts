/** ProvenanceRegistry: which models, releases, trainings and evaluations were made from what. */
import type {
  RecordedEvent,
  RecordWithdrawnEvent,
} from "../../bindings/interfaces/IProvenanceRegistry.ts";
import type { ParentKind, RecordKind } from "../../protocol/provenance.ts";
import { parentKinds } from "../../protocol/provenance.ts";
import { toAddress, ZERO_ADDRESS } from "../../protocol/words.ts";
import type { Change } from "../../store/chain-writes.ts";
import { fact, put, type ChainState, type FactPosition, type Handler } from "../changes.ts";

function kindOf(value: bigint): ParentKind {
  const kind = parentKinds[Number(value)];
  if (kind === undefined) throw new RangeError(`no such kind: ${value}`);
  return kind;
}

function recorded(args: RecordedEvent.OutputObject, at: FactPosition): Change[] {
  const coSigner = toAddress(args.coSigner);
  return [
    put("provenanceRecords", {
      recordId: args.recordId,
      owner: toAddress(args.owner),
      // The contract records no task.
      kind: kindOf(args.kind) as RecordKind,
      contentHash: args.contentHash,
      manifestHash: args.manifestHash,
      coSigner: coSigner === ZERO_ADDRESS ? null : coSigner,
      withdrawnAt: null,
      withdrawnReason: null,
      withdrawnTx: null,
      ...at,
    }),
    ...args.parents.map(({ kind, id }, position) =>
      fact("provenanceParents", {
        recordId: args.recordId,
        position,
        kind: kindOf(kind),
        parentId: id,
        ...at,
      }),
    ),
  ];
}

function recordWithdrawn(
  args: RecordWithdrawnEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  return [
    put("provenanceRecords", {
      ...state.record(args.recordId),
      withdrawnAt: at.blockTimestamp,
      withdrawnReason: args.reason,
      withdrawnTx: at.txHash,
    }),
  ];
}

export interface ProvenanceRegistryEvents {
  Recorded: RecordedEvent.OutputObject;
  RecordWithdrawn: RecordWithdrawnEvent.OutputObject;
}

export const provenanceRegistryHandlers: {
  readonly [Name in keyof ProvenanceRegistryEvents]: Handler<ProvenanceRegistryEvents[Name]>;
} = {
  Recorded: recorded,
  RecordWithdrawn: recordWithdrawn,
};
