/** Golds, and what people's votes make of them. */
import { certain, findItem, findTask } from "./find-row.ts";
import { findGoldJudgment } from "./gold-judgment.ts";
import { Gold, Item, Task } from "./tables.ts";
import { TallyType, tallyOf } from "./tally-type.ts";

Gold.ref.implement({
  description: Gold.spec.description,
  fields: (t) => ({
    ...Gold.fields(t),
    task: t.field({
      type: Task.ref,
      resolve: ({ taskId }, _args, context) => certain(findTask(context, taskId)),
    }),
    item: t.field({
      type: Item.ref,
      nullable: true,
      description: "Null until the task's manifest has been found.",
      resolve: async ({ taskId, itemIndex }, _args, context) =>
        (await findItem(context, taskId, itemIndex)) ?? null,
    }),
    tally: t.field({
      type: TallyType,
      resolve: ({ taskId, itemIndex }, _args, context) => tallyOf(taskId, itemIndex, context),
    }),
    void: t.boolean({
      nullable: true,
      description:
        "Whether people's final votes contradict it, so that it counts for nobody; null until they are held against it.",
      complexity: 5,
      resolve: async ({ taskId, itemIndex }, _args, context) => {
        const judgment = await findGoldJudgment(await certain(findTask(context, taskId)), context);
        return judgment?.void.some((gold) => gold.itemIndex === itemIndex) ?? null;
      },
    }),
  }),
});
