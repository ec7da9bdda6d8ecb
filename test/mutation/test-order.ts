/**
 * Which tests are likely to notice a change, by the source changed: they run first. Order only saves time: whatever these
 * miss, all the others are run on.
 */
const NEAREST: Readonly<Record<string, readonly string[]>> = {
  "contracts/FeedbackTasks.sol": ["commit", "reveal", "settle", "create-task", "edges"],
  "contracts/ProvenanceRegistry.sol": ["provenance-registry"],
  "contracts/StakeRegistry.sol": ["stake-registry", "edges"],
  "contracts/libraries/Admission.sol": ["commit"],
  "contracts/libraries/BallotCodec.sol": ["vectors", "reveal"],
  "contracts/libraries/BallotRecord.sol": ["commit", "settle"],
  "contracts/libraries/Books.sol": ["settle", "open-task"],
  "contracts/libraries/Counting.sol": ["reveal", "differential"],
  "contracts/libraries/Draws.sol": ["vectors", "open-task", "edges"],
  "contracts/libraries/Funding.sol": ["create-task"],
  "contracts/libraries/Gold.sol": ["gold", "vectors", "edges"],
  "contracts/libraries/Omissions.sol": ["claims"],
  "contracts/libraries/Pay.sol": ["vectors", "settle"],
  "contracts/libraries/Scoring.sol": ["settle", "vectors", "differential"],
  "contracts/libraries/Signatures.sol": ["create-task", "stake-registry"],
  "contracts/libraries/Tallies.sol": ["reveal", "settle", "crowded-tallies", "differential"],
};

/** The test files, the likeliest first. */
export function orderTests(files: readonly string[], source: string): string[] {
  const nearest = NEAREST[source] ?? [];
  const place = (file: string): number => {
    const at = nearest.findIndex((name) => file.endsWith(`/${name}.test.ts`));
    return at === -1 ? nearest.length : at;
  };
  return files.toSorted((a, b) => place(a) - place(b));
}
