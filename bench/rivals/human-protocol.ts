/**
 * HUMAN Protocol's escrow as published on npm (`@human-protocol/core`, the authors' own bytecode): a trusted recording
 * oracle stores the hash of a results file, a trusted reputation oracle pays a hundred workers a call. No judgment reaches
 * the chain, so what one payment costs is all there is to compare.
 */
import escrowArtifact from "@human-protocol/core/artifacts/contracts/Escrow.sol/Escrow.json" with { type: "json" };
import tokenArtifact from "@human-protocol/core/artifacts/contracts/HMToken.sol/HMToken.json" with { type: "json" };
import storeArtifact from "@human-protocol/core/artifacts/contracts/KVStore.sol/KVStore.json" with { type: "json" };
import { computeAddress, id } from "ethers";

import { type Account, gasOf, openBenchChain } from "../chain.ts";
import { deployPublished, send } from "./published-contract.ts";
import type { RivalCost } from "./rival-cost.ts";

/** The most that the contract pays in a call. */
const WORKERS = 100;
const PAY = 10n ** 17n;
const URL = "https://results.example/0123456789abcdef0123456789abcdef.json";

/** @param judgmentsPerWorker what each paid worker did, to give the cost a judgment */
export async function measureHumanProtocol(judgmentsPerWorker: number): Promise<RivalCost[]> {
  const { connection, accounts } = await openBenchChain(["launcher"]);
  try {
    const [launcher] = accounts as [Account];
    const { signer, address } = launcher;
    const token = await deployPublished(signer, tokenArtifact, 1_000_000, "HUMAN", 18, "HMT");
    const store = await deployPublished(signer, storeArtifact);
    // No oracle takes a fee: the least that paying can cost.
    await gasOf(send(store, "set", "fee", "0"));
    const escrow = await deployPublished(
      signer,
      escrowArtifact,
      ...[await token.getAddress(), address, address, 8_640_000, await store.getAddress()],
    );
    const payUnits = PAY * BigInt(WORKERS);
    await gasOf(send(token, "transfer", await escrow.getAddress(), 2n * payUnits));
    await gasOf(send(escrow, "setup", address, address, address, URL, id("manifest")));

    const workers = Array.from({ length: WORKERS }, (_, i) => computeAddress(id(`worker ${i}`)));
    const stored = await gasOf(
      send(escrow, "storeResults(string,string,uint256)", URL, id("results"), payUnits),
    );
    const paid = await gasOf(
      send(
        escrow,
        "bulkPayOut(address[],uint256[],string,string,string,bool)",
        ...[workers, workers.map(() => PAY), URL, id("results"), "payout", false],
      ),
    );
    const perWorker = Math.round((stored + paid) / WORKERS);
    return [
      {
        name: "HUMAN storeResults + bulkPayOut",
        item: "a worker paid what an oracle says, over one hash of a results file",
        gasPerItem: perWorker,
        itemsPerCall: WORKERS,
      },
      {
        name: `HUMAN, a judgment where each worker made ${judgmentsPerWorker}`,
        item: "the same shared out; no judgment is on chain, none is checked",
        gasPerItem: Math.round(perWorker / judgmentsPerWorker),
        itemsPerCall: WORKERS * judgmentsPerWorker,
      },
    ];
  } finally {
    await connection.close();
  }
}
