/** Claims of omission, and what the bond has for them. */
import { bondShareOf } from "../../protocol/bond-shares.ts";
import { certain, findBallot, findTask, findValidator } from "./find-row.ts";
import { Ballot, Claim, Task, Validator } from "./tables.ts";

Claim.ref.implement({
  description: Claim.spec.description,
  fields: (t) => ({
    ...Claim.fields(t),
    paid: t.boolean({ resolve: ({ paidUnits }) => paidUnits !== null }),
    shareUnits: t.field({
      type: "BigInt",
      nullable: true,
      description:
        "What the bond has for it, and once it is paid, what it was paid; null until the bond is released, for claims may come. A fee that the token keeps is not seen before the payment.",
      resolve: async ({ taskId, claimUnits, paidUnits }, _args, context) => {
        if (paidUnits !== null) return paidUnits;
        const task = await certain(findTask(context, taskId));
        return task.bondReleased
          ? bondShareOf(claimUnits, task.operatorBond, task.claimedUnits)
          : null;
      },
    }),
    task: t.field({
      type: Task.ref,
      resolve: ({ taskId }, _args, context) => certain(findTask(context, taskId)),
    }),
    owner: t.field({
      type: Validator.ref,
      resolve: ({ validator }, _args, context) => certain(findValidator(context, validator)),
    }),
    ballot: t.field({
      type: Ballot.ref,
      nullable: true,
      description: "The record on chain, if there is one: an older version, or one never opened.",
      resolve: async ({ taskId, validator }, _args, context) =>
        (await findBallot(context, taskId, validator)) ?? null,
    }),
  }),
});
