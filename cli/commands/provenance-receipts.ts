/** `scrutineer provenance receipts`: executors vouch for outputs, before they are imported. */
import { randomBytes } from "node:crypto";
import { Option, type Command } from "commander";
import type { PublicConfig } from "../../api/schemas/config.ts";
import type { Layout } from "../../api/services/parse-pair.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { bytesToHex } from "../../protocol/hex.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import type { SigningDomain } from "../../protocol/typed-data.ts";
import { toAddress } from "../../protocol/words.ts";
import { createApiClient } from "../api-client.ts";
import { action } from "../command.ts";
import type { Output, Result } from "../output.ts";
import { readModels } from "../receipts/read-models.ts";
import { signFile } from "../receipts/sign-file.ts";

interface ReceiptsOptions {
  readonly models: string;
  readonly out: string;
  readonly layout: Layout;
  readonly api: string;
  readonly registry?: string;
  readonly chainId?: string;
}

export function addReceiptsCommand(provenance: Command, defaultApi: string): void {
  provenance
    .command("receipts")
    .description("sign for the outputs of models one executes, in a file of pairs to be imported")
    .argument("<file>", "pairs or battles, JSONL")
    .requiredOption(
      "--models <file>",
      'JSON: {"<model\'s name in the rows>": {"modelId", "manifest", "key", "parameters"}}',
    )
    .requiredOption("--out <file>", "the same rows with salts and receipts; must not exist")
    .addOption(
      new Option("--layout <layout>", "of the file").choices(["pairs", "battles"]).default("pairs"),
    )
    .option("--api <url>", "names chain and registry, unless both are given", defaultApi)
    .option("--chain-id <number>", "default: the service's")
    .option("--registry <address>", "the registry of lineage; default: the one the service names")
    .action(action(receipts));
}

async function receipts(_output: Output, options: ReceiptsOptions, file: string): Promise<Result> {
  const { layout, out } = options;
  const done = await signFile(file, out, {
    layout,
    models: await readModels(options.models),
    domain: await findDomain(options),
    generatedAt: Math.floor(Date.now() / 1000),
    drawSalt: () => bytesToHex(randomBytes(32)),
  });
  return {
    json: { ...done, out },
    text: `${done.signed} receipts on ${done.rows} rows, in ${out}: import that file, unchanged`,
  };
}

async function findDomain({ api, registry, chainId }: ReceiptsOptions): Promise<SigningDomain> {
  if (registry !== undefined && chainId !== undefined) {
    if (!/^\d{1,16}$/.test(chainId)) throw invalid("--chain-id is no number");
    return signingDomain(BigInt(chainId), toAddress(registry));
  }
  const config = await createApiClient(api).get<PublicConfig>("/config");
  const address = registry ?? config.contracts.provenanceRegistry;
  if (address === undefined) {
    throw invalid("the service names no registry of lineage; give --registry");
  }
  return signingDomain(BigInt(chainId ?? config.chainId), toAddress(address));
}

function invalid(message: string): ScrutineerError {
  return new ScrutineerError("invalid-input", message);
}
