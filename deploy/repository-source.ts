/** Sources as this repository has them, by the names that Hardhat gives them in the compiler's input. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);

/** `project/contracts/…`: our own. */
const OWN = /^project\/(contracts\/[\w/-]+\.sol)$/;
/** `npm/PACKAGE@VERSION/…`: a package's, as it is installed here. */
const PACKAGED = /^npm\/((?:@[\w-]+\/)?[\w-]+)@([\w.-]+)\/([\w/-]+\.sol)$/;

/** Undefined where this repository, with what it pins, has no such source. */
export async function readRepositorySource(name: string): Promise<string | undefined> {
  const own = OWN.exec(name)?.[1];
  if (own !== undefined) return read(own);
  const [, packageName, version, path] = PACKAGED.exec(name) ?? [];
  if (packageName === undefined || path === undefined) return undefined;
  const facts = await read(`node_modules/${packageName}/package.json`);
  const installed = facts && (JSON.parse(facts) as { readonly version?: unknown }).version;
  return installed === version ? read(`node_modules/${packageName}/${path}`) : undefined;
}

async function read(path: string): Promise<string | undefined> {
  return readFile(fileURLToPath(new URL(path, ROOT)), "utf8").catch(() => undefined);
}
