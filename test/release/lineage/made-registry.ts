/** A registry of lineage without a chain: records as a contract would have taken them. */
import { canonicalBytes } from "../../../protocol/item.ts";
import { recordIdOf, sortParents } from "../../../protocol/provenance.ts";
import type { Parent, RecordKind } from "../../../protocol/provenance.ts";
import { sha256, sha256Text } from "../../../protocol/sha256.ts";
import { signingDomain } from "../../../protocol/typed-data.ts";
import type { Address, Hash } from "../../../protocol/words.ts";
import type { MadeRecord, RegistryReader } from "../../../release/lineage/registry-reader.ts";

export const CHAIN_ID = 31_337n;
export const REGISTRY: Address = `0x${"7e".repeat(20)}`;
export const domain = signingDomain(CHAIN_ID, REGISTRY);

export interface MadeRegistry extends RegistryReader {
  /** Records something; its manifest is known from then on, unless it is a hash. */
  record(made: {
    readonly owner: Address;
    readonly kind: RecordKind;
    readonly content: Hash;
    readonly manifest: object | Hash;
    readonly parents?: readonly Parent[];
    readonly coSigner?: Address;
  }): Hash;
  withdraw(recordId: Hash): void;
  readonly readManifest: (hash: Hash) => Promise<Uint8Array | undefined>;
  forget(manifest: object): void;
}

export function makeRegistry(): MadeRegistry {
  const records = new Map<Hash, MadeRecord>();
  const withdrawn = new Set<Hash>();
  const manifests = new Map<Hash, Uint8Array>();
  return {
    address: REGISTRY,
    tasks: () => Promise.resolve(`0x${"01".repeat(20)}`),
    recordOf(recordId) {
      const record = records.get(recordId);
      return Promise.resolve(record && { ...record, isWithdrawn: withdrawn.has(recordId) });
    },
    recordedSince: () => Promise.resolve([...records.values()]),
    record({ owner, kind, content, manifest, parents = [], coSigner }) {
      const recordId = recordIdOf(domain, owner, content);
      const bytes = typeof manifest === "string" ? undefined : canonicalBytes(manifest);
      const manifestHash = bytes === undefined ? (manifest as Hash) : sha256(bytes);
      if (bytes !== undefined) manifests.set(manifestHash, bytes);
      records.set(recordId, {
        ...{ recordId, owner, kind, contentHash: content, manifestHash },
        coSigner: coSigner ?? null,
        parents: sortParents(parents),
      });
      return recordId;
    },
    withdraw: (recordId) => void withdrawn.add(recordId),
    readManifest: (hash) => Promise.resolve(manifests.get(hash)),
    forget: (manifest) => void manifests.delete(sha256(canonicalBytes(manifest))),
  };
}

export function addressOf(name: string): Address {
  return `0x${sha256Text(name).slice(26)}`;
}
