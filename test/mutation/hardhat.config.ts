import { defineConfig } from "hardhat/config";

import config from "../../hardhat.config.ts";
import { CHEAP_COMPILER, ROOMY_CHAIN } from "../support/cheap-pipeline.ts";

/**
 * Tests in Solidity compile for themselves, beside the artifacts that the other tests read, and as the project does: they
 * hold more variables than the cheaper way has room for.
 */
const artifacts = process.env["MUTANT_ARTIFACTS"];

export default defineConfig({
  ...config,
  paths: {
    ...config.paths,
    ...(artifacts === undefined ? {} : { artifacts, cache: `${artifacts}-cache` }),
  },
  ...(artifacts === undefined ? { solidity: { compilers: [CHEAP_COMPILER] } } : {}),
  networks: { default: ROOMY_CHAIN },
});
