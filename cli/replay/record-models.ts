/**
 * A record for each model whose answers are replayed, so that output receipts have something to speak of. Nobody's weights
 * are here: the content is the model's name, and the manifest says so. Keys follow from names, as the judges' do.
 */
import { computeAddress, Wallet } from "ethers";
import type { JsonRpcProvider } from "ethers";
import type { PublicConfig } from "../../api/schemas/config.ts";
import { IProvenanceRegistry__factory } from "../../bindings/index.ts";
import type { IProvenanceRegistry } from "../../bindings/index.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { canonicalJson } from "../../protocol/item.ts";
import { keccak256Text } from "../../protocol/keccak.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { fund } from "../join.ts";
import type { ExecutedModel } from "../receipts/sign-row.ts";
import { recordProvenance } from "../record-provenance.ts";
import type { JudgmentRow } from "./judgments-file.ts";

export interface Party {
  readonly privateKey: Hash;
  readonly address: Address;
}

/** The same party in every replay. Worth nothing off the local chain. */
export function partyOf(what: string): Party {
  const privateKey = keccak256Text(`scrutineer replay ${what}`);
  return { privateKey, address: computeAddress(privateKey).toLowerCase() };
}

/** The registry with this key's funded wallet behind it. */
export async function connectRegistry(
  provider: JsonRpcProvider,
  contracts: PublicConfig["contracts"],
  { privateKey }: Pick<Party, "privateKey">,
): Promise<IProvenanceRegistry> {
  const { provenanceRegistry } = contracts;
  if (provenanceRegistry === undefined) {
    throw new ScrutineerError("contract-missing", "this chain has no registry of lineage");
  }
  await fund(provider, contracts, privateKey, 0n);
  const wallet = new Wallet(privateKey, provider);
  return IProvenanceRegistry__factory.connect(provenanceRegistry, wallet);
}

/** Records every model of the units, under the label the rows have. */
export async function recordModels(
  provider: JsonRpcProvider,
  contracts: PublicConfig["contracts"],
  units: readonly JudgmentRow[],
): Promise<Map<string, ExecutedModel>> {
  const owner = partyOf("models");
  const registry = await connectRegistry(provider, contracts, owner);
  const names = new Set(units.flatMap(({ model_a: a, model_b: b }) => [a, b]));
  const found = new Map<string, ExecutedModel>();
  for (const name of [...names].sort()) {
    const executor = partyOf(`executor ${name}`);
    const manifest = canonicalJson({
      format: "scrutineer-model/1",
      name,
      executors: [executor.address],
      note: "Replayed: the weights are not here, the content hash is that of the name.",
    });
    const { recordId } = await recordProvenance(registry, {
      owner: owner.address,
      kind: "Model",
      contentHash: sha256Text(`weights of ${name}`),
      parents: [],
      manifestHash: sha256Text(manifest),
    });
    found.set(name, { modelId: recordId, manifest, executor, parameters: { replayed: true } });
  }
  return found;
}
