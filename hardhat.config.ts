import { fileURLToPath } from "node:url";

import toolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

// The compiler is the npm package `solc`, pinned exactly: nothing is downloaded, and everyone gets the same bytecode.
const SOLC = fileURLToPath(new URL("node_modules/solc/soljson.js", import.meta.url));

export default defineConfig({
  plugins: [toolboxMochaEthers],
  paths: {
    sources: "contracts",
    ignition: "deploy",
    // One folder holds both kinds: `*.t.sol` run in the EVM, `*.test.ts` drive it from outside.
    tests: { mocha: "test/contracts", solidity: "test/contracts" },
  },
  typechain: { outDir: "bindings" },
  solidity: {
    compilers: [
      {
        version: "0.8.37",
        path: SOLC,
        settings: {
          viaIR: true,
          // FeedbackTasks has to stay below the 24,576 bytes that a contract may have, with room to grow.
          optimizer: { enabled: true, runs: 2_000 },
          // Any chain since March 2024 runs this; later versions add no opcode that the contracts use.
          evmVersion: "cancun",
        },
      },
    ],
  },
  networks: {
    // The simulated chain of the tests: the newest rules, so the cap on one transaction's gas (EIP-7825) holds here too.
    default: { type: "edr-simulated", chainType: "l1", hardfork: "osaka" },
  },
  test: {
    mocha: { timeout: 120_000 },
    solidity: {
      // Golden vectors are shared by both languages.
      fsPermissions: { readDirectory: ["test/vectors"] },
      // A fixed seed makes a failure reproducible; `FUZZ_RUNS`, `INVARIANT_RUNS` and `INVARIANT_DEPTH` deepen the search
      // (CONTRIBUTING.md).
      fuzz: { runs: Number(process.env["FUZZ_RUNS"] ?? 512), seed: "0x5c2071ee2" },
      invariant: {
        runs: Number(process.env["INVARIANT_RUNS"] ?? 8),
        depth: Number(process.env["INVARIANT_DEPTH"] ?? 80),
        // Handlers catch what they expect to fail: a revert is a finding.
        failOnRevert: true,
        shrinkRunLimit: 200,
      },
    },
  },
});
