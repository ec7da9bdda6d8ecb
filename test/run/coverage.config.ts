import { defineConfig } from "hardhat/config";

import config from "../../hardhat.config.ts";
import { CHEAP_COMPILER, ROOMY_CHAIN } from "../support/cheap-pipeline.ts";

/** The project's configuration for measuring coverage: instrumented contracts, in folders of their own. */
export default defineConfig({
  ...config,
  paths: {
    ...config.paths,
    artifacts: ".scrutineer/coverage/artifacts",
    cache: ".scrutineer/coverage/cache",
  },
  solidity: { compilers: [CHEAP_COMPILER], splitTestsCompilation: true },
  networks: { default: ROOMY_CHAIN },
  // The tests are listed where they run on the contracts as they are deployed.
  test: { ...config.test, mocha: { ...config.test?.mocha, reporter: "dot" } },
  coverage: { skipFiles: ["contracts/testing/**"] },
});
