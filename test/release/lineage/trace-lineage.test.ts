import { expect } from "chai";
import { isScrutineerError } from "../../../protocol/errors.ts";
import { canonicalBytes } from "../../../protocol/item.ts";
import { sha256, sha256Text } from "../../../protocol/sha256.ts";
import type { Address, Hash } from "../../../protocol/words.ts";
import type { LineageReport } from "../../../release/lineage/report.ts";
import { traceLineage } from "../../../release/lineage/trace-lineage.ts";
import { lineagePath, MANIFEST_PATH } from "../../../release/paths.ts";
import type { ReleaseReader } from "../../../release/recount/release-reader.ts";
import type { ReleaseManifest } from "../../../release/summary.ts";
import { addressOf, makeRegistry } from "./made-registry.ts";
import type { MadeRegistry } from "./made-registry.ts";

const hash = sha256Text;
const requester = addressOf("requester");
const other = addressOf("another requester");
const stranger = addressOf("stranger");
const manifest = {
  root: hash("rows"),
  tasks: [{ taskId: hash("task") }],
  figures: { leaderboard: [] },
} as unknown as ReleaseManifest;
const manifestBytes = canonicalBytes(manifest);
const tasks = [{ kind: "Task" as const, id: hash("task") }];
const trainingManifest = {
  format: "scrutineer-training/1",
  method: "dpo",
  result: hash("tuned weights"),
};

describe("The recount's last step", () => {
  let registry: MadeRegistry;
  let files: Map<string, Uint8Array>;
  beforeEach(() => {
    registry = makeRegistry();
    files = new Map([[MANIFEST_PATH, manifestBytes]]);
  });

  const reader: ReleaseReader = {
    open: (path) => {
      const bytes = files.get(path);
      return Promise.resolve(
        bytes && {
          byteLength: bytes.length,
          slice: (start, end) => Promise.resolve(bytes.slice(start, end).buffer),
        },
      );
    },
  };
  const layBeside = (made: object): void =>
    void files.set(lineagePath(sha256(canonicalBytes(made))), canonicalBytes(made));

  const recordRelease = (owner: Address, named = sha256(manifestBytes)): Hash =>
    registry.record({
      ...{ owner, kind: "Release", content: manifest.root, manifest: named, parents: tasks },
    });
  const recordModel = (owner: Address, name: string, parents: readonly Hash[] = []): Hash => {
    const model = { format: "scrutineer-model/1", name, executors: [] };
    layBeside(model);
    return registry.record({
      ...{ owner, kind: "Model", content: hash(`${name} weights`), manifest: model },
      parents: parents.map((id) => ({ kind: "Training", id })),
    });
  };
  const recordTraining = (from: Hash, coSigner = addressOf("compute")): Hash => {
    layBeside(trainingManifest);
    return registry.record({
      ...{ owner: requester, kind: "Training", content: hash("log"), coSigner },
      ...{ manifest: trainingManifest },
      parents: [
        { kind: "Release", id: from },
        { kind: "Model", id: recordModel(requester, "base") },
      ],
    });
  };

  type Told = Pick<LineageReport, "records" | "missing">;
  /** What it told, and what it refused; "" where it holds. */
  async function trace(
    asked: { readonly owners?: readonly Address[]; readonly model?: Hash } = {},
  ): Promise<Told & { readonly refusal: string }> {
    let told: Told = { records: [], missing: [] };
    const refusal = await traceLineage(
      reader,
      manifest,
      registry,
      {
        ...{ since: 0n, requesters: new Set([requester, other]) },
        ...{ owners: new Set(asked.owners), model: asked.model },
      },
      (found) => (told = found),
    ).then(
      () => "",
      (error: unknown) => {
        if (!isScrutineerError(error, "recount-failed")) throw error;
        return `${String(error.details["where"])}: ${error.message}`;
      },
    );
    return { ...told, refusal };
  }

  it("holds where nothing was recorded, and where a requester recorded the release", async () => {
    expect((await trace()).refusal).to.equal("");
    const recordId = recordRelease(requester);
    const { records, refusal } = await trace();
    expect(refusal).to.equal("");
    expect(records.map((record) => record.recordId)).to.deep.equal([recordId]);
  });

  describe("given a requester's record that names another manifest", () => {
    const saysSo = /^Release 0x\w+: the record names the manifest/;
    beforeEach(() => void recordRelease(other, hash("another drawing")));

    it("refuses the release where no record that counts is right", async () => {
      recordRelease(stranger);
      const { records, refusal } = await trace();
      expect(refusal).to.match(saysSo);
      expect(records, "told all the same").to.have.length(2);
    });

    it("tells it and holds where another requester, or a named owner, recorded it rightly", async () => {
      recordRelease(stranger);
      const { records, refusal } = await trace({ owners: [stranger] });
      expect(refusal).to.equal("");
      expect(records.find(({ owner }) => owner === other)?.wrong).to.have.length(1);
      recordRelease(requester);
      expect((await trace()).refusal).to.equal("");
    });

    it("refuses it where its owner was named, whoever else is right", async () => {
      recordRelease(requester);
      expect((await trace({ owners: [other] })).refusal).to.match(saysSo);
    });
  });

  it("tells a wrong record that was withdrawn, and holds", async () => {
    registry.withdraw(recordRelease(other, hash("another drawing")));
    for (const asked of [{}, { owners: [other] }]) {
      const { records, refusal } = await trace(asked);
      expect(refusal).to.equal("");
      expect(records[0]).to.include({ isWithdrawn: true, isCounted: true });
    }
  });

  it("does not take a withdrawn record for a right one", async () => {
    recordRelease(other, hash("another drawing"));
    registry.withdraw(recordRelease(requester));
    expect((await trace()).refusal).to.match(/names the manifest/);
  });

  it("refuses a counted training whose result is another model", async () => {
    recordModel(requester, "other", [recordTraining(recordRelease(requester))]);
    expect((await trace()).refusal).to.match(
      /^Training 0x\w+: no model made from it is the result/,
    );
  });

  it("refuses a manifest beside the release that has not the sha-256 it lies under", async () => {
    const model = recordModel(requester, "tuned", [recordTraining(recordRelease(requester))]);
    files.set(lineagePath(sha256(canonicalBytes(trainingManifest))), canonicalBytes({}));
    expect((await trace({ model })).refusal).to.match(/^lineage\/\S+: sha-256/);
  });

  describe("asked for a model", () => {
    it("holds where it came out of a training on the release, nothing missing", async () => {
      const model = recordModel(requester, "tuned", [recordTraining(recordRelease(requester))]);
      expect((await trace({ model })).refusal).to.equal("");
    });

    it("refuses what is missing on the way, and what nobody recorded", async () => {
      const training = recordTraining(recordRelease(requester));
      const model = recordModel(requester, "tuned", [training]);
      files.delete(lineagePath(sha256(canonicalBytes(trainingManifest))));
      expect((await trace()).refusal).to.equal("");
      expect((await trace({ model })).refusal).to.match(
        /its manifest 0x\w+ is not here|is not known here/,
      );
      expect((await trace({ model: hash("nobody's") })).refusal).to.match(/no model recorded/);
    });

    it("refuses a model that did not come from the release", async () => {
      recordTraining(recordRelease(requester));
      const model = recordModel(requester, "base");
      expect((await trace({ model })).refusal).to.match(
        /no model recorded as made from this release/,
      );
    });

    it("refuses a record that is none: the release itself, a training on it", async () => {
      const release = recordRelease(requester);
      const training = recordTraining(release);
      recordModel(requester, "tuned", [training]);
      for (const model of [release, training]) {
        expect((await trace({ model })).refusal).to.equal(
          `record ${model}: no model recorded as made from this release`,
        );
      }
    });
  });
});
