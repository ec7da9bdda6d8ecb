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

/** As many as the service gives at once. */
const PAGE = 1_000;

interface TasksPage {
  readonly page: {
    readonly edges: readonly { readonly node: { readonly taskId: Hash } }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** Receipted versions say where work was handed in, records where it reached the chain: with or without this service. */
const connections = ["ballotVersions", "ballots"] as const;

const tasksIn = (connection: (typeof connections)[number]): string =>
  `query OwnTasks($validator: Address!, $after: String) {
    page: ${connection}(where: { validator: $validator }, first: ${PAGE}, after: $after) {
      edges { node { taskId } }
      pageInfo { hasNextPage endCursor }
    }
  }`;

/** Every task in which the service knows a ballot of this validator, of whichever version. */
export async function findOwnTasks(graphqlUrl: string, validator: Address): Promise<Hash[]> {
  const found = new Set<Hash>();
  for (const connection of connections) {
    let after: string | null = null;
    do {
      const answer: TasksPage = await askGraphql(graphqlUrl, tasksIn(connection), {
        validator,
        after,
      });
      const { edges, pageInfo } = answer.page;
      for (const { node } of edges) found.add(node.taskId);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
  }
  return [...found];
}

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
      const taskIds = await findOwnTasks(config.graphqlUrl, validator);
      return taskIds.map((taskId) => ({ chainId, tasks, taskId, validator }));
    },
    async restore(slot) {
      if (slot.validator !== validator || slot.tasks !== tasks) return 0;
      master ??= masterOf(await wallet.signMessage(masterText(registry)));
      const admission = await readAdmission(api, slot);
      return restoreCopy(api, folder, slot, admission, master, await signIn());
    },
  };
}
