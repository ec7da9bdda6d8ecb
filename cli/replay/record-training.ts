/**
 * The end of the trace: the release on chain, an evaluation of it, and a training on it that whoever supplied the compute
 * co-signed, with the model that came out. No model is trained here: the manifests say so, and everything else is as it
 * would be.
 */
import { join } from "node:path";
import type { JsonRpcProvider, Wallet } from "ethers";
import type { PublicConfig } from "../../api/schemas/config.ts";
import { canonicalBytes } from "../../protocol/item.ts";
import { sortParents } from "../../protocol/provenance.ts";
import type { Parent, RecordDraft, RecordKind } from "../../protocol/provenance.ts";
import { sha256, sha256Text } from "../../protocol/sha256.ts";
import type { Hash } from "../../protocol/words.ts";
import { MANIFEST_PATH } from "../../release/paths.ts";
import type { ReleaseManifest } from "../../release/summary.ts";
import { readJson } from "../read-file.ts";
import {
  coSign,
  draftOfRelease,
  keepManifest,
  provenanceDomain,
  recordProvenance,
} from "../record-provenance.ts";
import { connectRegistry, partyOf } from "./record-models.ts";
import type { Party } from "./record-models.ts";

export interface RecordedTraining {
  readonly release: Hash;
  readonly evaluation: Hash;
  readonly baseModel: Hash;
  readonly training: Hash;
  /** The model that came out: where the trace ends. */
  readonly model: Hash;
}

const NOTE = "Replayed: nothing was trained, the record shows how a training is recorded.";

/** @param requester of the task: its word is the one that counts */
export async function recordTraining(
  provider: JsonRpcProvider,
  contracts: PublicConfig["contracts"],
  requester: Wallet,
  folder: string,
): Promise<RecordedTraining> {
  const owner = requester.address.toLowerCase();
  const registry = await connectRegistry(provider, contracts, requester);
  const compute = partyOf("compute");
  const manifest = (await readJson(join(folder, MANIFEST_PATH))) as ReleaseManifest;
  const { root } = manifest;

  const draft = async (
    kind: RecordKind,
    contentHash: Hash,
    parents: readonly Parent[],
    about: object,
  ): Promise<RecordDraft> => {
    const manifestHash = await keepManifest(folder, canonicalBytes({ ...about, note: NOTE }));
    return { owner, kind, contentHash, parents: sortParents(parents), manifestHash };
  };
  const record = async (whole: RecordDraft, coSigner?: Party): Promise<Hash> => {
    const coSigned =
      coSigner === undefined
        ? undefined
        : coSign(await provenanceDomain(registry), whole, coSigner.address, coSigner.privateKey);
    return (await recordProvenance(registry, whole, coSigned)).recordId;
  };

  const released = await draftOfRelease(folder, owner);
  const release = await record(released);
  const baseModel = await record(
    await draft("Model", sha256Text(`base weights for ${root}`), [], {
      format: "scrutineer-model/1",
      name: "base",
      executors: [],
    }),
  );
  const result = sha256Text(`weights trained on ${root}`);
  const training = await record(
    await draft(
      "Training",
      sha256Text(`log of a training on ${root}`),
      [
        { kind: "Release", id: release },
        { kind: "Model", id: baseModel },
      ],
      { format: "scrutineer-training/1", method: "direct preference optimization", result },
    ),
    compute,
  );
  const model = await record(
    await draft("Model", result, [{ kind: "Training", id: training }], {
      format: "scrutineer-model/1",
      name: "tuned",
      executors: [],
    }),
  );
  const leaderboardHash = sha256(canonicalBytes(manifest.figures.leaderboard));
  const evaluation = await record(
    await draft(
      "Evaluation",
      leaderboardHash,
      released.parents.filter(({ kind }) => kind === "Task"),
      { format: "scrutineer-evaluation/1", release: root, method: "bradley-terry" },
    ),
  );
  return { release, evaluation, baseModel, training, model };
}
