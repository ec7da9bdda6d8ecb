/** A validator's own copies with a service: which ballots there are, and how their openings come back. */
import type { Wallet } from "ethers";
import type { PublicConfig } from "../../api/schemas/config.ts";
import { masterOf, masterText } from "../../protocol/master-secret.ts";
import type { CopySlot } from "../../protocol/opening-copy.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import type { ApiClient } from "../api-client.ts";
import { askGraphql } from "../graphql-client.ts";
import { readAdmission } from "./admission.ts";
import type { BallotFolder } from "./ballot-folder.ts";
import { restoreCopy } from "./opening-copies.ts";
import { createSignIn } from "./sign-in.ts";

export interface OwnCopies {
  /** Of the wallet's own ballots, in every task that the service knows one in. */
  list(): Promise<CopySlot[]>;
  /** Answers how many versions came; 0 for somebody else's ballot. */
  restore(slot: CopySlot): Promise<number>;
}

interface OwnTasks {
  readonly receipted: { readonly edges: readonly { readonly node: { readonly taskId: Hash } }[] };
  readonly recorded: OwnTasks["receipted"];
}

const OWN_TASKS = `query OwnTasks($validator: Address!) {
  receipted: ballotVersions(where: { validator: $validator, version: 1 }, first: 1000) { edges { node { taskId } } }
  recorded: ballots(where: { validator: $validator }, first: 1000) { edges { node { taskId } } }
}`;

/** @param account where the key's own address is not the validator: a contract that stands by what it signs */
export async function openOwnCopies(
  api: ApiClient,
  wallet: Wallet,
  folder: BallotFolder,
  account: Address = wallet.address.toLowerCase(),
): Promise<OwnCopies> {
  const config = await api.get<PublicConfig>("/config");
  const chainId = BigInt(config.chainId);
  const tasks = config.contracts.feedbackTasks.toLowerCase();
  const validator = account;
  const signIn = createSignIn(api, wallet, account, config.chainId);
  const registry = signingDomain(chainId, config.contracts.stakeRegistry.toLowerCase());
  let master: Hash | undefined;
  return {
    async list() {
      const found = await askGraphql<OwnTasks>(config.graphqlUrl, OWN_TASKS, { validator });
      const edges = [...found.receipted.edges, ...found.recorded.edges];
      const taskIds = new Set(edges.map(({ node }) => node.taskId));
      return [...taskIds].map((taskId) => ({ chainId, tasks, taskId, validator }));
    },
    async restore(slot) {
      if (slot.validator !== validator || slot.tasks !== tasks) return 0;
      master ??= masterOf(await wallet.signMessage(masterText(registry)));
      const admission = await readAdmission(api, slot);
      return restoreCopy(api, folder, slot, admission, master, await signIn());
    },
  };
}
