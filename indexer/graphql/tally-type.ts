/** Votes on an item. */
import type { Hash } from "../../protocol/words.ts";
import { findTallies, type ItemTally, type VoteCounts } from "../../store/chain-queries.ts";
import { builder } from "./builder.ts";
import type { RequestContext } from "./context.ts";

const VoteCountsType = builder.objectRef<VoteCounts>("VoteCounts").implement({
  description: "Effective votes for output A, for output B, and ties.",
  fields: (t) => ({ a: t.exposeInt("a"), b: t.exposeInt("b"), tie: t.exposeInt("tie") }),
});

export const TallyType = builder.objectRef<ItemTally>("Tally").implement({
  description: "Counts on an item, humans and AIs apart.",
  fields: (t) => ({
    human: t.field({ type: VoteCountsType, resolve: ({ human }) => human }),
    ai: t.field({ type: VoteCountsType, resolve: ({ ai }) => ai }),
  }),
});

export function tallyOf(
  taskId: Hash,
  itemIndex: number,
  context: RequestContext,
): Promise<ItemTally> {
  return context
    .loader<string, ItemTally>("tallies", async (ids) => {
      const tallies = await findTallies(context.db, ids);
      return ids.map((id) => tallies.get(id) as ItemTally);
    })
    .load(`${taskId}/${itemIndex}`);
}
