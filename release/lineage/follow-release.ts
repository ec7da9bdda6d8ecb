/**
 * From a release onward: its record, the trainings on it, the models that came out, the evaluations of its tasks. The
 * contract saw to parents and co-signatures; here what stands behind the hashes is held together, as far as it is known:
 * manifests lie beside the release, each under its sha-256.
 */
import { isScrutineerError } from "../../protocol/errors.ts";
import type { ParentKind } from "../../protocol/provenance.ts";
import {
  readEvaluationManifest,
  readModelManifest,
  readTrainingManifest,
} from "../../protocol/record-manifest.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import type { MadeRecord, RegistryReader } from "./registry-reader.ts";
import type { TracedRecord } from "./report.ts";

export interface FollowedRelease {
  /** Of its rows: the content of its record. */
  readonly root: Hash;
  /** sha-256 of `manifest.json`. */
  readonly manifestHash: Hash;
  readonly taskIds: readonly Hash[];
  /** sha-256 of the manifest's leaderboard as canonical JSON: the content of an evaluation of it. */
  readonly leaderboardHash: Hash;
}

export interface FollowOptions {
  /** No record can name one of the tasks before it. */
  readonly since: bigint;
  /** Whose records count. */
  readonly owners: ReadonlySet<Address>;
  /** Bytes with this sha-256, as far as they are here. */
  readonly readManifest: (hash: Hash) => Promise<Uint8Array | undefined>;
}

export interface Followed {
  readonly records: readonly TracedRecord[];
  readonly missing: readonly string[];
  /** Ids of all that a traced record was made from, so far as it is traced itself. */
  pathTo(recordId: Hash): readonly TracedRecord[];
}

/** A record with what was found of it so far. */
interface Finding {
  readonly record: MadeRecord;
  name?: string;
  readonly missing: string[];
  readonly wrong: string[];
}

export async function followRelease(
  release: FollowedRelease,
  registry: RegistryReader,
  { since, owners, readManifest }: FollowOptions,
): Promise<Followed> {
  const made = await registry.recordedSince(since);
  const findings: Finding[] = [];
  const note = (record: MadeRecord): Finding => {
    const finding: Finding = { record, missing: [], wrong: [] };
    findings.push(finding);
    return finding;
  };
  const madeFrom = (parents: readonly MadeRecord[], kind: MadeRecord["kind"]): MadeRecord[] => {
    const ids = new Set(parents.map(({ recordId }) => recordId));
    return made.filter((one) => one.kind === kind && one.parents.some(({ id }) => ids.has(id)));
  };

  const releases = made.filter(
    ({ kind, contentHash }) => kind === "Release" && contentHash === release.root,
  );
  for (const record of releases) checkRelease(note(record), release);

  const trainings = madeFrom(releases, "Training");
  const models = madeFrom(trainings, "Model");
  for (const record of trainings) {
    await checkTraining(note(record), madeFrom([record], "Model"), readManifest);
  }
  for (const record of models) {
    const finding = note(record);
    finding.name = await readName(finding, readManifest);
    await checkResult(finding, trainings, readManifest);
  }
  const evaluations = made.filter(
    (one) =>
      one.kind === "Evaluation" &&
      one.parents.some(
        ({ id }) => release.taskIds.includes(id) || models.some(({ recordId }) => recordId === id),
      ),
  );
  for (const record of evaluations) await checkEvaluation(note(record), release, readManifest);

  const records = await Promise.all(
    findings.map(async (finding) => toTraced(finding, registry, owners)),
  );
  const traced = new Map(records.map((one) => [one.recordId, one]));
  const parentsOf = new Map(findings.map(({ record }) => [record.recordId, record.parents]));
  return {
    records,
    missing: findMissing(records),
    pathTo(recordId) {
      const path = new Map<Hash, TracedRecord>();
      const visit = (id: Hash): void => {
        const one = traced.get(id);
        if (one === undefined || path.has(id)) return;
        path.set(id, one);
        for (const parent of parentsOf.get(id) ?? []) visit(parent.id);
      };
      visit(recordId);
      return [...path.values()];
    },
  };
}

// ------------------------------------------------------------------------------------------------------------ each kind

function checkRelease({ record, wrong }: Finding, release: FollowedRelease): void {
  if (record.manifestHash !== release.manifestHash) {
    wrong.push(
      `the record names the manifest ${record.manifestHash}, manifest.json has ${release.manifestHash}`,
    );
  }
  if (!areSameTasks(record, release)) wrong.push("its tasks are not those of the release");
}

async function checkTraining(
  finding: Finding,
  results: readonly MadeRecord[],
  readManifest: FollowOptions["readManifest"],
): Promise<void> {
  const { record, missing, wrong } = finding;
  if (record.coSigner === null) missing.push("nobody who supplied the compute co-signed it");
  const manifest = await readAs(finding, readManifest, readTrainingManifest);
  if (manifest === undefined) return;
  finding.name = manifest.method;
  if (results.some(({ contentHash }) => contentHash === manifest.result)) return;
  if (results.length === 0) missing.push(`no record of the resulting model ${manifest.result}`);
  else wrong.push(`no model made from it is the result it names, ${manifest.result}`);
}

/** The model is what its training says came out. */
async function checkResult(
  { record, missing, wrong }: Finding,
  trainings: readonly MadeRecord[],
  readManifest: FollowOptions["readManifest"],
): Promise<void> {
  for (const id of parentsOfKind(record, "Training")) {
    const training = trainings.find(({ recordId }) => recordId === id);
    // A training on something else is not this release's matter.
    if (training === undefined) continue;
    const bytes = await readManifest(training.manifestHash);
    const result = bytes && tryRead(() => readTrainingManifest(bytes).result);
    if (result === undefined) missing.push(`which result training ${id} names is not known here`);
    else if (result !== record.contentHash) {
      wrong.push(`its content is ${record.contentHash}, training ${id} names the result ${result}`);
    }
  }
}

async function checkEvaluation(
  finding: Finding,
  release: FollowedRelease,
  readManifest: FollowOptions["readManifest"],
): Promise<void> {
  const { record, missing, wrong } = finding;
  const bytes = await readManifest(record.manifestHash);
  if (bytes === undefined) {
    missing.push(`its manifest ${record.manifestHash} is not here`);
    return;
  }
  const manifest = tryRead(() => readEvaluationManifest(bytes));
  if (manifest === undefined || manifest.release !== release.root) {
    missing.push("it is of a kind that is not recomputed here");
    return;
  }
  if (!areSameTasks(record, release)) wrong.push("its tasks are not those of the release");
  if (record.contentHash !== release.leaderboardHash) {
    wrong.push(
      `its content is ${record.contentHash}, the recounted leaderboard has ${release.leaderboardHash}`,
    );
  }
}

async function readName(
  finding: Finding,
  readManifest: FollowOptions["readManifest"],
): Promise<string> {
  return (await readAs(finding, readManifest, readModelManifest))?.name ?? "";
}

// ------------------------------------------------------------------------------------------------------------- together

async function toTraced(
  { record, name, missing, wrong }: Finding,
  registry: RegistryReader,
  owners: ReadonlySet<Address>,
): Promise<TracedRecord> {
  const { recordId, kind, owner, coSigner, contentHash, parents } = record;
  const isWithdrawn = async (id: Hash): Promise<boolean> =>
    (await registry.recordOf(id))?.isWithdrawn === true;
  const withdrawnParents: Hash[] = [];
  for (const parent of parents) {
    if (parent.kind !== "Task" && (await isWithdrawn(parent.id))) withdrawnParents.push(parent.id);
  }
  return {
    recordId,
    kind,
    owner,
    coSigner,
    contentHash,
    ...(name === undefined || name === "" ? {} : { name }),
    isWithdrawn: await isWithdrawn(recordId),
    withdrawnParents,
    isCounted: owners.has(owner),
    missing,
    wrong,
  };
}

function findMissing(records: readonly TracedRecord[]): string[] {
  const steps = [
    ["Release", "no record of this release"],
    ["Training", "no training on this release"],
    ["Model", "no model that came out of a training on this release"],
    ["Evaluation", "no evaluation of its tasks"],
  ] as const;
  return steps
    .filter(([kind]) => !records.some((one) => one.kind === kind && one.isCounted))
    .map(([, words]) => words);
}

function areSameTasks(record: MadeRecord, { taskIds }: FollowedRelease): boolean {
  const named = parentsOfKind(record, "Task");
  return named.length === taskIds.length && taskIds.every((taskId) => named.includes(taskId));
}

function parentsOfKind({ parents }: MadeRecord, wanted: ParentKind): Hash[] {
  return parents.filter(({ kind }) => kind === wanted).map(({ id }) => id);
}

/** The manifest the record names; where it is not here or is none, the finding says so. */
async function readAs<T>(
  { record, missing, wrong }: Finding,
  readManifest: FollowOptions["readManifest"],
  read: (bytes: Uint8Array) => T,
): Promise<T | undefined> {
  const bytes = await readManifest(record.manifestHash);
  if (bytes === undefined) {
    missing.push(`its manifest ${record.manifestHash} is not here`);
    return undefined;
  }
  const manifest = tryRead(() => read(bytes));
  if (manifest === undefined) wrong.push("its manifest is not in the agreed form");
  return manifest;
}

function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isScrutineerError(error)) return undefined;
    throw error;
  }
}
