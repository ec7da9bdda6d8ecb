import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

import type { StandardJsonInput } from "../../deploy/standard-json.ts";
import { compileStandardJson, findError } from "../../deploy/standard-json.ts";
import { CHEAP_COMPILER } from "../support/cheap-pipeline.ts";
import { listSites, type Site } from "./sites.ts";

/** Contracts that hold the protocol: neither interfaces, which do nothing, nor what is there for tests. */
const MUTATED = /^contracts\/(?!testing\/|interfaces\/).*\.sol$/;

/** A compiled contract of ours. */
export interface Artifact {
  readonly contractName: string;
  /** As the compiler knows it: project/contracts/FeedbackTasks.sol. */
  readonly inputSourceName: string;
  readonly path: string;
}

/** The sound contracts: what they were compiled from, and to. */
export interface Build {
  readonly input: StandardJsonInput;
  readonly sound: ReadonlyMap<Artifact, ArtifactCode>;
}

interface ArtifactFile extends ArtifactCode {
  readonly contractName: string;
  readonly inputSourceName: string;
  readonly buildInfoId: string;
}

/** Reads the build that FeedbackTasks belongs to, of the tree at `root`. */
export async function readBuild(root: string): Promise<Build> {
  const paths = (await readdir(join(root, "artifacts", "contracts"), { recursive: true }))
    .filter((path) => path.endsWith(".json"))
    .map((path) => join("artifacts", "contracts", path));
  const files = await Promise.all(
    paths.map(async (path): Promise<[string, ArtifactFile]> => [
      path,
      JSON.parse(await readFile(join(root, path), "utf8")) as ArtifactFile,
    ]),
  );
  const id = files.find(([, file]) => file.contractName === "FeedbackTasks")?.[1].buildInfoId;
  if (id === undefined) throw new Error("FeedbackTasks did not come out");
  const info = JSON.parse(
    await readFile(join(root, "artifacts", "build-info", `${id}.json`), "utf8"),
  ) as { readonly input: StandardJsonInput };
  const sound = files
    .filter(([, file]) => file.buildInfoId === id && file.bytecode !== "0x")
    .map(([path, file]): [Artifact, ArtifactCode] => {
      const { contractName, inputSourceName, bytecode, deployedBytecode } = file;
      const { linkReferences, deployedLinkReferences, immutableReferences } = file;
      return [
        { contractName, inputSourceName, path },
        { bytecode, deployedBytecode, linkReferences, deployedLinkReferences, immutableReferences },
      ];
    });
  return { input: info.input, sound: new Map(sound) };
}

/** The sources that are mutated, by their path in the tree. */
export function mutatedSources({ input }: Build): Map<string, string> {
  const sources = new Map<string, string>();
  for (const [name, { content }] of Object.entries(input.sources)) {
    const path = name.replace(/^project\//, "");
    if (MUTATED.test(path)) sources.set(path, content);
  }
  return sources;
}

/** Every site of every mutated source. */
export async function findSites(build: Build): Promise<Site[]> {
  const output = await compileStandardJson({
    ...build.input,
    settings: {
      remappings: build.input.settings["remappings"],
      stopAfter: "parsing",
      outputSelection: { "*": { "": ["ast"] } },
    },
  });
  const error = findError(output);
  if (error !== undefined) throw new Error(error);
  return [...mutatedSources(build)].flatMap(([path, text]) =>
    listSites(path, text, output.sources?.[`project/${path}`]?.ast),
  );
}

/**
 * The contracts whose code can differ where this source does: those that import it, directly or not; of a library that is
 * only linked, for nothing of it can be taken into other contracts, itself alone.
 */
export function findDependents(build: Build, path: string): Artifact[] {
  const source = build.input.sources[`project/${path}`]?.content ?? "";
  if (/^library /m.test(source) && !/\b(internal|public)\b/.test(withoutComments(source)))
    return [...build.sound.keys()].filter((one) => one.inputSourceName === `project/${path}`);

  const importers = new Set([`project/${path}`]);
  for (let before = 0; before !== importers.size;) {
    before = importers.size;
    for (const [name, { content }] of Object.entries(build.input.sources)) {
      if (importsOf(name, content).some((target) => importers.has(target))) importers.add(name);
    }
  }
  return [...build.sound.keys()].filter(({ inputSourceName }) => importers.has(inputSourceName));
}

function withoutComments(source: string): string {
  return source.replace(/\/\/.*$/gm, "");
}

function importsOf(name: string, content: string): string[] {
  return [...content.matchAll(/^import\s[^;]*?["'](\.{1,2}\/[^"']+)["'];/gm)].map(([, to]) =>
    new URL(to ?? "", `file:///${name}`).pathname.slice(1),
  );
}

/** New code of the contracts given, or the compiler's first error. */
export async function compileMutant(
  build: Build,
  changed: Readonly<Record<string, string>>,
  contracts: readonly Artifact[],
): Promise<Map<Artifact, ArtifactCode> | string> {
  const selection: Record<string, Record<string, string[]>> = {};
  for (const { inputSourceName, contractName } of contracts) {
    (selection[inputSourceName] ??= {})[contractName] = [
      "evm.bytecode.object",
      "evm.bytecode.linkReferences",
      "evm.deployedBytecode.object",
      "evm.deployedBytecode.linkReferences",
      "evm.deployedBytecode.immutableReferences",
    ];
  }
  const sources = { ...build.input.sources };
  for (const [path, content] of Object.entries(changed)) sources[`project/${path}`] = { content };
  const output = await compileStandardJson({
    language: build.input.language,
    sources,
    settings: {
      remappings: build.input.settings["remappings"],
      ...CHEAP_COMPILER.settings,
      outputSelection: selection,
    },
  });
  const error = findError(output);
  if (error !== undefined) return error;
  return new Map(
    contracts.map((artifact) => {
      const code = output.contracts?.[artifact.inputSourceName]?.[artifact.contractName];
      if (code === undefined) throw new Error(`${artifact.contractName} did not come out`);
      const { bytecode, deployedBytecode } = code.evm;
      return [
        artifact,
        {
          bytecode: `0x${bytecode.object}`,
          deployedBytecode: `0x${deployedBytecode.object}`,
          linkReferences: bytecode.linkReferences ?? {},
          deployedLinkReferences: deployedBytecode.linkReferences ?? {},
          immutableReferences: deployedBytecode.immutableReferences ?? {},
        },
      ];
    }),
  );
}

/** The part of an artifact that a change of the source changes. */
export interface ArtifactCode {
  readonly bytecode: string;
  readonly deployedBytecode: string;
  readonly linkReferences: object;
  readonly deployedLinkReferences: object;
  readonly immutableReferences: object;
}
