import { expect } from "chai";
import { canonicalJson } from "../../protocol/item.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import type { RecordKind } from "../../protocol/provenance.ts";
import { parentsOf, stagesOf } from "../../web/lineage/lineage-graph.ts";
import type { Task } from "../../web/data/schemas.ts";
import { fetchLineageTasks } from "../../web/lineage/lineage-tasks.ts";
import type { LineageGraph, LineageRecord } from "../../web/lineage/lineage-graph.ts";
import { outputModelsOf } from "../../web/lineage/output-models.ts";

const hash = sha256Text;
const address = `0x${"11".repeat(20)}`;
const record = (name: string, kind: RecordKind, recordedAt: number): LineageRecord => ({
  ...{ recordId: hash(name), kind, owner: address, coSigner: null, recordedAt },
  ...{ contentHash: hash(`${name}'s content`), manifestHash: hash(`${name}'s manifest`) },
  ...{ withdrawnAt: null, withdrawnReason: null, txHash: hash(`${name}'s transaction`) },
});

describe("the lineage page", () => {
  const graph: LineageGraph = {
    records: [
      record("evaluation", "Evaluation", 7),
      record("tuned", "Model", 6),
      record("training", "Training", 5),
      record("base", "Model", 4),
      record("release 2", "Release", 3),
      record("release 1", "Release", 2),
      record("writer", "Model", 1),
    ],
    steps: [
      { recordId: hash("tuned"), kind: "Training", parentId: hash("training") },
      { recordId: hash("training"), kind: "Model", parentId: hash("base") },
      { recordId: hash("training"), kind: "Release", parentId: hash("release 1") },
      { recordId: hash("release 1"), kind: "Task", parentId: hash("task") },
    ],
    taskIds: [hash("task")],
    isCut: false,
  };
  const writer = { taskId: hash("task"), modelId: hash("writer"), name: "writer", outputs: 3 };

  it("shows everything once, in the order in which it is made", () => {
    const { tasks, ...stages } = stagesOf(graph, [writer]);
    const ids = Object.fromEntries(
      Object.entries(stages).map(([stage, records]) => [
        stage,
        records.map(({ recordId }) => recordId),
      ]),
    );
    expect(tasks).to.deep.equal([hash("task")]);
    expect(ids).to.deep.equal({
      writers: [hash("writer")],
      releases: [hash("release 1"), hash("release 2")],
      bases: [hash("base")],
      trainings: [hash("training")],
      results: [hash("tuned")],
      evaluations: [hash("evaluation")],
    });
  });

  it("names what each record was made from", () => {
    expect(parentsOf(graph, hash("training")).map(({ parentId }) => parentId)).to.deep.equal([
      hash("base"),
      hash("release 1"),
    ]);
    expect(parentsOf(graph, hash("writer"))).to.deep.equal([]);
  });

  it("shows the other tasks where the content of one is not here, or our server tells nothing of it", async () => {
    const lost = new Error("There is no content with this hash.");
    const known = { title: "known" } as Task;
    const found = await fetchLineageTasks(["whole", "bare", "unknown"], {
      task: (taskId) =>
        taskId === "unknown" ? Promise.reject(lost) : Promise.resolve({ ...known, taskId }),
      writers: ({ taskId }) =>
        taskId === "bare" ? Promise.reject(lost) : Promise.resolve([{ ...writer, taskId }]),
    });
    expect(found).to.deep.equal([
      {
        ...{ taskId: "whole", task: { ...known, taskId: "whole" } },
        ...{ writers: [{ ...writer, taskId: "whole" }], missing: undefined },
      },
      {
        ...{ taskId: "bare", task: { ...known, taskId: "bare" } },
        ...{ writers: [], missing: lost.message },
      },
      { taskId: "unknown", task: undefined, writers: [], missing: lost.message },
    ]);
  });

  it("counts each model's receipts in an annex, and takes one without any", () => {
    const receipt = (name: string): object => ({
      ...{ modelId: hash(name), executor: address, parametersHash: hash("parameters") },
      ...{ promptHash: hash("prompt"), outputHash: hash("output"), generatedAt: 1 },
      signature: `0x${"22".repeat(65)}`,
    });
    const model = (name: string): object => ({
      modelId: hash(name),
      manifest: canonicalJson({ format: "scrutineer-model/1", name, executors: [address] }),
    });
    const annex = {
      items: [
        { receiptA: receipt("heron"), receiptB: receipt("otter") },
        { receiptB: receipt("otter") },
        {},
      ],
      models: [model("heron"), model("otter")],
    };
    const counted = outputModelsOf(hash("task"), annex).map(({ name, outputs }) => [name, outputs]);
    expect(counted).to.deep.equal([
      ["otter", 2],
      ["heron", 1],
    ]);
    expect(outputModelsOf(hash("task"), { items: [{}] })).to.deep.equal([]);
  });
});
