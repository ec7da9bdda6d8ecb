/**
 * An indexer in a process of its own, to be killed by a test: `tsx indexer-process.ts RPC_URL DATABASE`, where DATABASE is a
 * postgres:// URL or a folder for PGlite. Small stretches, so that a kill falls into the middle of a backfill.
 */
import { startIndexer } from "../../indexer/main.ts";
import { openDatabase } from "../../store/database.ts";
import { FEEDBACK_TASKS, STAKE_REGISTRY } from "./made-chain.ts";

const [rpcUrl, where] = process.argv.slice(2);
if (rpcUrl !== undefined && where !== undefined) {
  const database = await openDatabase(
    where.startsWith("postgres:") ? { url: where } : { dataDir: where },
  );
  startIndexer(
    {
      rpcUrl,
      stakeRegistry: STAKE_REGISTRY,
      feedbackTasks: FEEDBACK_TASKS,
      pollMs: 20,
      maxStretch: 2n,
      reorgDepth: 30n,
    },
    { database },
  );
}
