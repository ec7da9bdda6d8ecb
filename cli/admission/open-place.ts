/** Where lists are drawn: a chain and the deployment on it, named outright or by a service. */
import type { PublicConfig } from "../../api/schemas/config.ts";
import type { DrawingRule } from "../../protocol/admission.ts";
import { toAddress, type Address, type Role } from "../../protocol/words.ts";
import { readAdmission } from "../../release/recount/admission-reader.ts";
import { createApiClient } from "../api-client.ts";
import { openProvider, readDeployment, type Contracts } from "../deployment.ts";

export interface PlaceOptions {
  readonly api: string;
  readonly rpc?: string;
  readonly tasks?: string;
}

export interface Place {
  draw(rule: DrawingRule, role: Role): Promise<Address[]>;
  close(): void;
}

/** With `rpc` and `tasks` no service is asked, nor believed. */
export async function openPlace({ api, rpc, tasks }: PlaceOptions): Promise<Place> {
  const config =
    rpc === undefined || tasks === undefined
      ? await createApiClient(api).get<PublicConfig>("/config")
      : undefined;
  const provider = await openProvider(rpc ?? (config as PublicConfig).rpcUrl);
  try {
    const contracts: Contracts =
      tasks === undefined
        ? (config as PublicConfig).contracts
        : (await readDeployment(provider, toAddress(tasks))).contracts;
    return { draw: readAdmission(provider, contracts), close: () => provider.destroy() };
  } catch (error) {
    provider.destroy();
    throw error;
  }
}
