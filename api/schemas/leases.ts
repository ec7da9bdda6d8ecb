import { z } from "zod";
import { address, content, count, hash, seconds } from "./values.ts";

export const lease = z
  .object({
    lease: z.object({ itemIndex: count, deadline: seconds }),
    item: z.object({
      itemIndex: count,
      prompt: content,
      outputA: content,
      outputB: content,
      promptHash: hash,
      outputAHash: hash,
      outputBHash: hash,
      proof: z.array(hash).meta({
        description:
          "StandardMerkleTree proof of (uint256 itemIndex, bytes32, bytes32, bytes32) in itemsRoot",
      }),
    }),
    /** Items still to be had by this validator, this one included; a lower bound. */
    remaining: count,
  })
  .meta({ id: "Lease" });
export type LeaseJson = z.infer<typeof lease>;

/** Body of a claim, optional: items this validator has set aside come last, or not at all. */
export const leaseRequest = z
  .object({
    skip: z.array(z.int().min(0).max(4095)).max(4096).default([]),
    /** Absent: the wallet signs, or any session that lasts until commits end. */
    key: address.optional(),
  })
  .meta({
    id: "LeaseRequest",
    description: "skip: items not to be handed out now; key: the session key that will sign",
  });
export const leasePath = z.object({
  taskId: hash,
  itemIndex: z.coerce.number().int().min(0).max(4095),
});
