import { basename } from "node:path/posix";

import {
  EMPTY_NAMES,
  PURE,
  RANKS,
  REACHES_ALL,
  REACHES_ONLY,
  SOLIDITY_LIBRARIES,
} from "./ranks.ts";
import { folderOf, listFolders, readSourceTree } from "./source-tree.ts";
import type { SourceFile } from "./source-tree.ts";

/** Everything in the tree at `root` that breaks the house plan, one sentence each; none if it stands. */
export function findViolations(root: string): string[] {
  const files = readSourceTree(root);
  return [
    ...foldersWithoutRank(files),
    ...emptyNames(root),
    ...files.flatMap(importsAgainstRank),
    ...files.flatMap(impureImports),
    ...files.flatMap(strangersInSolidity),
    ...circles(files),
  ];
}

function foldersWithoutRank(files: readonly SourceFile[]): string[] {
  const folders = new Set(files.map((file) => folderOf(file.path)));
  return [...folders]
    .filter((folder) => folder !== "" && RANKS[folder] === undefined)
    .map((folder) => `${folder}/ has no rank`);
}

function emptyNames(root: string): string[] {
  return listFolders(root)
    .filter((folder) => EMPTY_NAMES.includes(basename(folder)))
    .map((folder) => `${folder}/ has a name that says nothing`);
}

function importsAgainstRank(file: SourceFile): string[] {
  const from = folderOf(file.path);
  return file.imports.flatMap(({ specifier, target }) => {
    if (target === undefined || REACHES_ALL.includes(from)) return [];
    const to = folderOf(target);
    if (target.startsWith("../")) return [`${file.path} imports ${specifier}, outside the tree`];
    if (to === from || mayReach(from, to)) return [];
    return [`${file.path} (${describe(from)}) imports ${target} (${describe(to)})`];
  });
}

/** Settings at the root are read by everyone and, having no rank, read nobody. */
function mayReach(from: string, to: string): boolean {
  if (to === "") return true;
  const only = REACHES_ONLY[from];
  if (only !== undefined) return only.includes(to);
  const [fromRank, toRank] = [RANKS[from], RANKS[to]];
  return fromRank !== undefined && toRank !== undefined && toRank < fromRank;
}

function describe(folder: string): string {
  return folder === "" ? "the root" : `rank ${RANKS[folder] ?? "unknown"}`;
}

function impureImports(file: SourceFile): string[] {
  if (!PURE.includes(folderOf(file.path))) return [];
  return file.imports
    .filter(({ specifier }) => specifier.startsWith("node:"))
    .map(({ specifier }) => `${file.path} is to be pure and imports ${specifier}`);
}

function strangersInSolidity(file: SourceFile): string[] {
  if (!file.path.endsWith(".sol")) return [];
  const inTests = folderOf(file.path) === "test";
  return file.imports.flatMap(({ specifier, target }) => {
    if (target === undefined)
      return SOLIDITY_LIBRARIES.some((library) => specifier.startsWith(library))
        ? []
        : [`${file.path} imports ${specifier}, neither OpenZeppelin's nor ours`];
    const testing =
      target.startsWith("contracts/testing/") && !file.path.startsWith("contracts/testing/");
    return testing && !inTests ? [`${file.path} imports ${target}, which is for tests`] : [];
  });
}

/** Each circle of imports once, as the path that closes it. Depth-first; grey files are on the path, black ones are done. */
function circles(files: readonly SourceFile[]): string[] {
  const imports = new Map(
    files.map((file) => [file.path, file.imports.flatMap(({ target }) => target ?? [])]),
  );
  const done = new Set<string>();
  const found: string[] = [];

  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push(`circle: ${[...trail.slice(start), path].join(" → ")}`);
      return;
    }
    if (done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}
