/**
 * Holds what a deployment saved against this repository, compiles it and holds that against the code on the chain; ends with
 * 1 where anything differs.
 *
 *     npm run deploy:check -- --rpc URL --record DIR [CONTRACT…]
 */
import { parseArgs } from "node:util";

import { JsonRpcProvider } from "ethers";

import { checkCode, readRecord } from "./verification.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rpc: { type: "string" }, record: { type: "string" } },
});
const { rpc, record } = values;
if (rpc === undefined || record === undefined) throw new Error("--rpc URL and --record DIR");

const provider = new JsonRpcProvider(rpc);
try {
  const { chainId } = await readRecord(record);
  const { chainId: found } = await provider.getNetwork();
  if (BigInt(chainId) !== found)
    throw new Error(`the record is of chain ${chainId}, the RPC of chain ${found}`);
  const names = positionals.length === 0 ? undefined : positionals;
  const checks = await checkCode(record, (address) => provider.getCode(address), names);
  for (const { name, address, same, fault } of checks) {
    const why = fault === undefined ? "" : `: ${fault}`;
    console.log(`${same ? "same     " : "DIFFERENT"} ${address} ${name}${why}`);
  }
  process.exitCode = checks.length > 0 && checks.every(({ same }) => same) ? 0 : 1;
} finally {
  provider.destroy();
}
