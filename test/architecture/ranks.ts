/** The house plan: every folder has a rank, and a file imports from its own folder or from a lower rank. */
export const RANKS: Readonly<Record<string, number>> = {
  protocol: 0,
  statistics: 0,
  runtime: 0,
  contracts: 0,
  bindings: 1,
  store: 2,
  release: 2,
  indexer: 3,
  operator: 3,
  api: 3,
  web: 3,
  cli: 4,
  deploy: 4,
  bench: 5,
  test: 5,
};

/** Tests reach everything: they are what the plan is held up by, not a part of it. */
export const REACHES_ALL: readonly string[] = ["test"];

/** Narrower than its rank: the page runs in a browser, where there is neither a database nor an environment. */
export const REACHES_ONLY: Readonly<Record<string, readonly string[]>> = {
  web: ["protocol", "statistics", "bindings", "release"],
};

/** Pure folders: no input, output, clock or environment, hence nothing of Node. */
export const PURE: readonly string[] = ["protocol", "statistics"];

/** Names that say nothing; circles start there. */
export const EMPTY_NAMES: readonly string[] = ["utils", "common", "shared", "helpers", "types"];

/** Folders with no source of ours in them. */
export const NOT_SOURCE: readonly string[] = [
  "node_modules",
  "artifacts",
  "cache",
  "coverage",
  "dist",
  "docs",
  "examples",
];

/** Where Solidity may import from, apart from its own folder. */
export const SOLIDITY_LIBRARIES: readonly string[] = ["@openzeppelin/contracts/"];
