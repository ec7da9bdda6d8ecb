import { expect } from "chai";
import { followOnce } from "../../indexer/follow-chain.ts";
import type { ChainSource } from "../../indexer/chain-source.ts";
import { openDatabase, type OpenDatabase } from "../../store/database.ts";
import { tasks } from "../../store/schema/chain.ts";
import { findSolvency, isCovered, tasksOwedOf, type SolvencyUnits } from "../../store/solvency.ts";
import { FOLLOWED, MadeChain, registryLog, tasksLog } from "../support/made-chain.ts";
import { joinLogs, madeAddress, madeTask, OPERATOR, TOKEN } from "../support/made-task.ts";
import { emptyTables } from "../support/postgres.ts";

describe("[G15] solvency", () => {
  const units: SolvencyUnits = {
    stakesUnits: 100n,
    commonsDueUnits: 20n,
    escrowsUnits: 30n,
    creditsUnits: 4n,
    claimsUnits: 5n,
    registryHeldUnits: 120n,
    tasksHeldUnits: 39n,
  };

  it("holds where neither contract has less than it owes", () => {
    expect(isCovered(units)).to.equal(true);
    expect(isCovered({ ...units, registryHeldUnits: 121n, tasksHeldUnits: 40n })).to.equal(true);
  });
  it("does not hold where the registry is a unit short, whatever the task contract has", () => {
    expect(isCovered({ ...units, registryHeldUnits: 119n, tasksHeldUnits: 999n })).to.equal(false);
  });
  it("does not hold where the task contract is a unit short, whatever the registry has", () => {
    expect(isCovered({ ...units, registryHeldUnits: 999n, tasksHeldUnits: 38n })).to.equal(false);
  });
  it("is not known where either balance is not", () => {
    expect(isCovered({ ...units, registryHeldUnits: null })).to.equal(null);
    expect(isCovered({ ...units, tasksHeldUnits: null })).to.equal(null);
  });

  describe("by the index", () => {
    const task = madeTask("one", 1, 2n);
    const claimants = [1, 2].map(madeAddress);
    let database: OpenDatabase;
    before(async () => {
      database = await openDatabase();
    });
    beforeEach(() => emptyTables(database));
    after(() => database.close());

    it("owes nothing for claims that are all paid, though the token kept a fee of what was seized", async () => {
      const chain = new MadeChain();
      const owedForClaims = async (...logs: Parameters<MadeChain["mine"]>[0]) => {
        chain.mine(logs);
        while ((await followOnce(database.db, chain, FOLLOWED)).kind !== "idle");
        return (await findSolvency(database.db))?.claimsUnits;
      };
      const paid = (validator: string, units: bigint) =>
        tasksLog("ClaimPaid", [task.taskId, validator, units, 0n]);
      expect(await findSolvency(database.db)).to.equal(undefined);
      await owedForClaims(...[OPERATOR, ...claimants].flatMap((v) => joinLogs(v, 1, 2n)));
      await owedForClaims(task.created);
      // The first one claims less before, in vain: a larger claim takes its place.
      for (const [validator, units] of [
        [claimants[0], 20n],
        [claimants[0], 25n],
        [claimants[1], 25n],
      ] as const) {
        await owedForClaims(tasksLog("OmissionClaimed", [task.taskId, validator, units * TOKEN]));
      }
      const [row] = await database.db.select().from(tasks);
      expect(row).to.include({ claimsMade: 2, claimedUnits: 50n * TOKEN });
      // All 50 of the bond are seized; 45 arrive.
      const released = await owedForClaims(
        registryLog("StakeSeized", [task.taskId, OPERATOR, 50n * TOKEN]),
        tasksLog("BondReleased", [task.taskId, OPERATOR, 0n]),
      );
      expect(released).to.equal(50n * TOKEN);
      expect(await owedForClaims(paid(claimants[0] as string, 22n * TOKEN))).to.equal(28n * TOKEN);
      expect(await owedForClaims(paid(claimants[1] as string, 23n * TOKEN))).to.equal(0n);
    });

    it("is asked of the chain again, where the node could not tell at first what is held", async () => {
      const chain = new MadeChain();
      chain.mine(joinLogs(OPERATOR, 3, 2n));
      let answers = false;
      const source = Object.assign(chain as ChainSource, {
        held: () =>
          answers
            ? Promise.resolve({ registryUnits: 1_000n * TOKEN, tasksUnits: 0n })
            : Promise.reject(new Error("no state of this block")),
      });
      await followOnce(database.db, source, FOLLOWED);
      await followOnce(database.db, source, FOLLOWED);
      const before = await findSolvency(database.db);
      expect(before && isCovered(before)).to.equal(null);
      answers = true;
      await followOnce(database.db, source, FOLLOWED);
      const after = await findSolvency(database.db);
      expect(after?.block.blockNumber).to.equal(1n);
      expect(after && [isCovered(after), tasksOwedOf(after)]).to.deep.equal([true, 0n]);
    });
  });
});
