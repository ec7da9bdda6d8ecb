import { fileURLToPath } from "node:url";

/**
 * A compiler for tests that compile the contracts again, instrumented or with a fault in them: the same language rules for
 * the same EVM, in half the time. Contracts come out larger than a chain would take, and dearer; they compute the same.
 */
export const CHEAP_COMPILER = {
  version: "0.8.37",
  path: fileURLToPath(new URL("../../node_modules/solc/soljson.js", import.meta.url)),
  settings: {
    viaIR: true,
    evmVersion: "cancun",
    optimizer: {
      enabled: true,
      runs: 200,
      details: {
        yul: true,
        yulDetails: { stackAllocation: true, optimizerSteps: "dhfoDgvulfnTUtnIf:fDnTOcmu" },
      },
    },
    // Without the hash of the sources, the same code means that a change of them has no effect.
    metadata: { bytecodeHash: "none" },
  },
} as const;

/** The chain of the tests, which takes contracts and transactions of any size. */
export const ROOMY_CHAIN = {
  type: "edr-simulated",
  chainType: "l1",
  hardfork: "osaka",
  allowUnlimitedContractSize: true,
  transactionGasCap: false,
} as const;

/** For the tests' environment: what they give each transaction there. */
export const ROOMY_GAS = { TRANSACTION_GAS: "60000000" } as const;

/** Tests that measure gas themselves: theirs are of the contracts as they are deployed. */
export const ABOUT_GAS = "in one transaction, whatever";
