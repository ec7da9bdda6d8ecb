import { expect } from "chai";
import { sha256Text } from "../../../protocol/sha256.ts";
import type { Hash } from "../../../protocol/words.ts";
import { followRelease } from "../../../release/lineage/follow-release.ts";
import type { Followed } from "../../../release/lineage/follow-release.ts";
import type { TracedRecord } from "../../../release/lineage/report.ts";
import { addressOf, makeRegistry } from "./made-registry.ts";
import type { MadeRegistry } from "./made-registry.ts";

const hash = sha256Text;
const requester = addressOf("requester");
const compute = addressOf("compute");
const release = {
  root: hash("rows"),
  manifestHash: hash("manifest.json"),
  taskIds: [hash("task 1"), hash("task 2")],
  leaderboardHash: hash("leaderboard"),
};
const tasks = release.taskIds.map((id) => ({ kind: "Task" as const, id }));
const trainingManifest = {
  format: "scrutineer-training/1",
  method: "dpo",
  result: hash("tuned weights"),
};

describe("What was made from a release", () => {
  let registry: MadeRegistry;
  beforeEach(() => {
    registry = makeRegistry();
  });

  const recordRelease = (owner = requester, manifest: Hash = release.manifestHash): Hash =>
    registry.record({
      ...{ owner, kind: "Release", content: release.root, manifest, parents: tasks },
    });
  const recordBase = (): Hash =>
    registry.record({
      ...{ owner: requester, kind: "Model", content: hash("base weights") },
      manifest: { format: "scrutineer-model/1", name: "base", executors: [] },
    });
  function recordTraining(from: Hash, coSigner?: string, manifest = trainingManifest): Hash {
    return registry.record({
      ...{ owner: requester, kind: "Training", content: hash("log"), manifest },
      parents: [
        { kind: "Release", id: from },
        { kind: "Model", id: recordBase() },
      ],
      ...(coSigner === undefined ? {} : { coSigner }),
    });
  }
  const recordResult = (training: Hash, content = hash("tuned weights")): Hash =>
    registry.record({
      ...{ owner: requester, kind: "Model", content },
      manifest: { format: "scrutineer-model/1", name: "tuned", executors: [] },
      parents: [{ kind: "Training", id: training }],
    });
  const recordEvaluation = (content: Hash, parents = tasks): Hash =>
    registry.record({
      ...{ owner: requester, kind: "Evaluation", content, parents },
      manifest: { format: "scrutineer-evaluation/1", release: release.root },
    });

  const follow = (owners = [requester]): Promise<Followed> =>
    followRelease(release, registry, {
      since: 0n,
      owners: new Set(owners),
      readManifest: registry.readManifest,
    });
  const only = ({ records }: Followed, recordId: Hash): TracedRecord => {
    const found = records.find((one) => one.recordId === recordId);
    if (found === undefined) throw new Error("not traced");
    return found;
  };
  const faults = ({ wrong, missing }: TracedRecord): object => ({ wrong, missing });
  const none = { wrong: [], missing: [] };

  it("is traced from its record over a co-signed training to the model and an evaluation", async () => {
    const released = recordRelease();
    const training = recordTraining(released, compute);
    const model = recordResult(training);
    const evaluation = recordEvaluation(release.leaderboardHash);
    const followed = await follow();
    expect(followed.missing).to.deep.equal([]);
    expect(followed.records.map(({ recordId }) => recordId)).to.deep.equal([
      released,
      training,
      model,
      evaluation,
    ]);
    for (const record of followed.records) {
      expect(faults(record), record.kind).to.deep.equal(none);
      expect(record).to.include({ isCounted: true, isWithdrawn: false });
    }
    expect(only(followed, training).coSigner).to.equal(compute);
    expect(only(followed, model).name).to.equal("tuned");
    expect(followed.pathTo(model).map(({ recordId }) => recordId)).to.deep.equal([
      model,
      training,
      released,
    ]);
  });

  it("is said to be missing where nobody recorded it", async () => {
    const { records, missing } = await follow();
    expect(records).to.deep.equal([]);
    expect(missing).to.have.length(4);
  });

  it("says that nobody co-signed a training", async () => {
    const training = recordTraining(recordRelease());
    recordResult(training);
    expect(faults(only(await follow(), training))).to.deep.equal({
      wrong: [],
      missing: ["nobody who supplied the compute co-signed it"],
    });
  });

  it("says that the model is not the result its training names", async () => {
    const training = recordTraining(recordRelease(), compute);
    const model = recordResult(training, hash("other weights"));
    const followed = await follow();
    expect(only(followed, training).wrong).to.deep.equal([
      `no model made from it is the result it names, ${hash("tuned weights")}`,
    ]);
    expect(only(followed, model).wrong[0]).to.match(/^its content is 0x\w+, training 0x\w+ names/);
  });

  it("says which result no model was recorded for, and which manifest is not there", async () => {
    const training = recordTraining(recordRelease(), compute);
    expect(only(await follow(), training).missing).to.deep.equal([
      `no record of the resulting model ${hash("tuned weights")}`,
    ]);
    const model = recordResult(training);
    registry.forget(trainingManifest);
    const followed = await follow();
    expect(only(followed, training).missing[0]).to.match(/^its manifest 0x\w+ is not here$/);
    expect(only(followed, model).missing[0]).to.match(/^which result training/);
  });

  it("says that a training's manifest is none", async () => {
    const training = recordTraining(recordRelease(), compute, { ...trainingManifest, method: "" });
    expect(only(await follow(), training).wrong).to.deep.equal([
      "its manifest is not in the agreed form",
    ]);
  });

  it("says that a record of the release names another manifest, or other tasks", async () => {
    const released = recordRelease(requester, hash("another manifest"));
    const elsewhere = registry.record({
      ...{ owner: compute, kind: "Release", content: release.root },
      ...{ manifest: release.manifestHash, parents: tasks.slice(1) },
    });
    const followed = await follow();
    expect(only(followed, released).wrong[0]).to.match(/^the record names the manifest 0x/);
    expect(only(followed, elsewhere).wrong).to.deep.equal([
      "its tasks are not those of the release",
    ]);
  });

  it("counts only what the requesters, or who else is named, recorded: anyone may record anything", async () => {
    const stranger = addressOf("stranger");
    const theirs = recordRelease(stranger, hash("junk"));
    const followed = await follow();
    expect(only(followed, theirs).isCounted).to.equal(false);
    expect(followed.missing[0]).to.equal("no record of this release");
    expect(only(await follow([stranger]), theirs).isCounted).to.equal(true);
  });

  it("tells what was withdrawn, and what was made from it, and holds it against nobody", async () => {
    const released = recordRelease();
    const training = recordTraining(released, compute);
    recordResult(training);
    registry.withdraw(released);
    const followed = await follow();
    expect(only(followed, released).isWithdrawn).to.equal(true);
    expect(only(followed, training).withdrawnParents).to.deep.equal([released]);
    for (const record of followed.records) expect(faults(record)).to.deep.equal(none);
  });

  it("recomputes an evaluation of the release's leaderboard, and leaves others alone", async () => {
    const wrong = recordEvaluation(hash("another leaderboard"));
    const fewer = recordEvaluation(hash("a third one"), tasks.slice(1));
    const other = registry.record({
      ...{ owner: requester, kind: "Evaluation", content: hash("accuracy") },
      ...{ manifest: { format: "theirs" }, parents: tasks },
    });
    const unknown = registry.record({
      ...{ owner: requester, kind: "Evaluation", content: hash("unknown") },
      ...{ manifest: hash("nobody has it"), parents: tasks },
    });
    const followed = await follow();
    expect(only(followed, wrong).wrong[0]).to.match(/^its content is 0x\w+, the recounted/);
    expect(only(followed, fewer).wrong[0]).to.equal("its tasks are not those of the release");
    expect(faults(only(followed, other))).to.deep.equal({
      wrong: [],
      missing: ["it is of a kind that is not recomputed here"],
    });
    expect(only(followed, unknown).missing[0]).to.match(/is not here$/);
  });
});
