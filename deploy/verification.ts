/**
 * What shows that the code on a chain is the code of this repository: for each contract the compiler's input with the
 * libraries' addresses in it, as block explorers take it, and where and with what arguments it was deployed.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { readRepositorySource } from "./repository-source.ts";
import type { CodePlace, CompiledCode, StandardJsonInput } from "./standard-json.ts";
import { compileStandardJson, findError } from "./standard-json.ts";

const RECORD = "deployment.json";
/** All that a deployment has, and no other: `modules/Scrutineer.ts`. */
export const CONTRACT_NAMES: readonly string[] = [
  ...["StakeRegistry", "FeedbackTasks", "ProvenanceRegistry"],
  ...["Books", "Counting", "Draws", "Funding", "Gold", "Omissions", "Scoring"],
];
/** PUSH20: a library begins with its own address, so that it can tell a call from a delegate call. */
const LIBRARY_START = "73";

const hex = z.string().regex(/^0x[0-9a-f]*$/i);

const recordSchema = z.object({
  chainId: z.number().int().positive(),
  profile: z.string(),
  compiler: z.string(),
  contracts: z.array(
    z.object({
      name: z.string(),
      /** As explorers ask for it: source, colon, contract. */
      fullName: z.string(),
      address: hex,
      /** ABI-encoded; `0x` where there are none. */
      constructorArguments: hex,
      /** Beside this file. */
      input: z.string(),
    }),
  ),
});

/** A package's name stands for the package itself, in one version. */
const REMAPPING = /^project\/:([^=]+)\/=npm\/([^=]+)@[^/=]+\/$/;

/** Of the compiler's input, what decides which code comes out; other settings choose among codes that do the same. */
const inputSchema = z.looseObject({
  language: z.literal("Solidity"),
  sources: z.record(z.string(), z.strictObject({ content: z.string() })),
  settings: z.looseObject({
    remappings: z.array(z.string()).default([]),
    libraries: z.record(z.string(), z.record(z.string(), hex)).default({}),
  }),
});
type SavedInput = z.infer<typeof inputSchema>;

/** What is said of a deployment in `deployment.json`. */
export type DeploymentRecord = z.infer<typeof recordSchema>;

/** One contract or library that was deployed, and what it was compiled from. */
export interface DeployedContract {
  readonly name: string;
  /** Its source as the compiler knows it. */
  readonly inputSourceName: string;
  readonly address: string;
  readonly constructorArguments: string;
  /** Libraries that its code calls. */
  readonly libraries: readonly string[];
  readonly build: Build;
}

/** One run of the compiler. */
export interface Build {
  readonly compiler: string;
  readonly input: StandardJsonInput;
  /** What each source imports, as the compiler resolved it. */
  readonly imports: ReadonlyMap<string, readonly string[]>;
}

/** Writes `deployment.json` and an input a contract into the folder. */
export async function saveVerification(
  folder: string,
  { chainId, profile }: { readonly chainId: number; readonly profile: string },
  deployed: readonly DeployedContract[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const record: DeploymentRecord = {
    chainId,
    profile,
    compiler: deployed[0]?.build.compiler ?? "",
    contracts: deployed.map(({ name, inputSourceName, address, constructorArguments }) => ({
      name,
      fullName: `${inputSourceName}:${name}`,
      address,
      constructorArguments,
      input: `${name}.input.json`,
    })),
  };
  for (const contract of deployed) {
    const input = inputOf(contract, deployed);
    await writeFile(join(folder, `${contract.name}.input.json`), pretty(input));
  }
  await writeFile(join(folder, RECORD), pretty(record));
}

export async function readRecord(folder: string): Promise<DeploymentRecord> {
  return recordSchema.parse(JSON.parse(await readFile(join(folder, RECORD), "utf8")));
}

/** Only the sources that the contract needs, and the addresses of the libraries it calls. */
function inputOf(
  contract: DeployedContract,
  deployed: readonly DeployedContract[],
): StandardJsonInput {
  const { input, imports } = contract.build;
  const needed = new Set([contract.inputSourceName]);
  for (const name of needed) for (const target of imports.get(name) ?? []) needed.add(target);
  const sources = [...needed].sort().map((name) => {
    const source = input.sources[name];
    if (source === undefined) throw new Error(`the build of ${contract.name} is without ${name}`);
    return [name, source] as const;
  });
  const libraries: Record<string, Record<string, string>> = {};
  for (const library of deployed.filter(({ name }) => contract.libraries.includes(name)))
    libraries[library.inputSourceName] = { [library.name]: library.address };
  return {
    language: input.language,
    sources: Object.fromEntries(sources),
    settings: {
      ...input.settings,
      libraries,
      outputSelection: { "*": { "*": ["abi", "evm.bytecode", "evm.deployedBytecode"] } },
    },
  };
}

export interface CodeCheck {
  readonly name: string;
  readonly address: string;
  /** Whether the code at the address is this repository's, put together with the other contracts of the record. */
  readonly same: boolean;
  /** Why what was saved is not to be compiled at all: it could give any code. */
  readonly fault?: string;
}

/**
 * Holds what was saved against this repository, then compiles it and holds it against the chain.
 *
 * @param names only these are compiled; all where left out
 */
export async function checkCode(
  folder: string,
  codeAt: (address: string) => Promise<string>,
  names?: readonly string[],
): Promise<CodeCheck[]> {
  const record = await readRecord(folder);
  checkNames(record);
  const unknown = names?.find((name) => !CONTRACT_NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`there is no contract ${unknown}`);
  const checks: CodeCheck[] = [];
  for (const contract of record.contracts) {
    const { name, fullName, address, input } = contract;
    if (names !== undefined && !names.includes(name)) continue;
    const saved = inputSchema.parse(JSON.parse(await readFile(join(folder, input), "utf8")));
    const fault = await findInputFault(contract, saved, record);
    if (fault !== undefined) {
      checks.push({ name, address, same: false, fault });
      continue;
    }
    const source = sourceOf(fullName);
    const output = await compileStandardJson({
      ...saved,
      settings: {
        ...saved.settings,
        outputSelection: {
          [source]: {
            [name]: [
              "evm.bytecode.object",
              "evm.deployedBytecode.object",
              "evm.deployedBytecode.immutableReferences",
            ],
          },
        },
      },
    });
    const error = findError(output);
    if (error !== undefined) throw new Error(error);
    const code = output.contracts?.[source]?.[name]?.evm.deployedBytecode;
    if (code === undefined) throw new Error(`${fullName} did not come out`);
    checks.push({ name, address, same: isSameCode(code, await codeAt(address)) });
  }
  return checks;
}

/** Each contract once: one that is there twice, or under another name, would stand in for code that was not checked. */
function checkNames({ contracts }: DeploymentRecord): void {
  const said = contracts.map(({ name }) => name).sort();
  if (said.join() === [...CONTRACT_NAMES].sort().join()) return;
  throw new Error(
    `the record is of ${said.join(", ")}: each of ${CONTRACT_NAMES.join(", ")} is due`,
  );
}

/** What makes a saved input another one than this repository gives, at the addresses of the record; undefined for nothing. */
async function findInputFault(
  { name, fullName }: DeploymentRecord["contracts"][number],
  { sources, settings }: SavedInput,
  { contracts }: DeploymentRecord,
): Promise<string | undefined> {
  if (fullName !== `${sourceOf(fullName)}:${name}`) return `${fullName} is not ${name}`;
  for (const [source, { content }] of Object.entries(sources)) {
    if (content !== (await readRepositorySource(source)))
      return `${source} is not the source that this repository has of that name`;
  }
  for (const remapping of settings.remappings) {
    const [, alias, target] = REMAPPING.exec(remapping) ?? [];
    if (alias === undefined || alias !== target) return `imports are resolved by ${remapping}`;
  }
  for (const [source, linked] of Object.entries(settings.libraries)) {
    for (const [library, address] of Object.entries(linked)) {
      const known = contracts.find((one) => one.fullName === `${source}:${library}`);
      if (known?.address.toLowerCase() !== address.toLowerCase())
        return `${library} is linked at ${address}, the record has it at ${known?.address ?? "no address"}`;
    }
  }
  return undefined;
}

function sourceOf(fullName: string): string {
  return fullName.slice(0, fullName.lastIndexOf(":"));
}

/**
 * Whether the code on a chain is what the compiler made. What cannot be known from the source is left out: immutables, which
 * are the constructor's, a library's own address, and the hash of the sources at the end of the code.
 */
export function isSameCode(compiled: CompiledCode, onChain: string): boolean {
  const places = Object.values(compiled.immutableReferences ?? {}).flat();
  return bare(compiled.object, places) === bare(onChain.replace(/^0x/, "").toLowerCase(), places);
}

/** Code with zeros where a deployment fills something in, and without its last part, which hashes the sources. */
function bare(code: string, places: readonly CodePlace[]): string {
  const metadataBytes = Number.parseInt(code.slice(-4), 16) + 2;
  let kept = code.slice(0, Math.max(0, code.length - 2 * metadataBytes));
  const own = kept.startsWith(LIBRARY_START) ? [{ start: 1, length: 20 }] : [];
  for (const { start, length } of [...places, ...own])
    kept = kept.slice(0, 2 * start) + "00".repeat(length) + kept.slice(2 * (start + length));
  return kept;
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
