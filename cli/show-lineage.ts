/** A record with all it was made from, as text: a tree down to the tasks. */
import type { ParentKind, RecordKind } from "../protocol/provenance.ts";
import type { Address, Hash } from "../protocol/words.ts";
import { printable } from "./printable.ts";

/** One step: `recordId` was made from `parentId`. */
export interface LineageStep {
  readonly recordId: Hash;
  readonly kind: ParentKind;
  readonly parentId: Hash;
  readonly parentRecord: {
    readonly owner: Address;
    readonly withdrawnAt: string | null;
  } | null;
}

export interface LineageRecord {
  readonly recordId: Hash;
  readonly kind: RecordKind;
  readonly owner: Address;
  readonly contentHash: Hash;
  readonly manifestHash: Hash;
  readonly coSigner: Address | null;
  readonly withdrawnAt: string | null;
  readonly withdrawnReason: string | null;
  readonly blockNumber: string;
  readonly txHash: Hash;
  readonly lineage: readonly LineageStep[];
  readonly children: {
    readonly totalCount: number;
    readonly edges: readonly {
      readonly node: {
        readonly record: {
          readonly recordId: Hash;
          readonly kind: RecordKind;
          readonly owner: Address;
          readonly withdrawnAt: string | null;
        };
      };
    }[];
  };
}

export interface LineageAnswer {
  readonly provenanceRecord: LineageRecord | null;
}

export const LINEAGE_QUERY = `query ($recordId: Hash!) {
  provenanceRecord(recordId: $recordId) {
    recordId kind owner contentHash manifestHash coSigner withdrawnAt withdrawnReason blockNumber txHash
    lineage { recordId kind parentId parentRecord { owner withdrawnAt } }
    children(first: 100) { totalCount edges { node { record { recordId kind owner withdrawnAt } } } }
  }
}`;

export function lineageLines(record: LineageRecord): string[] {
  const { edges, totalCount } = record.children;
  const children = edges.map(
    ({ node }) =>
      `  ${node.record.kind} ${node.record.recordId}${note(node.record.owner, node.record.withdrawnAt)}`,
  );
  const more = totalCount - edges.length;
  return [
    `${record.kind}  ${record.recordId}`,
    ...(record.withdrawnAt === null
      ? []
      : [`withdrawn  ${timeOf(record.withdrawnAt)}: ${printable(record.withdrawnReason ?? "")}`]),
    `owner      ${record.owner}`,
    `co-signer  ${record.coSigner ?? "nobody"}`,
    `content    ${record.contentHash}`,
    `manifest   ${record.manifestHash}`,
    `recorded   block ${record.blockNumber}, transaction ${record.txHash}`,
    "made from",
    ...orNothing(ancestorLines(record)),
    "made from it",
    ...orNothing(more > 0 ? [...children, `  and ${more} more`] : children),
  ];
}

/** Each record's own parents are shown once, where it comes up first. */
function ancestorLines({ recordId, lineage }: LineageRecord): string[] {
  const stepsOf = new Map<Hash, LineageStep[]>();
  for (const step of lineage) {
    const steps = stepsOf.get(step.recordId);
    if (steps === undefined) stepsOf.set(step.recordId, [step]);
    else steps.push(step);
  }
  const lines: string[] = [];
  const shown = new Set<Hash>();
  const visit = (id: Hash, indent: string): void => {
    for (const { kind, parentId, parentRecord } of stepsOf.get(id) ?? []) {
      const again = shown.has(parentId) && stepsOf.has(parentId);
      const after = parentRecord === null ? "" : note(parentRecord.owner, parentRecord.withdrawnAt);
      lines.push(`${indent}${kind} ${parentId}${after}${again ? ", as above" : ""}`);
      if (again) continue;
      shown.add(parentId);
      visit(parentId, `${indent}  `);
    }
  };
  visit(recordId, "  ");
  return lines;
}

function note(owner: Address, withdrawnAt: string | null): string {
  return ` of ${owner}${withdrawnAt === null ? "" : `, withdrawn ${timeOf(withdrawnAt)}`}`;
}

function orNothing(lines: string[]): string[] {
  return lines.length === 0 ? ["  nothing"] : lines;
}

/** `2027-01-08 12:00:00 UTC`. */
function timeOf(seconds: string): string {
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
