/** `scrutineer provenance`: what was made from what, recorded on chain, shown, and withdrawn. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { Wallet } from "ethers";
import type { PublicConfig } from "../../api/schemas/config.ts";
import type { IProvenanceRegistry } from "../../bindings/index.ts";
import { IProvenanceRegistry__factory } from "../../bindings/index.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import {
  findDraftFault,
  parentKinds,
  recordKinds,
  sortParents,
  type Parent,
  type ParentKind,
  type RecordDraft,
  type RecordKind,
} from "../../protocol/provenance.ts";
import { sha256 } from "../../protocol/sha256.ts";
import { toAddress, toHash, type Address, type Hash } from "../../protocol/words.ts";
import { createApiClient, DEFAULT_API } from "../api-client.ts";
import { action, type AddCommand } from "../command.ts";
import { openProvider } from "../deployment.ts";
import { askGraphql } from "../graphql-client.ts";
import type { Json, Output, Result } from "../output.ts";
import { readBytes, readPrivateKey } from "../read-file.ts";
import {
  coSign,
  draftOfRelease,
  keepManifest,
  neededParents,
  provenanceDomain,
  recordProvenance,
  withdrawRecord,
  type CoSigned,
} from "../record-provenance.ts";
import { addReceiptsCommand } from "./provenance-receipts.ts";
import { lineageLines, LINEAGE_QUERY, type LineageAnswer } from "../show-lineage.ts";

interface PlaceOptions {
  readonly api: string;
  readonly rpc?: string;
  readonly registry?: string;
}

interface DraftOptions {
  readonly kind?: RecordKind;
  readonly content?: string;
  readonly manifest?: string;
  readonly parent: readonly Parent[];
  readonly release?: string;
}

interface RecordOptions extends PlaceOptions, DraftOptions {
  readonly key: string;
  readonly coSigner?: string;
  readonly coSignature?: string;
  readonly coSignerKey?: string;
  readonly beside?: string;
}

interface CoSignOptions extends PlaceOptions, DraftOptions {
  readonly key: string;
  readonly owner: string;
  readonly coSigner?: string;
}

interface WithdrawOptions extends PlaceOptions {
  readonly key: string;
  readonly reason: string;
}

export const addProvenanceCommand: AddCommand = (program) => {
  const provenance = program
    .command("provenance")
    .description("record what was made from what: models, releases, trainings, evaluations");
  place(draft(provenance.command("record").description("record something as its owner")))
    .requiredOption("--key <file>", "the owner's private key, 0x text")
    .option("--co-signer <address>", "a second party that stands by it, with --co-signature")
    .option("--co-signature <hex>", "what `provenance co-sign` printed for it")
    .option("--co-signer-key <file>", "in their place: the second party's private key")
    .option("--beside <dir>", "keep the manifest beside this release, where `verify` looks for it")
    .action(action(record));
  place(draft(provenance.command("co-sign").description("stand by what another is to record")))
    .requiredOption("--key <file>", "the second party's private key, 0x text")
    .requiredOption("--owner <address>", "who will record it")
    .option("--co-signer <address>", "a contract wallet (ERC-1271) that the key signs for")
    .action(action(giveCoSignature));
  addReceiptsCommand(provenance, DEFAULT_API);
  provenance
    .command("show")
    .description("a record, all it was made from, and what was made from it")
    .argument("<id>", "the record's id")
    .option("--api <url>", "the REST interface to ask", DEFAULT_API)
    .action(action(show));
  place(
    provenance
      .command("withdraw")
      .description("mark a record as withdrawn; it stays, and so does what was made from it")
      .argument("<id>", "the record's id"),
  )
    .requiredOption("--key <file>", "the owner's private key, 0x text")
    .requiredOption("--reason <text>", "on chain for ever: no names, no personal data")
    .action(action(withdraw));
};

function place(command: Command): Command {
  return command
    .option("--api <url>", "names chain and registry, unless both are given", DEFAULT_API)
    .option("--rpc <url>", "the chain; default: the one the service names")
    .option("--registry <address>", "the registry of lineage; default: the one the service names");
}

function draft(command: Command): Command {
  return command
    .addOption(new Option("--kind <kind>", "what it is").choices(recordKinds))
    .option("--content <file>", "what is recorded: a file, or its hash (0x and 64 digits)")
    .option("--manifest <file>", "JSON that describes it, or its sha-256")
    .option(
      "--parent <kind:id>",
      `what it was made from, as ${parentKinds.join(", ")}:0x…; again for each`,
      addParent,
      [] as readonly Parent[],
    )
    .option("--release <dir>", "record this release; kind, content, tasks and manifest follow");
}

// -------------------------------------------------------------------------------------------------------------- record

async function record(_output: Output, options: RecordOptions): Promise<Result> {
  const key = await readPrivateKey(options.key);
  const { manifest, beside } = options;
  if (beside !== undefined && (manifest === undefined || isHash(manifest))) {
    throw invalid("--beside needs the manifest itself");
  }
  return withRegistry(options, key, async (registry, owner) => {
    const whole = await readDraft(options, owner);
    if (beside !== undefined) await keepManifest(beside, await readBytes(manifest as string));
    const coSigned = await readCoSigned(options, whole, registry);
    const { recordId, transaction } = await recordProvenance(registry, whole, coSigned);
    return {
      json: { recordId, ...toJson(whole), coSigner: coSigned?.coSigner ?? null, transaction },
      text: [
        `${whole.kind}  ${recordId}`,
        `content     ${whole.contentHash}`,
        `manifest    ${whole.manifestHash}`,
        `made from   ${whole.parents.map(({ kind, id }) => `${kind} ${id}`).join(", ") || "nothing"}`,
        `co-signer   ${coSigned?.coSigner ?? "nobody"}`,
        `transaction ${transaction}`,
      ].join("\n"),
    };
  });
}

async function giveCoSignature(_output: Output, options: CoSignOptions): Promise<Result> {
  const key = await readPrivateKey(options.key);
  return withRegistry(options, key, async (registry, self) => {
    const whole = await readDraft(options, toAddress(options.owner));
    const coSigner = options.coSigner === undefined ? self : toAddress(options.coSigner);
    const { signature } = coSign(await provenanceDomain(registry), whole, coSigner, key);
    return {
      json: { ...toJson(whole), coSigner, coSignature: signature },
      text: `--co-signer ${coSigner} --co-signature ${signature}`,
    };
  });
}

/** What the options say, held to the contract's rules as far as they depend on nothing else. */
async function readDraft(options: DraftOptions, owner: Address): Promise<RecordDraft> {
  const whole = await draftFrom(options, owner);
  const fault = findDraftFault(whole);
  if (fault === undefined) return whole;
  const needed = neededParents(whole.kind);
  throw invalid(`${fault}: a ${whole.kind} is made from ${needed} at least; see docs/protocol.md`);
}

async function draftFrom(options: DraftOptions, owner: Address): Promise<RecordDraft> {
  const { kind, content, manifest, release } = options;
  if (release !== undefined) {
    if (kind !== undefined || content !== undefined || manifest !== undefined) {
      throw invalid("--release says kind, content and manifest itself");
    }
    const whole = await draftOfRelease(release, owner);
    return { ...whole, parents: sortParents([...whole.parents, ...options.parent]) };
  }
  if (kind === undefined || content === undefined || manifest === undefined) {
    throw invalid("a record needs --kind, --content and --manifest, or --release");
  }
  return {
    owner,
    kind,
    contentHash: await hashOf(content),
    parents: sortParents(options.parent),
    manifestHash: await hashOf(manifest),
  };
}

async function readCoSigned(
  { coSigner, coSignature, coSignerKey }: RecordOptions,
  whole: RecordDraft,
  registry: IProvenanceRegistry,
): Promise<CoSigned | undefined> {
  if (coSignerKey !== undefined) {
    const key = await readPrivateKey(coSignerKey);
    const by = coSigner === undefined ? new Wallet(key).address : coSigner;
    return coSign(await provenanceDomain(registry), whole, toAddress(by), key);
  }
  if (coSigner === undefined && coSignature === undefined) return undefined;
  if (coSigner === undefined || coSignature === undefined) {
    throw invalid("--co-signer and --co-signature belong together");
  }
  if (!/^0x([0-9a-fA-F]{2})*$/.test(coSignature)) throw invalid("--co-signature is no 0x text");
  return { coSigner: toAddress(coSigner), signature: coSignature };
}

/** A hash as it is; else the sha-256 of the file of that name. */
async function hashOf(given: string): Promise<Hash> {
  return isHash(given) ? toHash(given) : sha256(await readBytes(given));
}

function isHash(given: string): boolean {
  return /^0x[0-9a-fA-F]{64}$/.test(given);
}

function addParent(given: string, parents: readonly Parent[]): readonly Parent[] {
  const [, name, id] = /^([a-z]+):(0x[0-9a-f]{64})$/i.exec(given) ?? [];
  const kind = parentKinds.find((one) => one.toLowerCase() === name?.toLowerCase());
  if (kind === undefined || id === undefined) {
    throw new InvalidArgumentError(`One of ${parentKinds.join(", ")}, a colon, and the id.`);
  }
  return [...parents, { kind, id: toHash(id) }];
}

// ------------------------------------------------------------------------------------------------------ show, withdraw

async function show(_output: Output, options: { api: string }, id: string): Promise<Result> {
  const recordId = toHash(id);
  const { graphqlUrl } = await createApiClient(options.api).get<PublicConfig>("/config");
  const { provenanceRecord } = await askGraphql<LineageAnswer>(graphqlUrl, LINEAGE_QUERY, {
    recordId,
  });
  if (provenanceRecord === null) {
    throw new ScrutineerError("not-found", `no record ${recordId} is indexed there`, { recordId });
  }
  return {
    json: provenanceRecord as unknown as { [key: string]: Json },
    text: lineageLines(provenanceRecord).join("\n"),
  };
}

async function withdraw(_output: Output, options: WithdrawOptions, id: string): Promise<Result> {
  const recordId = toHash(id);
  const key = await readPrivateKey(options.key);
  return withRegistry(options, key, async (registry) => {
    const transaction = await withdrawRecord(registry, recordId, options.reason);
    return {
      json: { recordId, reason: options.reason, transaction },
      text: `withdrawn  ${recordId}\ntransaction ${transaction}`,
    };
  });
}

// --------------------------------------------------------------------------------------------------------------- place

/** The registry with this key's wallet behind it; the connection ends with the work. */
async function withRegistry(
  options: PlaceOptions,
  privateKey: Hash,
  work: (registry: IProvenanceRegistry, self: Address) => Promise<Result>,
): Promise<Result> {
  const { rpcUrl, address } = await findRegistry(options);
  const provider = await openProvider(rpcUrl);
  try {
    const wallet = new Wallet(privateKey, provider);
    const registry = IProvenanceRegistry__factory.connect(address, wallet);
    await registry.tasks().catch((cause: unknown) => {
      throw new ScrutineerError(
        "contract-missing",
        `there is no registry of lineage at ${address}`,
        { registry: address },
        { cause },
      );
    });
    return await work(registry, wallet.address.toLowerCase());
  } finally {
    provider.destroy();
  }
}

async function findRegistry(
  options: PlaceOptions,
): Promise<{ readonly rpcUrl: string; readonly address: Address }> {
  const { api, rpc, registry } = options;
  if (rpc !== undefined && registry !== undefined) {
    return { rpcUrl: rpc, address: toAddress(registry) };
  }
  const config = await createApiClient(api).get<PublicConfig>("/config");
  const address = registry ?? config.contracts.provenanceRegistry;
  if (address === undefined) {
    throw invalid("the service names no registry of lineage; give --registry");
  }
  return { rpcUrl: rpc ?? config.rpcUrl, address: toAddress(address) };
}

function toJson({ owner, kind, contentHash, manifestHash, parents }: RecordDraft): {
  readonly [key: string]: Json;
} {
  return {
    owner,
    kind,
    contentHash,
    manifestHash,
    parents: parents.map((parent: { kind: ParentKind; id: Hash }) => ({ ...parent })),
  };
}

function invalid(message: string): ScrutineerError {
  return new ScrutineerError("invalid-input", message);
}
