/** Records of lineage as commands make them: drafts, co-signatures, and the transactions that state them. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { IProvenanceRegistry } from "../bindings/index.ts";
import { ScrutineerError } from "../protocol/errors.ts";
import {
  coSignatureDigest,
  kindNumber,
  parentRules,
  recordIdOf,
  sortParents,
  type RecordDraft,
  type RecordKind,
} from "../protocol/provenance.ts";
import { sha256 } from "../protocol/sha256.ts";
import { signingDomain, type SigningDomain } from "../protocol/typed-data.ts";
import { toAddress, toHash, type Address, type Hash, type Hex } from "../protocol/words.ts";
import { lineagePath } from "../release/paths.ts";
import { signDigest } from "../runtime/signatures.ts";
import { readBytes } from "./read-file.ts";
import { sendTransaction } from "./send-transaction.ts";

export interface CoSigned {
  readonly coSigner: Address;
  readonly signature: Hex;
}

export interface Recorded {
  readonly recordId: Hash;
  readonly transaction: Hash;
}

/** @param registry connected to the owner's wallet, which is the draft's */
export async function recordProvenance(
  registry: IProvenanceRegistry,
  draft: RecordDraft,
  coSigned?: CoSigned,
): Promise<Recorded> {
  const fields = [
    kindNumber(draft.kind),
    draft.contentHash,
    draft.parents.map(({ kind, id }) => ({ kind: kindNumber(kind), id })),
    draft.manifestHash,
  ] as const;
  const transaction = await sendTransaction(
    registry,
    () =>
      coSigned === undefined
        ? registry.record(...fields)
        : registry.recordCosigned(...fields, coSigned.coSigner, coSigned.signature),
    "registry",
  );
  const domain = await provenanceDomain(registry);
  return { recordId: recordIdOf(domain, draft.owner, draft.contentHash), transaction };
}

export async function withdrawRecord(
  registry: IProvenanceRegistry,
  recordId: Hash,
  reason: string,
): Promise<Hash> {
  return sendTransaction(registry, () => registry.withdraw(recordId, reason), "registry");
}

/** A second party's word for a record that the draft's owner is about to make. */
export function coSign(
  domain: SigningDomain,
  draft: RecordDraft,
  coSigner: Address,
  privateKey: Hash,
): CoSigned {
  return {
    coSigner,
    signature: signDigest(coSignatureDigest(domain, draft, coSigner), privateKey),
  };
}

/** The domain of co-signatures and output receipts. */
export async function provenanceDomain(registry: IProvenanceRegistry): Promise<SigningDomain> {
  const network = await registry.runner?.provider?.getNetwork();
  if (network === undefined) throw new ScrutineerError("internal", "a registry without a chain");
  return signingDomain(network.chainId, toAddress(await registry.getAddress()));
}

const hash = z.string().transform((text) => toHash(text));
const releaseManifest = z.object({ root: hash, tasks: z.array(z.object({ taskId: hash })).min(1) });

/** A release's folder as the draft of its record: its root, its tasks, its `manifest.json`. */
export async function draftOfRelease(folder: string, owner: Address): Promise<RecordDraft> {
  const file = join(folder, "manifest.json");
  const bytes = await readBytes(file);
  const parsed = releaseManifest.safeParse(parseJson(bytes));
  if (!parsed.success) {
    throw new ScrutineerError("release-invalid", `${file} is no manifest of a release`, { file });
  }
  const { root, tasks } = parsed.data;
  return {
    owner,
    kind: "Release",
    contentHash: root,
    parents: sortParents(tasks.map(({ taskId }) => ({ kind: "Task", id: taskId }))),
    manifestHash: sha256(bytes),
  };
}

/** Lays a record's manifest beside a release under its hash, where the recount looks for it. */
export async function keepManifest(releaseFolder: string, manifest: Uint8Array): Promise<Hash> {
  const hash = sha256(manifest);
  const file = join(releaseFolder, lineagePath(hash));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, manifest);
  return hash;
}

/** What a kind of record must be made from, in words. */
export function neededParents(kind: RecordKind): string {
  return parentRules[kind].needed.map((parent) => `a ${parent}`).join(" and ") || "nothing";
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
