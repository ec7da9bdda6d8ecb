/** Where things lie in a release folder. */
import type { Hash } from "../protocol/words.ts";
import { configNames } from "./columns.ts";
import type { ConfigName } from "./columns.ts";
import { evidenceNames } from "./evidence.ts";
import type { EvidenceName } from "./evidence.ts";

export const MANIFEST_PATH = "manifest.json";
export const CARD_PATH = "README.md";

export function jsonlPath(config: ConfigName): string {
  return `${config}/${config}.jsonl`;
}

export function parquetPath(config: ConfigName): string {
  return `${config}/${config}.parquet`;
}

export function evidencePath(name: EvidenceName): string {
  return `evidence/${name}.jsonl`;
}

/** Manifests of records made from the release, added later and so listed nowhere: their names are their checksums. */
export function lineagePath(manifestHash: Hash): string {
  return `lineage/${manifestHash.slice(2)}.json`;
}

/** Every file the manifest lists, in its order. */
export const listedPaths: readonly string[] = [
  CARD_PATH,
  ...configNames.flatMap((config) => [parquetPath(config), jsonlPath(config)]),
  ...evidenceNames.map(evidencePath),
];
