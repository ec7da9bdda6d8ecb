import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";

import ts from "typescript";

import { NOT_SOURCE } from "./ranks.ts";

/** One source file and what it imports, as written and, where that is a file of the tree, as a path from the root. */
export interface SourceFile {
  readonly path: string;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly specifier: string;
  readonly target: string | undefined;
}

const SCRIPT = /\.(ts|tsx|mts|mjs|js|jsx)$/;
const SOLIDITY = /\.sol$/;

/** All folders of the tree, as paths from the root, without those that hold no source of ours. */
export function listFolders(root: string, under = ""): string[] {
  return readdirSync(join(root, under), { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() && !entry.name.startsWith(".") && !NOT_SOURCE.includes(entry.name),
    )
    .map((entry) => join(under, entry.name))
    .flatMap((folder) => [folder, ...listFolders(root, folder)]);
}

/** All source files of the tree with their imports; generated bindings are targets only. */
export function readSourceTree(root: string): SourceFile[] {
  return ["", ...listFolders(root)]
    .filter((folder) => folderOf(`${folder}/`) !== "bindings")
    .flatMap((folder) =>
      readdirSync(join(root, folder), { withFileTypes: true })
        .filter((entry) => entry.isFile() && (SCRIPT.test(entry.name) || SOLIDITY.test(entry.name)))
        .map((entry) => readSourceFile(root, join(folder, entry.name))),
    );
}

/** The top-level folder of a path, or "" for a file at the root. */
export function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

function readSourceFile(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), "utf8");
  const specifiers = SOLIDITY.test(path) ? solidityImports(text) : scriptImports(text);
  return {
    path,
    imports: specifiers.map((specifier) => ({ specifier, target: resolve(root, path, specifier) })),
  };
}

/** Static and dynamic imports, re-exports and requires, type-only ones too: a type ties two files together as well. */
function scriptImports(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName);
}

/** Solidity's imports are statements of their own, so comments and strings are all there is to step over. */
function solidityImports(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<![:"'\w])\/\/.*$/gm, "");
  return [...code.matchAll(/^\s*import\b[^;]*?["']([^"']+)["'][^;]*;/gm)].map(
    (match) => match[1] ?? "",
  );
}

function resolve(root: string, from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const plain = normalize(join(dirname(from), specifier.replace(/\?.*$/, "")));
  const candidates = [
    plain,
    plain.replace(/\.js$/, ".ts"),
    `${plain}.ts`,
    `${plain}.tsx`,
    `${plain}/index.ts`,
  ];
  return (
    candidates.find(
      (path) => existsSync(join(root, path)) && statSync(join(root, path)).isFile(),
    ) ?? plain
  );
}
