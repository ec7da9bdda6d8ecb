/** Records of lineage, and the steps between them. */
import type * as chain from "../../store/schema/chain.ts";
import { findLineages } from "../../store/chain-queries.ts";
import { certain, findRecord, findTask } from "./find-row.ts";
import { ProvenanceParent, ProvenanceRecord, Task } from "./tables.ts";

ProvenanceRecord.ref.implement({
  description: ProvenanceRecord.spec.description,
  fields: (t) => ({
    ...ProvenanceRecord.fields(t),
    parents: ProvenanceParent.below(
      t,
      ["recordId"],
      ({ recordId }) => [recordId],
      "What it was made from.",
    ),
    children: ProvenanceParent.below(
      t,
      ["parentId"],
      ({ recordId }) => [recordId],
      "What was made from it, by anybody.",
    ),
    lineage: t.field({
      type: [ProvenanceParent.ref],
      description:
        "Every step up to the tasks, newest first. The lineages of one request bring 10,000 steps at most, all together; what is beyond is left out.",
      complexity: { field: 10, multiplier: 100 },
      resolve: ({ recordId }, _args, context) =>
        context
          .loader<string, chain.ProvenanceParent[]>("lineages", async (ids) => {
            const lineages = await findLineages(context.db, ids);
            return ids.map((id) => lineages.get(id) ?? []);
          })
          .load(recordId),
    }),
  }),
});

ProvenanceParent.ref.implement({
  description: ProvenanceParent.spec.description,
  fields: (t) => ({
    ...ProvenanceParent.fields(t),
    record: t.field({
      type: ProvenanceRecord.ref,
      description: "What was made.",
      resolve: ({ recordId }, _args, context) => certain(findRecord(context, recordId)),
    }),
    parentRecord: t.field({
      type: ProvenanceRecord.ref,
      nullable: true,
      description: "What it was made from; null where that is a task.",
      resolve: async ({ kind, parentId }, _args, context) =>
        kind === "Task" ? null : certain(findRecord(context, parentId)),
    }),
    parentTask: t.field({
      type: Task.ref,
      nullable: true,
      description: "The task it was made from; null where that is a record.",
      resolve: async ({ kind, parentId }, _args, context) =>
        kind === "Task" ? ((await findTask(context, parentId)) ?? null) : null,
    }),
  }),
});
