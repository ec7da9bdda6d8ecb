import { readFile } from "node:fs/promises";

import type { ArtifactManager } from "hardhat/types/artifacts";

import type { StandardJsonInput } from "./standard-json.ts";
import type { Build } from "./verification.ts";

interface SourceUnit {
  readonly nodes: readonly { readonly nodeType: string; readonly absolutePath?: string }[];
}

/** The run of the compiler that a contract's artifact came from. */
export async function readBuild(artifacts: ArtifactManager, contract: string): Promise<Build> {
  const id = await artifacts.getBuildInfoId(contract);
  const path = id === undefined ? undefined : await artifacts.getBuildInfoPath(id);
  const outputPath = id === undefined ? undefined : await artifacts.getBuildInfoOutputPath(id);
  if (path === undefined || outputPath === undefined)
    throw new Error(`${contract} is there without what it was compiled from: compile again`);
  const info = JSON.parse(await readFile(path, "utf8")) as {
    readonly solcLongVersion: string;
    readonly input: StandardJsonInput;
  };
  const { output } = JSON.parse(await readFile(outputPath, "utf8")) as {
    readonly output: { readonly sources: Readonly<Record<string, { readonly ast: SourceUnit }>> };
  };
  const imports = Object.entries(output.sources).map(
    ([name, { ast }]) =>
      [
        name,
        ast.nodes
          .filter(({ nodeType }) => nodeType === "ImportDirective")
          .flatMap(({ absolutePath }) => absolutePath ?? []),
      ] as const,
  );
  return { compiler: info.solcLongVersion, input: info.input, imports: new Map(imports) };
}
