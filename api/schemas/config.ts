import { z } from "zod";
import { address, count, hash } from "./values.ts";

export const publicConfig = z
  .object({
    chainId: count,
    rpcUrl: z.string(),
    graphqlUrl: z.string(),
    contracts: z.object({
      token: address,
      stakeRegistry: address,
      feedbackTasks: address,
      /** Left out where lineage is not indexed. */
      provenanceRegistry: address.optional(),
    }),
    operator: address,
    receiptKey: address,
    localChain: z.boolean(),
    /** The local chain's funded and staked accounts, whose keys are no secret. */
    localAccounts: z
      .array(z.object({ address, privateKey: hash, role: z.string().optional() }))
      .optional(),
    anchorSeconds: count,
  })
  .meta({ id: "Config" });
export type PublicConfig = z.infer<typeof publicConfig>;
